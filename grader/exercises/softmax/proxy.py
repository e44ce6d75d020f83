"""One student's softmax losses with biases, and what trains by them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from grader.exercises.calling import Array, Called, as_entries
from grader.exercises.softmax.problems import SpiralProblem
from grader.student.answers import BadResult, as_array, as_scalar, describe, numbers
from grader.student.calls import Student

__all__ = ["Loss", "LossAnswer", "Spiral", "Training", "TwoLayerSpiral"]

#: A training in loops takes its time.
TRAINING_S = 60.0


class LossAnswer(NamedTuple):
    """What a loss returned, not yet validated: the loss, and the gradients by parameter."""

    problem: SpiralProblem
    raw_loss: Any
    raw: dict[str, Any]

    @property
    def loss(self) -> float:
        return as_scalar(self.raw_loss, "the loss")

    def gradient(self, name: str) -> Array:
        """In the parameter's shape.

        Raises:
            BadResult: another shape, but that a bias's may lie otherwise, see `bias_form`.
        """
        asked = self.problem.params[name].shape
        if name.startswith("b") and self.bias_form(name) in ("right", "bias-gradient-shape"):
            return as_entries(self.raw[name], asked[1], f"d{name}").reshape(asked)
        return as_array(self.raw[name], asked, f"d{name}")

    def bias_form(self, name: str) -> str | None:
        """`right`, or the mistake that its shape shows; None where it shows none."""
        found, asked = numbers(self.raw[name]), self.problem.params[name].shape
        if found is None:
            return None
        rows, columns = len(self.problem.y), asked[1]
        if found.shape == asked:
            return "right"
        if found.size == columns and found.ndim > 0:
            return "bias-gradient-shape"
        if found.shape == (rows, columns):
            return "bias-gradient-not-summed"
        return "bias-gradient-summed-over-classes" if found.size == rows else None


class Loss:
    """`softmax_with_bias(W, b, X, y, reg)`, or the same with W1, b1, W2, b2; equal calls are made once."""

    def __init__(self, student: Student, role: str, names: Sequence[str]) -> None:
        self.role, self.names = role, tuple(names)
        self._called = Called(student, role)
        self._answers: dict[tuple[int, float], LossAnswer] = {}

    @property
    def hidden(self) -> bool:
        return len(self.names) > 2

    def __call__(self, problem: SpiralProblem) -> LossAnswer:
        """
        Raises:
            StudentError, StudentMissing, StudentTimeout, BadResult.
        """
        key = (id(problem.X), problem.reg)
        if key not in self._answers:
            given = {name: value.copy() for name, value in problem.params.items()}
            loss, *gradients = self._called.parts(
                "loss, " + ", ".join(f"d{name}" for name in self.names),
                **given,
                X=problem.X.copy(),
                y=problem.y.copy(),
                reg=problem.reg,
            )
            self._answers[key] = LossAnswer(problem, loss, dict(zip(self.names, gradients, strict=True)))
        return self._answers[key]


class Training:
    """`train(X, y, reg, step, iterations)`."""

    def __init__(self, student: Student, role: str, names: Sequence[str]) -> None:
        self.role, self.names = role, tuple(names)
        self._called = Called(student, role)

    def __call__(self, X: Array, y: Array, reg: float, step: float, iterations: int) -> list[Array]:
        """The parameters, biases as rows (1, C).

        Raises:
            StudentError, StudentMissing, StudentTimeout; BadResult: other than as many parameters that fit.
        """
        found = self._called.parts(
            ", ".join(self.names),
            timeout=TRAINING_S,
            X=X.copy(),
            y=y.copy(),
            reg=reg,
            step=step,
            iterations=iterations,
        )
        params: list[Array] = []
        width = X.shape[1]
        for name, value in zip(self.names, found, strict=True):
            if name.startswith("b"):
                params.append(as_entries(value, width, name)[None, :])
                continue
            weights = numbers(value)
            if weights is None or weights.ndim != 2 or weights.shape[0] != width:
                raise BadResult(f"{name} is {describe(value)}", f"{name} must have {width} rows")
            params.append(weights.astype(np.float64))
            width = weights.shape[1]
        if width != y.max() + 1:
            raise BadResult(f"{self.names[-1]} has {width} entries", f"there are {y.max() + 1} classes")
        return params


class Spiral:
    """The linear classifier of the spiral."""

    NAMES: tuple[str, ...] = ("W", "b")

    def __init__(self, student: Student, question: str) -> None:
        self.student = student
        self.loss = Loss(student, f"{question}.loss", self.NAMES)
        self.train = Training(student, f"{question}.train", self.NAMES)


class TwoLayerSpiral(Spiral):
    """The net of the spiral."""

    NAMES = ("W1", "b1", "W2", "b2")
