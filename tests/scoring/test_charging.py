"""Points: a mistake is charged once, echoes keep their points, and the page adds up."""

import dataclasses
import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.checking.finding import Finding
from grader.result import CheckResult, Verdict
from grader.scoring.charging import charge
from grader.scoring.rubric import CheckRow, QuestionRow, Rubric

ROW = QuestionRow(
    "svm", "SVM", (CheckRow("a", 2.0), CheckRow("b", 3.0), CheckRow("c", 1.0), CheckRow("d", 4.0))
)


def rubric(policy: str = "charge-mistakes", deductions: dict[str, float] | None = None) -> Rubric:
    return Rubric("grader.rubric/1", "t", (ROW,), policy, deductions or {})  # type: ignore[arg-type]


def finding(name: str, verdict: Verdict, *mistakes: str, **more: object) -> Finding:
    return Finding(CheckResult(id=f"svm.{name}", title=name, verdict=verdict, mistakes=mistakes), **more)  # type: ignore[arg-type]


def scores(findings: list[Finding], rubric: Rubric) -> dict[str, float]:
    return {c.id.removeprefix("svm."): c.score for c in charge(ROW, findings, rubric).question.checks}


def follows(findings: list[Finding]) -> dict[str, str | None]:
    checks = charge(ROW, findings, rubric()).question.checks
    return {c.id.removeprefix("svm."): c.follows_from for c in checks}


P, F, M, S, E = Verdict.PASSED, Verdict.FAILED, Verdict.MISSING, Verdict.SKIPPED, Verdict.ERROR


def test_a_mistake_costs_its_dearest_check_once() -> None:
    found = [finding("a", F, "m"), finding("b", F, "m"), finding("c", P), finding("d", P)]
    question = charge(ROW, found, rubric()).question
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


def test_a_mistake_that_leaves_nothing_to_be_seen_excuses_no_other_failure() -> None:
    found = [finding("a", E, "m"), finding("b", E, "m"), finding("c", S, waits_for="svm.a"), finding("d", P)]
    hidden = [
        dataclasses.replace(one, result=msgspec.structs.replace(one.result, unseen=bool(one.result.mistakes)))
        for one in found
    ]
    assert scores(hidden, rubric()) == {"a": 0, "b": 0, "c": 0, "d": 4}
    assert scores(found, rubric()) == {"a": 2, "b": 0, "c": 1, "d": 4}


def test_a_rubric_may_name_the_deduction() -> None:
    found = [finding("a", P), finding("b", F, "m"), finding("c", P), finding("d", F, "m")]
    assert scores(found, rubric(deductions={"m": 1.5})) == {"a": 2, "b": 3, "c": 1, "d": 2.5}


def test_an_unexplained_failure_loses_its_own_points() -> None:
    found = [finding("a", F), finding("b", P), finding("c", Verdict.ERROR), finding("d", Verdict.TIMEOUT)]
    assert scores(found, rubric()) == {"a": 0, "b": 3, "c": 0, "d": 0}


def test_a_comparison_follows_from_the_side_that_is_wrong() -> None:
    found = [finding("a", F), finding("b", P), finding("c", F, cause="svm.a"), finding("d", P)]
    question = charge(ROW, found, rubric()).question
    assert question.checks[2].score == 1
    assert question.checks[2].follows_from == "svm.a"


def test_a_skip_costs_nothing_after_a_charged_mistake_and_all_after_absent_work() -> None:
    charged = [finding("a", F, "m"), finding("b", S, waits_for="svm.a"), finding("c", P), finding("d", P)]
    absent = [finding("a", M), finding("b", S, waits_for="svm.a"), finding("c", P), finding("d", P)]
    assert scores(charged, rubric())["b"] == 3
    assert scores(absent, rubric()) == {"a": 0, "b": 0, "c": 1, "d": 4}


def test_what_fails_for_want_of_absent_work_is_paid_where_that_is_absent() -> None:
    found = [finding("a", M), finding("b", F, cause="svm.a"), finding("c", P), finding("d", P)]
    assert scores(found, rubric()) == {"a": 0, "b": 3, "c": 1, "d": 4}
    assert follows(found)["b"] == "svm.a"


def test_what_was_not_run_counts_for_nothing() -> None:
    found = [finding("a", P), finding("b", P), finding("c", P), finding("d", S, not_run=True)]
    question = charge(ROW, found, rubric()).question
    assert (question.score, question.max_score) == (6, 6)


@pytest.mark.parametrize("order", [("m", "n"), ("n", "m")])
def test_a_mistake_gives_way_to_one_that_breaks_nothing_else(order: tuple[str, str]) -> None:
    both = {"a": ("m",), "b": order}
    found = [finding("a", F, *both["a"]), finding("b", F, *both["b"]), finding("c", P), finding("d", P)]
    charged = charge(ROW, found, rubric())
    assert [c.score for c in charged.question.checks] == [0, 0, 1, 4]
    assert charged.costs == {"m": 2, "n": 3}


def test_several_mistakes_give_way_one_after_another() -> None:
    found = [finding("a", F, "m"), finding("b", F, "m", "n"), finding("c", P), finding("d", F, "n", "o")]
    assert charge(ROW, found, rubric()).costs == {"m": 2, "n": 3, "o": 4}


def test_what_a_mistake_cost_is_told_also_when_the_check_shows_another_first() -> None:
    found = [finding("a", P), finding("b", F, "m", "n"), finding("c", P), finding("d", F, "m")]
    assert charge(ROW, found, rubric()).costs == {"m": 4, "n": 3}


