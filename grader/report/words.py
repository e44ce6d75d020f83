"""What a verdict, a question, a check and a place are called on every page."""

from __future__ import annotations

from collections.abc import Iterable

from grader.report.text import clean
from grader.result import CheckResult, QuestionResult, Verdict, Where

__all__ = ["COURSE", "REASONS", "SIGNS", "by_course", "heading", "place", "topic"]

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
TOPICS = {
    "train": "training",
    "predict": "prediction",
    "validation_accuracy": "accuracy",
    "init": "start values",
}
FILES = ("layers", "optim")  # of several functions each
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


def topic(check: CheckResult) -> str:
    """The second part of the check's id in plain words: `svm.naive.loss` is about `naive`.

    Where that is only the file (`two_layer_net.layers.relu_forward.output`), the function's own name.
    """
    _, part, *rest = [*check.id.split("."), ""]
    if part in FILES and len(rest) > 1:
        return clean(rest[0], 40)
    return TOPICS.get(part, clean(part.replace("_", " "), 40))


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
