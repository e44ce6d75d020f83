"""One student's `logistic_regression`."""

from __future__ import annotations

import numpy as np

from grader.exercises.calling import Array, Called, as_entries
from grader.exercises.logistic_regression.problems import LogisticProblem
from grader.student.calls import Student

__all__ = ["LogisticRegression"]


class LogisticRegression:
    """`logistic_regression(X, y, C, k, tolerance, max_iter)`; equal calls are made once."""

    def __init__(self, student: Student, question: str) -> None:
        self._called = Called(student, question)
        self._made: dict[tuple[int, float, int], Array] = {}

    def __call__(self, problem: LogisticProblem, tolerance: float, max_iter: int) -> Array:
        """w (D,); a column or a row is as good.

        Raises:
            StudentError, StudentMissing, StudentTimeout, BadResult.
        """
        key = (id(problem), tolerance, max_iter)
        if key not in self._made:
            value = self._called(
                X=problem.X.copy(),
                y=problem.y.copy(),
                C=problem.C,
                k=problem.k,
                tolerance=tolerance,
                max_iter=max_iter,
            ).value
            self._made[key] = as_entries(value, problem.X.shape[1], "w")
        return self._made[key]

    def is_at(self, w: Array, right: Array, tolerance: float = 1e-6) -> bool:
        """Whether these weights are those, to a relative error."""
        return bool(np.all(np.isfinite(w)) and np.abs(w - right).max() <= tolerance * np.abs(right).max())
