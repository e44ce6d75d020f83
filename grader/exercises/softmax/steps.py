"""The first step of a training: where it leads, and what is wrong with it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from grader.exercises.calling import Array
from grader.exercises.softmax.problems import of_spiral
from grader.exercises.softmax.proxy import Training
from grader.student.answers import BadResult
from reference.exercises import spiral as reference

__all__ = ["first_step"]

STEP = 0.5
#: What is added up in another order, or in float32, differs by less; a mistake by more.
_NEAR = 0.02


class FirstStep(NamedTuple):
    """By parameter, how far the first step went, and the gradient where it began.

    Where each call starts from random numbers of its own, only the last bias is known: it starts at 0, and
    weights so small hardly matter to its gradient.
    """

    rises: dict[str, Array]
    gradients: dict[str, Array]

    def is_near(self, name: str, factor: float) -> bool:
        """Whether a parameter moved by so many steps of its gradient."""
        rise, gradient = self.rises[name], self.gradients[name]
        return bool(np.abs(rise - factor * STEP * gradient).max() <= _NEAR * STEP * np.abs(gradient).max())

    @property
    def mistake(self) -> str | None:
        if all(self.is_near(name, 0.0) for name in self.rises):
            return "parameters-not-moved" if len(self.rises) > 1 else None
        if all(self.is_near(name, 1.0) for name in self.rises):
            return "gradient-ascent"
        biases = [name for name in self.rises if name.startswith("b")]
        return None if any(np.any(self.rises[name]) for name in biases) else "biases-not-moved"


@functools.lru_cache(maxsize=4)
def _points(seed: int) -> tuple[Array, Array]:
    """Points of the spiral, many of one arm and few of the others, so that biases move."""
    X, y = of_spiral(seed)
    kept = np.r_[0:100, 100:130, 200:220]
    return X[kept], y[kept]


def first_step(train: Training, seed: int) -> FirstStep:
    """
    Raises:
        StudentError, StudentMissing, StudentTimeout, BadResult.
    """
    X, y = _points(seed)
    start, again, moved = (train(X, y, 0.0, STEP, count) for count in (0, 0, 1))
    if any(a.shape != b.shape for a, b in zip(start, moved, strict=True)):
        raise BadResult("the parameters have other shapes after a step", "keep the sizes of the layers")
    gradients = reference.loss_and_gradients(start, X, y, 0.0)[1]
    steady = _equal(start, again)
    known = train.names if steady else train.names[-1:]
    both = zip(train.names, start, moved, gradients, strict=True)
    found = {name: (end - begin, gradient) for name, begin, end, gradient in both if name in known}
    return FirstStep({n: rise for n, (rise, _) in found.items()}, {n: g for n, (_, g) in found.items()})


def _equal(one: Sequence[Array], other: Sequence[Array]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
