"""Seeded points for k-nearest neighbours."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.problems import frozen

__all__ = ["NeighbourProblem", "neighbours"]

Array = NDArray[Any]

#: About one in four is decided.
MOST_DRAWN = 10_000


@dataclass(frozen=True, eq=False)
class NeighbourProblem:
    """X_train (num_train, D) with labels y_train (num_train,) int64, and X (num_test, D); all floats."""

    X_train: Array
    y_train: Array
    X: Array
    name: str


@functools.lru_cache(maxsize=64)
def neighbours(seed: int, shape: tuple[int, int, int] = (7, 23, 11)) -> NeighbourProblem:
    """Points of pixels 0..255, shape (num_test, num_train, D), with four labels.

    Which the 1 and the 5 nearest are does not hang on rounding, not even to integers, and no vote is tied.
    """
    num_test, num_train, dim = shape
    rng = np.random.default_rng([seed, 11, *shape])
    X_train = rng.integers(0, 256, (num_train, dim)).astype(np.float64)
    y_train = 3 - rng.permutation(num_train) % 4
    drawn = (rng.integers(0, 256, (1, dim)).astype(np.float64) for _ in range(MOST_DRAWN))
    decided = (x for x in drawn if all(_is_decided(x, X_train, y_train, k) for k in (1, 5)))
    X = np.concatenate(list(itertools.islice(decided, num_test)))
    if len(X) < num_test:
        raise RuntimeError(f"seed {seed}, shape {shape}: no points with distinct distances were found")
    return NeighbourProblem(frozen(X_train), frozen(y_train), frozen(X), f"seed {seed}, shape {shape}")


def _is_decided(x: Array, X_train: Array, y_train: Array, k: int) -> bool:
    """The k nearest stand clear of the next one, and one of their labels has the most votes."""
    distances = np.linalg.norm(x - X_train, axis=1)
    order = np.argsort(distances)
    votes = np.sort(np.bincount(y_train[order[:k]], minlength=4))
    return bool(distances[order[k]] - distances[order[k - 1]] > 2 and votes[-1] > votes[-2])
