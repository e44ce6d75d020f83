"""Linear regression."""

from __future__ import annotations

from grader.assignment import Question, declared_in
from grader.exercises.linear_regression import checks
from grader.exercises.linear_regression.proxy import LinearRegression

__all__ = ["LINEAR_REGRESSION"]

LINEAR_REGRESSION = Question(id="linear_regression", proxy=LinearRegression, checks=declared_in(checks))
