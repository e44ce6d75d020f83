"""What Gradescope reads of an autograder: `results.json`, a test for each check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from grader.report.entries import own_lines
from grader.report.evidence import described
from grader.report.ledger import Points, ledger
from grader.report.markdown import code_block, literal, markdown_page
from grader.report.text import clean
from grader.result import CheckResult, QuestionResult, Report, SkipReason, Verdict, Visibility

__all__ = ["render_gradescope"]

VISIBILITY: dict[Visibility, str] = {
    "shown": "visible",
    "after-deadline": "after_due_date",
    "hidden": "hidden",
}
WITHHELD = {
    "name": "The total is shown when the grades are published",
    "score": 0,
    "max_score": 0,
    "visibility": "after_published",
}


def render_gradescope(report: Report, shown: Report) -> str:
    """The whole of `results.json`.

    Its score is what counts in the end. Checks that are not for their author's eyes come last, without a
    number; while any of them has points, Gradescope keeps the total back until the grades are published.

    Args:
        shown: the report as the submission's author may read it, see `scoring.students_view`.
    """
    seen = {check.id for question in shown.questions for check in question.checks}
    kept = [row for row in rows(report) if row.check.id not in seen]
    tests = [test(row, shown) | {"number": row.number, "visibility": "visible"} for row in rows(shown)]
    tests += [test(row, report) | {"visibility": VISIBILITY[row.check.visibility]} for row in kept]
    if any(row.worth.max_score and row.check.visibility == "hidden" for row in kept):
        tests.append(WITHHELD)
    results = {
        "score": report.final.score if report.final is not None else ledger(report).total.score,
        "execution_time": report.duration_s,
        "output": markdown_page(shown),
        "output_format": "md",
        "test_output_format": "md",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
    }
    return msgspec.json.format(msgspec.json.encode(results), indent=1).decode() + "\n"


class Row(NamedTuple):
    """A check with its points on the page. `number`: `2.3` is the third of question 2."""

    number: str
    question: QuestionResult
    check: CheckResult
    worth: Points


def rows(report: Report) -> Iterator[Row]:
    """The checks in order, without those that this run left out and that are worth nothing."""
    worths = ledger(report).checks
    for at, (question, points) in enumerate(zip(report.questions, worths, strict=True), 1):
        told = [
            (check, worth)
            for check, worth in zip(question.checks, points, strict=True)
            if worth.max_score or check.reason is not SkipReason.NOT_RUN
        ]
        for position, (check, worth) in enumerate(told, 1):
            yield Row(f"{question.number or at}.{position}", question, check, worth)


def test(row: Row, report: Report) -> dict[str, Any]:
    """One test; what only follows from another failure keeps its points, and says from which."""
    about = " · ".join(clean(part, 80) for part in (row.question.title, row.check.topic) if part)
    told: dict[str, Any] = {
        "name": f"{about}: {clean(row.check.title, 200)}",
        "score": row.worth.score,
        "max_score": row.worth.max_score,
        "output": output(row.check, report),
        "tags": [clean(row.question.id, 40)],
    }
    if row.check.verdict is not Verdict.SKIPPED:  # of which Gradescope has no word
        told["status"] = "passed" if row.check.verdict is Verdict.PASSED else "failed"
    return told


def output(check: CheckResult, report: Report) -> str:
    """Fact, numbers, mistake, help and place, and the author's own lines, in Markdown."""
    if check.verdict is Verdict.PASSED and not check.message:
        return ""
    if cause := cause_of(check, report):
        return (
            f"Not right because of another mistake, at no cost of its own: {literal(clean(cause.title, 200))}"
        )
    lines = tuple(own_lines(check.where)) if check.where is not None else ()
    return "\n\n".join([*map(literal, described(check, report)), *code_block(lines)])


def cause_of(check: CheckResult, report: Report) -> CheckResult | None:
    """The check at which the cause of this failure was charged."""
    checks = (each for question in report.questions for each in question.checks)
    return next((each for each in checks if each.id == check.follows_from), None)
