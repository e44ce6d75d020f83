"""Logistic regression."""

from __future__ import annotations

from grader.assignment import Question, declared_in
from grader.exercises.logistic_regression import checks
from grader.exercises.logistic_regression.attribution import explain_matrices
from grader.exercises.logistic_regression.proxy import LogisticRegression

__all__ = ["LOGISTIC_REGRESSION"]

LOGISTIC_REGRESSION = Question(
    id="logistic_regression",
    proxy=LogisticRegression,
    checks=declared_in(checks),
    explain=(explain_matrices,),
)
