"""What a verdict, a question and a place are called on every page."""

from __future__ import annotations

from collections.abc import Iterable

from grader.report.text import clean
from grader.result import QuestionResult, Verdict, Where

__all__ = ["COURSE", "REASONS", "SIGNS", "by_course", "heading", "place"]

COURSE = "CS231n Assignment 1"

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
QUESTIONS = ("knn", "svm", "softmax", "two_layer_net", "features", "fully_connected")
WITHOUT_SVM = "2025"  # since this edition softmax is the second question


def heading(question: QuestionResult, edition: str | None) -> str:
    """`Q2  Support vector machine`; without a number where the course gives none."""
    order = [each for each in QUESTIONS if not (each == "svm" and edition == WITHOUT_SVM)]
    title = clean(question.title, 120)
    return f"Q{order.index(question.id) + 1}  {title}" if question.id in order else title


def by_course(questions: Iterable[str]) -> list[str]:
    """Question ids in the course's order; those that it has not, after them."""
    return sorted(questions, key=lambda id: (QUESTIONS.index(id) if id in QUESTIONS else len(QUESTIONS), id))


def place(where: Where) -> str:
    """`file:line`, as editors and terminals understand it; `file, cell 5, line 3` in a notebook."""
    if where.cell is not None:
        line = f", line {where.line}" if where.line is not None else ""
        return f"{clean(where.file, 300)}, cell {where.cell}{line}"
    return clean(where.file, 300) + (f":{where.line}" if where.line is not None else "")
