"""One student's `numerical_gradient`, with a function that remembers how it was called."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from grader.exercises.calling import Array, Called, recorded
from grader.exercises.numerical_gradient.problems import GradientProblem
from grader.student.answers import as_array
from grader.student.calls import Student
from grader.wall.wire import ObjectRef

__all__ = ["NumericalGradient", "Taken"]

FUNCTION = "given.function"


class Taken(NamedTuple):
    """A gradient as it was returned, the points at which f was called, and whether x was changed."""

    value: Any
    points: list[Array]
    changed: bool

    def gradient(self, shape: tuple[int, ...]) -> Array:
        return as_array(self.value, shape, "the gradient")

    @property
    def is_rounded(self) -> bool:
        """Whether it is kept in float32, or less."""
        return isinstance(self.value, np.ndarray) and self.value.dtype.itemsize < 8


class NumericalGradient:
    """`numerical_gradient(f, x, h)`; equal calls are made once."""

    def __init__(self, student: Student, question: str) -> None:
        self.student = student
        self._called = Called(student, question)
        self._taken: dict[tuple[int, float | None], Taken] = {}

    def at(self, problem: GradientProblem, h: float | None = None) -> Taken:
        """The gradient of the problem's f at its x; with the function's own h where None is given.

        Raises:
            StudentError, StudentMissing, StudentTimeout.
        """
        key = (id(problem), h)
        if key not in self._taken:
            f = self.student.call(FUNCTION, problem.a, problem.d, keep=True).value
            assert isinstance(f, ObjectRef)
            step: dict[str, Any] = {} if h is None else {"h": h}
            reply = self._called(f=f, x=problem.x.copy(), **step)
            points = recorded(self.student.get(FUNCTION, f, "calls"))
            self._taken[key] = Taken(reply.value, points, "x" in reply.changed_names)
        return self._taken[key]
