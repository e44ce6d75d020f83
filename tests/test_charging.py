"""Points: a mistake is charged once, echoes keep their points, and the page adds up."""

from hypothesis import given
from hypothesis import strategies as st

from grader.charging import Finding, charge
from grader.result import CheckResult, Verdict
from grader.rubric import CheckRow, QuestionRow, Rubric

ROW = QuestionRow(
    "svm", "SVM", (CheckRow("a", 2.0), CheckRow("b", 3.0), CheckRow("c", 1.0), CheckRow("d", 4.0))
)


def rubric(policy: str = "charge-mistakes", deductions: dict[str, float] | None = None) -> Rubric:
    return Rubric("grader.rubric/1", "t", (ROW,), policy, deductions or {})  # type: ignore[arg-type]


def finding(name: str, verdict: Verdict, *mistakes: str, **more: object) -> Finding:
    return Finding(CheckResult(id=f"svm.{name}", title=name, verdict=verdict, mistakes=mistakes), **more)  # type: ignore[arg-type]


def scores(findings: list[Finding], rubric: Rubric) -> dict[str, float]:
    return {c.id.removeprefix("svm."): c.score for c in charge(ROW, findings, rubric).checks}


P, F, M, S = Verdict.PASSED, Verdict.FAILED, Verdict.MISSING, Verdict.SKIPPED


def test_a_mistake_costs_its_dearest_check_once() -> None:
    found = [finding("a", F, "m"), finding("b", F, "m"), finding("c", P), finding("d", P)]
    question = charge(ROW, found, rubric())
    assert [c.score for c in question.checks] == [2, 0, 1, 4]
    assert question.checks[0].follows_from == "svm.b"
    assert question.checks[1].follows_from is None
    assert (question.score, question.max_score) == (7, 10)


def test_the_plain_policy_charges_every_failed_check() -> None:
    found = [finding("a", F, "m"), finding("b", F, "m"), finding("c", P), finding("d", S, waits_for="svm.a")]
    assert scores(found, rubric("charge-checks")) == {"a": 0, "b": 0, "c": 1, "d": 0}


def test_two_mistakes_are_charged_at_two_checks_where_they_can() -> None:
    found = [finding("a", F, "m", "n"), finding("b", F, "m", "n"), finding("c", P), finding("d", P)]
    assert scores(found, rubric()) == {"a": 0, "b": 0, "c": 1, "d": 4}


def test_a_rubric_may_name_the_deduction() -> None:
    found = [finding("a", P), finding("b", F, "m"), finding("c", P), finding("d", F, "m")]
    assert scores(found, rubric(deductions={"m": 1.5})) == {"a": 2, "b": 3, "c": 1, "d": 2.5}


def test_an_unexplained_failure_loses_its_own_points() -> None:
    found = [finding("a", F), finding("b", P), finding("c", Verdict.ERROR), finding("d", Verdict.TIMEOUT)]
    assert scores(found, rubric()) == {"a": 0, "b": 3, "c": 0, "d": 0}


def test_a_comparison_follows_from_the_guilty_side() -> None:
    found = [finding("a", F), finding("b", P), finding("c", F, guilty="svm.a"), finding("d", P)]
    question = charge(ROW, found, rubric())
    assert question.checks[2].score == 1
    assert question.checks[2].follows_from == "svm.a"


def test_a_skip_costs_nothing_after_a_charged_mistake_and_all_after_absent_work() -> None:
    charged = [finding("a", F, "m"), finding("b", S, waits_for="svm.a"), finding("c", P), finding("d", P)]
    absent = [finding("a", M), finding("b", S, waits_for="svm.a"), finding("c", P), finding("d", P)]
    assert scores(charged, rubric())["b"] == 3
    assert scores(absent, rubric()) == {"a": 0, "b": 0, "c": 1, "d": 4}


def test_what_was_not_run_counts_for_nothing() -> None:
    question = charge(
        ROW, [finding("a", P), finding("b", P), finding("c", P), finding("d", S, not_run=True)], rubric()
    )
    assert (question.score, question.max_score) == (6, 6)


@given(
    st.lists(
        st.tuples(st.sampled_from(list(Verdict)), st.lists(st.sampled_from("mno"), max_size=3, unique=True)),
        min_size=4,
        max_size=4,
    ),
    st.sampled_from(["charge-mistakes", "charge-checks"]),
    st.dictionaries(st.sampled_from("mno"), st.floats(0, 10)),
)
def test_the_page_always_adds_up(
    outcomes: list[tuple[Verdict, list[str]]], policy: str, deductions: dict[str, float]
) -> None:
    found = [
        finding(
            name, verdict, *(mistakes if verdict is F else ()), waits_for="svm.a" if verdict is S else None
        )
        for name, (verdict, mistakes) in zip("abcd", outcomes, strict=True)
    ]
    question = charge(ROW, found, rubric(policy, deductions))
    assert all(0 <= c.score <= c.max_score for c in question.checks)
    assert question.score == round(sum(c.score for c in question.checks), 6)
    assert question.max_score == 10
    ids = {c.id for c in question.checks}
    assert all(c.follows_from in ids for c in question.checks if c.follows_from is not None)
