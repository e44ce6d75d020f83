"""Points by another rubric for what was found already: nothing is run."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from grader.checking.finding import Finding
from grader.result import CheckResult, QuestionResult, Report, SkipReason
from grader.scoring.charging import charge
from grader.scoring.rubric import QuestionRow, Rubric

__all__ = ["facts_of", "rescored", "unmade"]


def facts_of(rubric: Rubric) -> dict[str, str]:
    """What a report tells of the rubric that it was scored by."""
    digest = hashlib.sha256(msgspec.json.encode(rubric)).hexdigest()
    return {"rubric": rubric.title, "rubric_sha256": digest[:16]}


def unmade(report: Report, rubric: Rubric) -> list[str]:
    """The report's questions of which the rubric asks a check that was not made."""
    made = {check.id for question in report.questions for check in question.checks}
    return [
        row.id
        for row in _rows(report, rubric)
        if any(f"{row.id}.{check.id}" not in made for check in row.checks)
    ]


def rescored(report: Report, rubric: Rubric) -> Report:
    """The report with the rubric's points. What could not be graded stays so.

    Questions that the rubric does not have, or of which it asks more than was made, are left out.
    """
    if report.refused is not None or not report.questions:
        return report
    found = {question.id: question for question in report.questions}
    rows, short = _rows(report, rubric), unmade(report, rubric)
    charged = [charge(row, _findings(row, found[row.id]), rubric) for row in rows if row.id not in short]
    costs = Counter[str]()
    for _, cost in charged:
        costs.update({mistake: round(points, 6) for mistake, points in cost.items()})
    questions = tuple(
        msgspec.structs.replace(question, number=found[question.id].number) for question, _ in charged
    )
    return msgspec.structs.replace(
        report,
        score=round(sum(question.score for question in questions), 6),
        max_score=round(sum(question.max_score for question in questions), 6),
        questions=questions,
        diagnoses=tuple(
            msgspec.structs.replace(each, points=costs.get(each.mistake, 0.0)) for each in report.diagnoses
        ),
        assignment=rubric.title,
        environment={**report.environment, **facts_of(rubric)},
    )


def _rows(report: Report, rubric: Rubric) -> Sequence[QuestionRow]:
    questions = tuple(question.id for question in report.questions)
    return rubric.questions(report.submission.edition_names, questions)


def _findings(row: QuestionRow, question: QuestionResult) -> list[Finding]:
    """What the checks of the row found, in its order."""
    results = {check.id: check for check in question.checks}
    asked = [results[f"{row.id}.{check.id}"] for check in row.checks]
    return [
        Finding(result, not_run=_not_run(result, results), waits_for=result.waits_for, cause=result.cause)
        for result in asked
    ]


def _not_run(result: CheckResult, results: Mapping[str, CheckResult]) -> bool:
    """Whether this run was told not to make it, or what it builds on."""
    needed = results.get(result.waits_for or "")
    return result.reason in (SkipReason.NOT_RUN, SkipReason.FAULT) or (
        needed is not None and result.reason is SkipReason.NEEDS and _not_run(needed, results)
    )
