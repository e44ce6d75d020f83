"""One student's `gradient_step` and `fit`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from grader.exercises.calling import Array, Called, as_entries
from grader.exercises.linear_regression.problems import RegressionProblem
from grader.student.calls import Student

__all__ = ["Fit", "Fitted", "GradientStep", "LinearRegression"]


class Fitted(NamedTuple):
    """W (D,) and b; a column or row of W, and an array of one for b, are as good."""

    W: Array
    b: float

    @property
    def all(self) -> Array:
        """W and b in one row."""
        return np.append(self.W, self.b)


class GradientStep:
    """`gradient_step(W, b, X, t, lr)`."""

    def __init__(self, student: Student, role: str) -> None:
        self._called = Called(student, role)

    def __call__(self, problem: RegressionProblem, lr: float) -> Fitted:
        given = {"W": problem.W.copy(), "b": problem.b, "X": problem.X.copy(), "t": problem.t.copy()}
        W, b = self._called.parts("W, b", **given, lr=lr)
        return Fitted(as_entries(W, len(problem.W), "W"), float(as_entries(b, 1, "b")[0]))


class Fit:
    """`fit(X, t, lr, epochs)`; equal calls are made once."""

    def __init__(self, student: Student, role: str) -> None:
        self._called = Called(student, role)
        self._made: dict[tuple[int, int], Fitted] = {}

    def __call__(self, problem: RegressionProblem, lr: float, epochs: int) -> Fitted:
        key = (id(problem), epochs)
        if key not in self._made:
            W, b = self._called.parts("W, b", X=problem.X.copy(), t=problem.t.copy(), lr=lr, epochs=epochs)
            bias = float(as_entries(b, 1, "b")[0])
            self._made[key] = Fitted(as_entries(W, len(problem.W), "W"), bias)
        return self._made[key]


class LinearRegression:
    """The question's two functions."""

    def __init__(self, student: Student, question: str) -> None:
        self.step = GradientStep(student, f"{question}.step")
        self.fit = Fit(student, f"{question}.fit")
