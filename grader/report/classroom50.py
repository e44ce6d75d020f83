"""What Classroom 50 reads of an autograder: `result.json` (`classroom50/result/v1`), and release text."""

from __future__ import annotations

from fractions import Fraction
from math import lcm

import msgspec

from grader.report.as_tests import Row, rows
from grader.report.evidence import described
from grader.report.ledger import ledger
from grader.report.markdown import markdown_page
from grader.report.outline import outline
from grader.report.text import clean
from grader.result import Report, Verdict

__all__ = ["Handed", "release_body", "render_classroom50", "step_outputs"]

SCHEMA = "classroom50/result/v1"
#: Characters that GitHub shows of a commit's status.
SUMMARY = 140


class Handed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whose submission it is, as the runner tells. `datetime` is the commit's, in UTC."""

    classroom: str
    assignment: str
    assignment_type: str
    owner: str
    submission: str
    commit: str
    release: str
    review: str
    datetime: str
    graded_at: str | None = None


def render_classroom50(report: Report, handed: Handed) -> str:
    """The whole of `result.json`. Points are whole numbers there: all are multiplied by `scale`."""
    by = scale(report)
    tests = [test(row, report, by) for row in rows(report)]
    result = {
        "schema": SCHEMA,
        **msgspec.to_builtins(handed),
        "score": sum(each["score"] for each in tests),
        "max-score": sum(each["max-score"] for each in tests),
        "tests": tests,
    }
    return msgspec.json.format(msgspec.json.encode(result), indent=2).decode() + "\n"


def release_body(report: Report) -> str:
    """The author's page, and how its points are those of `result.json`."""
    by = scale(report)
    note = f"\nClassroom 50 takes whole numbers: there every point counts {by}.\n" if by > 1 else ""
    return markdown_page(report) + note


def step_outputs(report: Report) -> str:
    """`status` and `summary` of the commit, as lines of `$GITHUB_OUTPUT`.

    Without them Classroom 50 takes a submission that cannot be read, which has no tests, for a success.
    """
    told = outline(report)
    settled = (Verdict.PASSED, Verdict.SKIPPED)
    wrong = any(check.verdict not in settled for question in report.questions for check in question.checks)
    status = "failure" if told.refused or wrong else "success"
    summary = clean(f"not graded: {told.refused}" if told.refused else " · ".join(told.header), SUMMARY)
    return f"status={status}\nsummary={summary}\n"


def scale(report: Report) -> int:
    """The least factor that makes the maxima whole. It depends on the rubric alone, never on the work."""
    maxima = [worth.max_score for question in ledger(report).checks for worth in question]
    return lcm(*(Fraction(most).limit_denominator(100).denominator for most in maxima))


def test(row: Row, report: Report, by: int) -> dict[str, str | bool | int]:
    return {
        "test-name": row.name,
        "passed": row.check.verdict is Verdict.PASSED,
        "score": round(row.worth.score * by),
        "max-score": round(row.worth.max_score * by),
        "output": "\n".join(described(row.check, report)),
    }
