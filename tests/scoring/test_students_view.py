"""What is left of a report when a rubric hides some of its checks."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from grader.result import (
    Adjustment,
    CheckResult,
    Diagnosis,
    Final,
    Mend,
    QuestionResult,
    Report,
    SkipReason,
    SubmissionInfo,
    Verdict,
)
from grader.scoring.rubric import CheckRow, Late, QuestionRow, Rubric
from grader.scoring.students_view import hidden_checks, students_report

DUE = datetime(2026, 4, 22, tzinfo=UTC)
QUESTION = QuestionRow(
    "q",
    "Question",
    (
        CheckRow("f.loss", 2, "hidden"),
        CheckRow("f.gradient", 3),
        CheckRow("f.speed", 1),
        CheckRow("g.loss", 4, "after-deadline"),
    ),
)
RUBRIC = Rubric("grader.rubric/1", "Mine", (QUESTION,))


def check(name: str, verdict: Verdict = Verdict.PASSED, **more: object) -> CheckResult:
    """A result of the role in front of the last dot."""
    return CheckResult(id=f"q.{name}", title=f"title of {name}", verdict=verdict, role=f"q.{name[0]}", **more)


def shown(*checks: CheckResult, rubric: Rubric = RUBRIC, **more: object) -> Report:
    found = Report(
        submission=SubmissionInfo("ada", ".", "2019", None),
        score=7.0,
        max_score=10.0,
        questions=(QuestionResult("q", "Question", 7.0, 10.0, checks),),
        **more,
    )
    return students_report(found, rubric)


def results(
    loss: CheckResult, gradient: CheckResult | None = None, speed: CheckResult | None = None
) -> tuple[CheckResult, ...]:
    return loss, gradient or check("f.gradient"), speed or check("f.speed"), check("g.loss")


def test_hidden_checks_are_gone_with_their_points() -> None:
    report = shown(*results(check("f.loss", Verdict.FAILED, message="secret")))
    (question,) = report.questions
    assert [c.id for c in question.checks] == ["q.f.gradient", "q.f.speed"]
    assert (report.score, report.max_score, question.score, question.max_score) == (4, 4, 4, 4)


def test_a_question_of_hidden_checks_alone_is_gone() -> None:
    rows = tuple(CheckRow(row.id, row.points) for row in QUESTION.checks)
    hidden = msgspec.structs.replace(
        RUBRIC, question=(msgspec.structs.replace(QUESTION, checks=rows, visibility="hidden"),)
    )
    report = shown(*results(check("f.loss")), rubric=hidden)
    assert report.questions == ()
    assert (report.score, report.max_score) == (0, 0)


def test_what_waits_for_a_hidden_check_counts_for_nothing_and_does_not_say_for_what() -> None:
    waiting = check(
        "f.gradient",
        Verdict.SKIPPED,
        reason=SkipReason.NEEDS,
        waits_for="q.f.loss",
        message='not checked: it builds on "title of f.loss"',
    )
    later = check("f.speed", Verdict.SKIPPED, reason=SkipReason.NEEDS, waits_for="q.f.gradient", message="-")
    report = shown(*results(check("f.loss", Verdict.FAILED), waiting, later))
    assert (report.score, report.max_score) == (0, 0)
    assert b"f.loss" not in msgspec.json.encode(report)


def test_what_follows_from_a_hidden_check_follows_from_what_that_one_follows_from() -> None:
    cause = check("f.gradient", Verdict.FAILED, mistakes=("known",))
    echo = check("f.speed", Verdict.FAILED, cause="q.f.loss", follows_from="q.f.gradient")
    between = check("f.loss", Verdict.FAILED, cause="q.f.gradient")
    report = shown(*results(between, cause, echo))
    assert [c.follows_from for c in report.questions[0].checks] == [None, "q.f.gradient"]
    assert report.score == 1


def test_a_mistake_that_a_shown_check_names_costs_that_one() -> None:
    dearest = check("f.loss", Verdict.FAILED, mistakes=("known",))
    echo = check("f.gradient", Verdict.FAILED, mistakes=("known",), follows_from="q.f.loss", score=3.0)
    known = Diagnosis(mistake="known", roles=("q.f",), points=2.0)
    report = shown(*results(dearest, echo), diagnoses=(known,))
    assert [each.points for each in report.diagnoses] == [3]
    assert report.score == 1


@pytest.mark.parametrize("kind", ["diagnoses", "candidates"])
def test_what_only_hidden_checks_show_is_gone(kind: str) -> None:
    found = Diagnosis(mistake="secret", roles=("q.f",))
    failed = check("f.loss", Verdict.FAILED, mistakes=("secret",) if kind == "diagnoses" else ())
    mend = Mend(role="q.f", lines=(), held=("q.f.loss",))
    report = shown(*results(failed), mends=(mend,), **{kind: (found,)})
    assert (report.diagnoses, report.candidates, report.mends) == ((), (), ())


def test_sums_that_tell_hidden_points_faults_that_name_checks_and_the_seed_are_gone() -> None:
    report = shown(
        *results(check("f.loss")),
        final=Final(8.0, 10.0),
        adjustments=(Adjustment(kind="override", what="q.f.loss", points=1, reason="right"),),
        faults=("q.f.loss: ValueError: secret",),
        environment={"secret_seed": 7, "numpy": "2"},
    )
    assert report.final is None
    assert report.adjustments == ()
    assert report.environment.keys().isdisjoint({"secret_seed"})
    assert report.faults
    assert b"f.loss" not in msgspec.json.encode(report)


def test_after_the_deadline_only_what_is_hidden_for_good_is_hidden() -> None:
    late = msgspec.structs.replace(RUBRIC, late=Late(DUE))
    assert hidden_checks(RUBRIC) == {"q.f.loss", "q.g.loss"}
    assert hidden_checks(late, now=DUE) == {"q.f.loss", "q.g.loss"}
    assert hidden_checks(late, now=datetime(2026, 4, 23, tzinfo=UTC)) == {"q.f.loss"}
