"""Seeded nets and their inputs."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.problems import KINK_GAP, frozen

__all__ = ["NetProblem", "net"]

Array = NDArray[Any]


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
def net(seed: int, shape: tuple[int, ...], lacks_last: bool = False) -> NetProblem:
    """A problem of shape (N, D, H1, …, C) with no ReLU's input and no score near 0.

    Every hidden unit is on for some examples and off for others; the biases are not zero; classes are as
    frequent as one another, but that no example may be of the last.
    """
    count, *sizes = shape
    for attempt in range(10_000):
        rng = np.random.default_rng([seed, 21, attempt, *shape])
        X, y = (
            rng.standard_normal((count, sizes[0])),
            rng.permutation(np.arange(count) % (sizes[-1] - lacks_last)),
        )
        params: dict[str, Array] = {}
        for layer, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
            params[f"W{layer}"] = rng.standard_normal((fan_in, fan_out)) * np.sqrt(2 / fan_in)
            params[f"b{layer}"] = 0.3 * rng.standard_normal(fan_out)
        if _every_unit_switches(params, X):
            kept = {name: frozen(array) for name, array in params.items()}
            return NetProblem(kept, frozen(X), frozen(y), f"seed {seed}, shape {shape}, {lacks_last}")
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
