"""Seeded input arrays for every role: away from kinks, and of shapes that tell mistakes apart.

Sizes avoid the coincidences that make two mistakes look alike (N = 2D, N − 1 = 2C). Arrays are read-only.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "COURSE_SHAPE",
    "OTHER_SHAPE",
    "LinearProblem",
    "NeighbourProblem",
    "NetProblem",
    "linear",
    "neighbours",
    "net",
]

Array = NDArray[Any]

#: (N, D, C): ten classes and fewer examples than features, as everywhere in the assignment.
COURSE_SHAPE = (30, 37, 10)
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
    """A problem in which every class occurs and no margin is near a kink."""
    for attempt in range(10_000):
        rng = np.random.default_rng([seed, attempt, *shape])
        n, d, c = shape
        X = rng.standard_normal((n, d))
        X[:, -1] = 1.0
        W = rng.standard_normal((d, c)) / np.sqrt(d / 4)
        y = rng.permutation(np.concatenate([np.arange(c), rng.integers(0, c, n - c)]))
        if _is_clear_of_kinks(X @ W, y):
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
                _frozen(X_train), _frozen(y_train), _frozen(X), f"seed {seed}, shape {shape}"
            )
    raise RuntimeError(f"no points of shape {shape} with distinct distances were found from seed {seed}")


def _is_decided(distances: Array, y_train: Array, k: int) -> bool:
    """The k nearest stand clear of the next one, and one of their labels has the most votes."""
    ordered = np.sort(distances, axis=1)
    nearest = y_train[np.argsort(distances, axis=1)[:, :k]]
    votes = np.sort([np.bincount(row, minlength=4) for row in nearest], axis=1)
    clear = np.all(ordered[:, k] - ordered[:, k - 1] > 2)
    return bool(clear and np.all(votes[:, -1] > votes[:, -2]) and np.any(nearest))


@dataclass(frozen=True, eq=False)
class NetProblem:
    """Parameters W1 (D, H1), b1 (H1,), W2, … of a fully connected net, X (N, D) float64, y (N,) int64."""

    params: Mapping[str, Array]
    X: Array
    y: Array
    name: str

    @property
    def depth(self) -> int:
        """The number of affine layers: 2 for a net with one hidden layer."""
        return len(self.params) // 2

    @property
    def sizes(self) -> tuple[int, ...]:
        """(D, H1, …, C)."""
        return (
            self.X.shape[1],
            *(self.params[f"b{layer}"].shape[0] for layer in range(1, self.depth + 1)),
        )

    @property
    def weight_names(self) -> list[str]:
        return [f"W{layer}" for layer in range(1, self.depth + 1)]


@functools.lru_cache(maxsize=64)
def net(seed: int, shape: tuple[int, ...]) -> NetProblem:
    """A problem of shape (N, D, H1, …, C) with no ReLU's input and no score near 0.

    Every hidden unit is on for some examples and off for others; the biases are not zero; classes are as
    frequent as one another.
    """
    count, *sizes = shape
    for attempt in range(10_000):
        rng = np.random.default_rng([seed, 21, attempt, *shape])
        X, y = rng.standard_normal((count, sizes[0])), rng.permutation(np.arange(count) % sizes[-1])
        params: dict[str, Array] = {}
        for layer, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
            params[f"W{layer}"] = rng.standard_normal((fan_in, fan_out)) * np.sqrt(2 / fan_in)
            params[f"b{layer}"] = 0.3 * rng.standard_normal(fan_out)
        if _every_unit_switches(params, X):
            frozen = {name: _frozen(array) for name, array in params.items()}
            return NetProblem(frozen, _frozen(X), _frozen(y), f"seed {seed}, shape {shape}")
    raise RuntimeError(f"no net of shape {shape} away from kinks was found from seed {seed}")


def _every_unit_switches(params: Mapping[str, Array], X: Array) -> bool:
    out = X
    for layer in range(1, len(params) // 2 + 1):
        z = out @ params[f"W{layer}"] + params[f"b{layer}"]
        on = z > 0
        if np.abs(z).min() < KINK_GAP or np.any(on.all(axis=0) | ~on.any(axis=0)):
            return False
        out = np.maximum(0, z)
    return True


def _frozen(array: Array) -> Array:
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array
