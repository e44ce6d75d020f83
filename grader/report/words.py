"""What a verdict, a question and a place are called on every page."""

from __future__ import annotations

from collections.abc import Iterable

from grader.report.text import clean
from grader.result import QuestionResult, Report, Verdict, Where

__all__ = ["REASONS", "SIGNS", "assignment", "heading", "in_order", "place"]

SIGNS = {
    Verdict.PASSED: "✓",
    Verdict.FAILED: "✗",
    Verdict.MISSING: "…",
    Verdict.ERROR: "!",
    Verdict.TIMEOUT: "◷",
    Verdict.SKIPPED: "–",
}
REASONS = {
    Verdict.PASSED: "passed",
    Verdict.FAILED: "failed",
    Verdict.MISSING: "not implemented",
    Verdict.ERROR: "raised an error",
    Verdict.TIMEOUT: "timed out",
    Verdict.SKIPPED: "not checked",
}


def heading(question: QuestionResult) -> str:
    """`Q2  Support vector machine`; without a number where the edition gives none."""
    title = clean(question.title, 120)
    return f"Q{question.number}  {title}" if question.number is not None else title


def assignment(report: Report) -> str:
    """The assignment's title."""
    return clean(report.assignment, 80)


def in_order(reports: Iterable[Report]) -> list[str]:
    """The ids of all questions of these reports: each right after the one that it follows in a report."""
    return merged_order({tuple(question.id for question in report.questions) for report in reports})


def merged_order(sequences: Iterable[tuple[str, ...]]) -> list[str]:
    """All that is in these sequences: each right after the one that it follows in one of them."""
    order: list[str] = []
    for sequence in sorted(sequences, key=lambda sequence: (-len(sequence), sequence)):
        position = 0
        for name in sequence:
            if name not in order:
                order.insert(position, name)
            position = order.index(name) + 1
    return order


def place(where: Where) -> str:
    """`file:line`, as editors and terminals understand it; `file, cell 5, line 3` in a notebook.

    `file, lines 24–40` where it is not known which of them it is.
    """
    parts = [clean(where.file, 300)] + ([f"cell {where.cell}"] if where.cell is not None else [])
    if where.end_line is not None:
        return ", ".join([*parts, f"lines {where.line}–{where.end_line}"])
    if where.cell is None:
        return parts[0] + (f":{where.line}" if where.line is not None else "")
    return ", ".join(parts + ([f"line {where.line}"] if where.line is not None else []))
