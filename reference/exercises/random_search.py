"""The first, bad idea of optimization: try random weights, and keep the best."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reference.arrays import Array, Floats

__all__ = ["random_search"]


def random_search(
    loss: Callable[[Array, Array, Floats], float],
    X: Array,
    y: Array,
    shape: tuple[int, ...],
    tries: int,
    rng: np.random.Generator | None = None,
) -> tuple[Floats, float]:
    """The weights with the lowest loss(X, y, W) of `tries` random ones from N(0, 0.0001^2), and that loss."""
    rng = rng or np.random.default_rng()
    best, lowest = np.zeros(shape), np.inf
    for _ in range(tries):
        W = 0.0001 * rng.standard_normal(shape)
        value = loss(X, y, W)
        if value < lowest:
            best, lowest = W, value
    return best, lowest
