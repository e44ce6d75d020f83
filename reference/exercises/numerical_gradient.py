"""The gradient of any function by finite differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reference.arrays import Array, Floats

__all__ = ["numerical_gradient"]


def numerical_gradient(f: Callable[[Floats], float], x: Array, h: float = 1e-5) -> Floats:
    """df/dx by centered differences, (f(x + h) - f(x - h)) / 2h for one entry of x after the other.

    The error is O(h^2) from the formula and O(eps/h) from rounding; forward differences,
    (f(x + h) - f(x)) / h, have O(h). Any shape; integers are taken as the reals that they are.
    """
    point: Floats = np.array(x, dtype=np.float64)
    gradient = np.zeros_like(point)
    for index in np.ndindex(point.shape):
        kept = point[index]
        point[index] = kept + h
        above = f(point)
        point[index] = kept - h
        below = f(point)
        point[index] = kept
        gradient[index] = (above - below) / (2 * h)
    return gradient
