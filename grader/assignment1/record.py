"""The assignment as the engine is handed it."""

from __future__ import annotations

from grader.assignment import Assignment
from grader.assignment1.editions import EDITIONS
from grader.assignment1.layout import LAYOUT

__all__ = ["ASSIGNMENT"]

ASSIGNMENT = Assignment(
    name="assignment1",
    title="CS231n Assignment 1",
    questions=(),
    editions=EDITIONS,
    layout=LAYOUT,
)
