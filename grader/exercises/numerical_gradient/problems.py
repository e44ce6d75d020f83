"""Functions whose gradient is known, and where to take it."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from grader.exercises.calling import Array

__all__ = ["SHAPES", "GradientProblem", "problem"]

#: Of x: a matrix, a vector, and one of three dimensions.
SHAPES = ((3, 4), (5,), (2, 3, 2))


@dataclass(frozen=True, eq=False)
class GradientProblem:
    """f(x) = Σ a·sin(x) + ½(Σ d·x)² at x; all of one shape."""

    a: Array
    d: Array
    x: Array

    @property
    def gradient(self) -> Array:
        """a·cos(x) + d·(Σ d·x)."""
        gradient: Array = self.a * np.cos(self.x) + self.d * np.sum(self.d * self.x)
        return gradient


@functools.lru_cache(maxsize=16)
def problem(seed: int, shape: tuple[int, ...], *, whole: bool = False) -> GradientProblem:
    """No entry of the gradient is near 0, so that no mistake in one of them hides. `whole`: x of integers."""
    for attempt in range(1000):
        rng = np.random.default_rng([seed, 61, attempt, *shape])
        a, d = rng.uniform(1, 2, shape), rng.uniform(0.2, 0.6, shape)
        x = rng.integers(-3, 4, shape) if whole else rng.uniform(-2, 2, shape)
        found = GradientProblem(a, d, x)
        if np.abs(found.gradient).min() > 0.05:
            return found
    raise RuntimeError(f"no problem of shape {shape} was found from seed {seed}")
