"""Checks as the tests that other systems list: which, with what points, and what there is to say of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from grader.report.entries import own_lines
from grader.report.evidence import described
from grader.report.ledger import Points, ledger
from grader.report.markdown import code_block, literal
from grader.report.text import clean
from grader.result import CheckResult, QuestionResult, Report, SkipReason, Verdict

__all__ = ["Row", "in_markdown", "rows"]


class Row(NamedTuple):
    """A check with its points on the page. `number`: `2.3` is the third of question 2."""

    number: str
    question: QuestionResult
    check: CheckResult
    worth: Points

    @property
    def name(self) -> str:
        """`Title of the question · what is judged: the check`."""
        about = " · ".join(clean(part, 80) for part in (self.question.title, self.check.topic) if part)
        return f"{about}: {clean(self.check.title, 200)}"


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


def in_markdown(check: CheckResult, report: Report) -> str:
    """Fact, numbers, mistake, help and place, and the author's own lines, in Markdown."""
    if check.verdict is Verdict.PASSED and not check.message:
        return ""
    if cause := cause_of(check, report):
        return (
            f"Not right because of another mistake, at no cost of its own: {literal(clean(cause.title, 200))}"
        )
    one = check.where is not None and check.where.end_line is None
    lines = tuple(own_lines(check.where)) if check.where is not None and one else ()
    return "\n\n".join([*map(literal, described(check, report)), *code_block(lines)])


def cause_of(check: CheckResult, report: Report) -> CheckResult | None:
    """The check at which the cause of this failure was charged."""
    checks = (each for question in report.questions for each in question.checks)
    return next((each for each in checks if each.id == check.follows_from), None)
