"""All that an assignment package must offer: an `Assignment`, and one `Question` for each of its questions.

The engine knows no course. It is handed an `Assignment` by the faces in `cli/`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grader.checking.check import CheckFunction
from grader.intake.editions import Editions
from grader.student.calls import Student
from grader.student.layout import Layout

__all__ = ["Assignment", "Question"]


@dataclass(frozen=True, kw_only=True)
class Question:
    """Whatever differs by question.

    `proxy` makes the callables that checks see. `checks` come in the order of the report. `families`: first
    words of the roles that are this question's beside its own id (`layers` for `layers.relu_forward`).
    """

    id: str
    proxy: Callable[[Student, str], Any]
    checks: tuple[CheckFunction, ...]
    families: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """One assignment: its name, its title on every page, and its questions in the course's order."""

    name: str
    title: str
    questions: tuple[Question, ...]
    editions: Editions
    layout: Layout
