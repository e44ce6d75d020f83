"""What Gradescope reads of an autograder: `results.json`, a test for each check."""

from __future__ import annotations

from typing import Any

import msgspec

from grader.report.as_tests import Row, in_markdown, rows
from grader.report.ledger import ledger
from grader.report.markdown import markdown_page
from grader.report.text import clean
from grader.result import Report, Verdict, Visibility

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


def test(row: Row, report: Report) -> dict[str, Any]:
    """One test; what only follows from another failure keeps its points, and says from which."""
    told: dict[str, Any] = {
        "name": row.name,
        "score": row.worth.score,
        "max_score": row.worth.max_score,
        "output": in_markdown(row.check, report),
        "tags": [clean(row.question.id, 40)],
    }
    if row.check.verdict is not Verdict.SKIPPED:  # of which Gradescope has no word
        told["status"] = "passed" if row.check.verdict is Verdict.PASSED else "failed"
    return told
