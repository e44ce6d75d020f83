"""Data for linear regression."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from grader.exercises.calling import Array

__all__ = ["RegressionProblem", "problem"]


@dataclass(frozen=True, eq=False)
class RegressionProblem:
    """X (N, D) and t (N,), and weights W (D,) and a bias to step from, which are not the answer."""

    X: Array
    t: Array
    W: Array
    b: float


@functools.lru_cache(maxsize=8)
def problem(seed: int) -> RegressionProblem:
    """The gradients of W and b are far from 0."""
    rng = np.random.default_rng([seed, 65])
    X = rng.standard_normal((30, 3)) + 0.4
    t = X @ np.array([1.5, -2.0, 0.7]) + 3.0 + 0.2 * rng.standard_normal(30)
    return RegressionProblem(X, t, rng.uniform(-1, 1, 3), float(rng.uniform(-1, 1)))