def test_a_mistake_without_a_check_of_its_own_costs_what_is_left_of_one() -> None:
    found = [finding("a", P), finding("b", F, "m", "n"), finding("c", P), finding("d", P)]
    charged = charge(ROW, found, rubric(deductions={"m": 0.5}))
    assert sum(charged.costs.values()) == 3
    assert charged.question.score == 7


def test_a_skip_after_a_charged_exception_costs_nothing_more() -> None:
    found = [finding("a", E, "m"), finding("b", S, waits_for="svm.a"), finding("c", P), finding("d", P)]
    assert scores(found, rubric()) == {"a": 0, "b": 3, "c": 1, "d": 4}


def test_a_skip_after_what_nobody_explained_earns_nothing() -> None:
    found = [finding("a", E), finding("b", S, waits_for="svm.a"), finding("c", P), finding("d", P)]
    assert scores(found, rubric()) == {"a": 0, "b": 0, "c": 1, "d": 4}


def test_a_skip_of_a_skip_follows_from_the_charged_check() -> None:
    found = [
        finding("a", S, waits_for="svm.b"),
        finding("b", S, waits_for="svm.c"),
        finding("c", F, "m"),
        finding("d", F, "m"),
    ]
    assert follows(found) == {"a": "svm.d", "b": "svm.d", "c": "svm.d", "d": None}


def test_a_comparison_names_the_charged_check_not_an_echo() -> None:
    found = [finding("a", F, "m"), finding("b", F, "m"), finding("c", F, cause="svm.a"), finding("d", P)]
    assert follows(found)["c"] == "svm.b"


def test_two_comparisons_do_not_excuse_each_other() -> None:
    found = [
        finding("a", F, cause="svm.b"),
        finding("b", F, cause="svm.a"),
        finding("c", P),
        finding("d", P),
    ]
    assert scores(found, rubric()) == {"a": 0, "b": 0, "c": 1, "d": 4}


@st.composite
def outcomes(draw: st.DrawFn) -> list[Finding]:
    """Four findings with any verdicts, mistakes and causes, also circular ones."""
    found = []
    for name in "abcd":
        verdict = draw(st.sampled_from(list(Verdict)))
        mistakes = draw(st.lists(st.sampled_from("mno"), max_size=3, unique=True))
        others = st.none() | st.sampled_from(["svm.a", "svm.b", "svm.c", "svm.d", "knn.a"])
        found.append(
            finding(
                name,
                verdict,
                *(mistakes if verdict in (F, E, P) else ()),
                waits_for=draw(others) if verdict is S else None,
                cause=draw(others) if verdict in (F, E) else None,
                not_run=verdict is S and draw(st.booleans()),
            )
        )
    return found


@given(
    outcomes(),
    st.sampled_from(["charge-mistakes", "charge-checks"]),
    st.dictionaries(st.sampled_from("mno"), st.floats(0, 10)),
)
def test_the_page_always_adds_up(found: list[Finding], policy: str, deductions: dict[str, float]) -> None:
    question, costs = charge(ROW, found, rubric(policy, deductions))
    assert all(0 <= c.score <= c.max_score for c in question.checks)
    assert question.score == round(sum(c.score for c in question.checks), 6)
    left_out = {f.result.id for f in found if f.not_run}
    full = {f"svm.{check.id}": check.points for check in ROW.checks}
    assert question.max_score == sum(points for name, points in full.items() if name not in left_out)
    named = sum(c.max_score - c.score for c in question.checks if c.mistakes)
    assert sum(costs.values()) == pytest.approx(named)
    payers = {c.id for c in question.checks if c.follows_from is None} | {"knn.a"}
    assert all(c.follows_from in payers for c in question.checks if c.follows_from is not None)


@given(outcomes())
def test_the_order_of_mistakes_does_not_change_the_score(found: list[Finding]) -> None:
    turned = [
        dataclasses.replace(f, result=msgspec.structs.replace(f.result, mistakes=f.result.mistakes[::-1]))
        for f in found
    ]
    assert charge(ROW, found, rubric()).question.score == charge(ROW, turned, rubric()).question.score


BROKEN_BY = st.dictionaries(
    st.sampled_from("mnop"), st.sets(st.sampled_from("abcd"), min_size=1), min_size=1, max_size=4
)


@given(BROKEN_BY, st.dictionaries(st.sampled_from("mnop"), st.floats(0.25, 5)))
def test_mistakes_cost_the_most_that_checks_of_their_own_allow(
    broken_by: dict[str, set[str]], deductions: dict[str, float]
) -> None:
    points = {check.id: check.points for check in ROW.checks}
    found = []
    for name in "abcd":
        mistakes = [m for m, checks in broken_by.items() if name in checks]
        found.append(finding(name, F if mistakes else P, *mistakes))
    dearest = 0.0
    for places in itertools.product(*([None, *sorted(checks)] for checks in broken_by.values())):
        taken = [place for place in places if place is not None]
        if len(set(taken)) == len(taken):
            pairs = zip(broken_by, places, strict=True)
            cost = sum(min(points[c], deductions.get(m, points[c])) for m, c in pairs if c is not None)
            dearest = max(dearest, cost)
    lost = 10 - charge(ROW, found, rubric(deductions=deductions)).question.score
    # What has no check of its own may still find something left of another's.
    assert lost >= dearest - 1e-6
    if not deductions:
        assert lost == pytest.approx(dearest)
