"""The gradient of any function by finite differences."""

from __future__ import annotations

from grader.assignment import Question, declared_in
from grader.exercises.numerical_gradient import checks
from grader.exercises.numerical_gradient.proxy import NumericalGradient

__all__ = ["NUMERICAL_GRADIENT"]

NUMERICAL_GRADIENT = Question(id="numerical_gradient", proxy=NumericalGradient, checks=declared_in(checks))
