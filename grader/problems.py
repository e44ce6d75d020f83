"""Seeded input arrays for every role: away from kinks, and of shapes that tell mistakes apart.

Sizes avoid the coincidences that make two mistakes look alike (N = 2D, N − 1 = 2C). Arrays are read-only.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "COURSE_SHAPE",
    "OTHER_SHAPE",
    "LinearProblem",
    "NeighbourProblem",
    "linear",
    "neighbours",
]

Array = NDArray[Any]

#: (N, D, C): ten classes and fewer examples than features, as everywhere in the assignment.
COURSE_SHAPE = (12, 21, 10)
#: Another number of classes, and more examples than features.
OTHER_SHAPE = (16, 9, 5)
#: No margin lies closer to a kink of the hinge: float32 rounding is 1e-6 here.
KINK_GAP = 1e-3


@dataclass(frozen=True, eq=False)
class LinearProblem:
    """W (D, C), X (N, D) with a bias column of ones, y (N,) int64, and the strength reg."""

    W: Array
    X: Array
    y: Array
    reg: float
    name: str

    def __iter__(self) -> Iterator[Any]:
        return iter((self.W, self.X, self.y, self.reg))

    def with_(
        self, *, W: Array | None = None, X: Array | None = None, reg: float | None = None, name: str
    ) -> LinearProblem:
        """The same problem with other weights, examples or strength."""
        weights = self.W if W is None else _frozen(W)
        examples = self.X if X is None else _frozen(X)
        return LinearProblem(weights, examples, self.y, self.reg if reg is None else reg, name)


@functools.lru_cache(maxsize=64)
def linear(seed: int, shape: tuple[int, int, int] = COURSE_SHAPE, reg: float = 0.0) -> LinearProblem:
    """A problem on which every class occurs about equally often and no margin is near a kink."""
    for attempt in range(10_000):
        rng = np.random.default_rng([seed, attempt, *shape])
        n, d, c = shape
        X = rng.standard_normal((n, d))
        X[:, -1] = 1.0
        W = rng.standard_normal((d, c)) / np.sqrt(d / 4)
        y = rng.integers(0, c, n)
        if _is_clear_of_kinks(X @ W, y) and len(np.unique(y)) >= min(c, n) // 2:
            return LinearProblem(_frozen(W), _frozen(X), _frozen(y), reg, f"seed {seed}, shape {shape}")
    raise RuntimeError(f"no problem of shape {shape} away from kinks was found from seed {seed}")


def _is_clear_of_kinks(scores: Array, y: Array) -> bool:
    differences = scores - scores[np.arange(len(y)), y][:, None]
    wrong = np.arange(scores.shape[1])[None, :] != y[:, None]
    margins = differences[wrong] + 1.0
    violated = ((differences + 1.0 > 0) & wrong).sum(axis=1)
    return bool(np.abs(margins).min() > KINK_GAP and violated.max() > 1 and violated.min() == 0)


@dataclass(frozen=True, eq=False)
class NeighbourProblem:
    """X_train (num_train, D) with labels y_train (num_train,) int64, and X (num_test, D); all floats."""

    X_train: Array
    y_train: Array
    X: Array
    name: str


@functools.lru_cache(maxsize=64)
def neighbours(seed: int, shape: tuple[int, int, int] = (7, 23, 11)) -> NeighbourProblem:
    """Points, shape (num_test, num_train, D); the distances from one of them differ by more than rounding.

    Among the 1 and the 5 nearest of every point one of four labels has the most votes.
    """
    num_test, num_train, dim = shape
    for attempt in range(10_000):
        rng = np.random.default_rng([seed, 11, attempt, *shape])
        X_train, X = rng.standard_normal((num_train, dim)), rng.standard_normal((num_test, dim))
        y_train = rng.permutation(num_train) % 4
        distances = np.linalg.norm(X[:, np.newaxis] - X_train, axis=2)
        gaps = np.diff(np.sort(distances, axis=1), axis=1)
        nearest = y_train[np.argsort(distances, axis=1)[:, :5]]
        votes = np.sort([np.bincount(row, minlength=4) for row in nearest], axis=1)
        if gaps.min() > KINK_GAP and np.all(votes[:, -1] > votes[:, -2]) and np.any(nearest[:, 0]):
            return NeighbourProblem(
                _frozen(X_train), _frozen(y_train), _frozen(X), f"seed {seed}, shape {shape}"
            )
    raise RuntimeError(f"no points of shape {shape} with distinct distances were found from seed {seed}")


def _frozen(array: Array) -> Array:
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array
