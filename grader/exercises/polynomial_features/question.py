"""Polynomial features."""

from __future__ import annotations

from grader.assignment import Question, declared_in
from grader.exercises.polynomial_features import checks
from grader.exercises.polynomial_features.proxy import PolynomialFeatures

__all__ = ["POLYNOMIAL_FEATURES"]

POLYNOMIAL_FEATURES = Question(id="polynomial_features", proxy=PolynomialFeatures, checks=declared_in(checks))
