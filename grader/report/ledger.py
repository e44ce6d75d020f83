"""The points of a report as they stand on a page: two decimals at most, and every sum adds up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from grader.report.text import points
from grader.result import CheckResult, QuestionResult, Report, Verdict

__all__ = ["Ledger", "Points", "charged", "ledger", "unexplained", "wrong"]


@dataclass(frozen=True)
class Points:
    score: float
    max_score: float

    @property
    def lost(self) -> float:
        return round(self.max_score - self.score, 2)

    def __str__(self) -> str:
        if not self.max_score and not self.score:
            return ""  # a check that is worth nothing
        return f"{points(self.score)}/{points(self.max_score)}"


@dataclass(frozen=True)
class Ledger:
    """`checks[q][c]` belongs to check `c` of question `q`; each level is the sum of the one below."""

    total: Points
    questions: tuple[Points, ...]
    checks: tuple[tuple[Points, ...], ...]


def ledger(report: Report) -> Ledger:
    """What to print for each check and question, and in total.

    Sums are taken of the printed values, so that a rubric in thirds adds up on the page too.
    """
    checks = tuple(of_checks(question) for question in report.questions)
    questions = tuple(
        total(rows) if rows else Points(round(question.score, 2), round(question.max_score, 2))
        for question, rows in zip(report.questions, checks, strict=True)
    )
    whole = total(questions) if questions else Points(round(report.score, 2), round(report.max_score, 2))
    return Ledger(whole, questions, checks)


def of_checks(question: QuestionResult) -> tuple[Points, ...]:
    """One row a check. The maxima are rounded by their running sum: 1/3 three times is 0.33, 0.34, 0.33."""
    rows, exact, printed = [], 0.0, 0.0
    for check in question.checks:
        exact += check.max_score
        most = round(round(exact, 2) - printed, 2)
        printed = round(printed + most, 2)
        rows.append(Points(most if check.score == check.max_score else round(check.score, 2), most))
    return tuple(rows)


def total(rows: Iterable[Points]) -> Points:
    rows = tuple(rows)
    return Points(round(sum(row.score for row in rows), 2), round(sum(row.max_score for row in rows), 2))


def charged(check: CheckResult) -> bool:
    """Whether the check stands against the submission by itself, as no echo of another does."""
    return check.verdict not in (Verdict.PASSED, Verdict.SKIPPED) and check.follows_from is None


def wrong(check: CheckResult) -> bool:
    """Whether there is work that is wrong; what is missing is not."""
    return charged(check) and check.verdict is not Verdict.MISSING


def unexplained(report: Report) -> tuple[float, list[CheckResult]]:
    """The points lost beside the named mistakes, and the checks that cost them."""
    named = sum(diagnosis.points for diagnosis in report.diagnoses)
    checks = [
        check
        for question in report.questions
        for check in question.checks
        if check.score < check.max_score and not check.mistakes
    ]
    return round(ledger(report).total.lost - named, 2), checks
