"""Seeded points for k-nearest neighbours."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.problems import frozen

__all__ = ["NeighbourProblem", "neighbours", "scattered"]

Array = NDArray[Any]


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
    for attempt in range(10_000):
        rng = np.random.default_rng([seed, 11, attempt, *shape])
        X_train = rng.integers(0, 256, (num_train, dim)).astype(np.float64)
        X = rng.integers(0, 256, (num_test, dim)).astype(np.float64)
        y_train = 3 - rng.permutation(num_train) % 4
        distances = np.linalg.norm(X[:, np.newaxis] - X_train, axis=2)
        if _is_decided(distances, y_train, k=1) and _is_decided(distances, y_train, k=5):
            return NeighbourProblem(
                frozen(X_train), frozen(y_train), frozen(X), f"seed {seed}, shape {shape}"
            )
    raise RuntimeError(f"no points of shape {shape} with distinct distances were found from seed {seed}")


@functools.lru_cache(maxsize=64)
def scattered(seed: int, shape: tuple[int, int, int]) -> NeighbourProblem:
    """The same but that votes may be tied, and neighbours be apart by as little as rounding allows."""
    num_test, num_train, dim = shape
    rng = np.random.default_rng([seed, 13, *shape])
    X_train, X = 255 * rng.random((num_train, dim)), 255 * rng.random((num_test, dim))
    y_train = 3 - rng.permutation(num_train) % 4
    return NeighbourProblem(frozen(X_train), frozen(y_train), frozen(X), f"scattered {seed}, shape {shape}")


def _is_decided(distances: Array, y_train: Array, k: int) -> bool:
    """The k nearest stand clear of the next one, and one of their labels has the most votes."""
    ordered = np.sort(distances, axis=1)
    nearest = y_train[np.argsort(distances, axis=1)[:, :k]]
    votes = np.sort([np.bincount(row, minlength=4) for row in nearest], axis=1)
    clear = np.all(ordered[:, k] - ordered[:, k - 1] > 2)
    return bool(clear and np.all(votes[:, -1] > votes[:, -2]) and np.any(nearest))
