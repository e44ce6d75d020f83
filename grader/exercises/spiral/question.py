"""A softmax classifier with a bias, on the notes' spiral."""

from __future__ import annotations

from grader.assignment import Question, declared_in
from grader.exercises.softmax import checks
from grader.exercises.softmax.proxy import Spiral

__all__ = ["SPIRAL"]

SPIRAL = Question(id="spiral", proxy=Spiral, checks=declared_in(checks))
