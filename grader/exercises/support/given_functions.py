"""Functions that are given to the work, and remember how they were called.

Runs inside the wall, beside the student's code: the standard library and numpy only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["GivenFunction", "GivenLoss", "smooth"]

#: Calls that are remembered; the wire carries 512 arrays.
_MOST = 400


def smooth(x: Any, a: Any, d: Any) -> Any:
    """f(x) = Σ a·sin(x) + ½(Σ d·x)², with the gradient a·cos(x) + d·(Σ d·x); also of complex x."""
    return np.sum(a * np.sin(x)) + np.sum(d * x) ** 2 / 2


class GivenFunction:
    """`smooth` as a function of x alone. `calls`: copies of what it was called with, in order.

    Called with something of another shape it gives a number all the same: the record tells.
    """

    def __init__(self, a: Any, d: Any) -> None:
        self.a, self.d = a, d
        self.calls: list[Any] = []

    def __call__(self, x: Any) -> float:
        point = np.array(x, dtype=np.float64)
        if len(self.calls) < _MOST:
            self.calls.append(point)
        if point.shape != self.a.shape:
            return float(np.sum(np.sin(point)))
        return float(smooth(point, self.a, self.d))


class GivenLoss:
    """A loss of weights W alone, whatever X and y: the next of `values` for each W that it has not seen.

    `weights`: copies of those, in order; `overwritten`: whether each is the array of the one before, written
    anew, and so takes the place of what was kept of it.
    """

    def __init__(self, values: Any) -> None:
        self.values = list(values)
        self.weights: list[Any] = []
        self.overwritten: list[bool] = []
        self._last: Any = None

    def __call__(self, X: Any, y: Any, W: Any) -> float:
        point = np.array(W, dtype=np.float64)
        for number, known in enumerate(self.weights):
            if known.shape == point.shape and np.array_equal(known, point):
                return float(self.values[number % len(self.values)])
        if len(self.weights) < _MOST:
            self.overwritten.append(W is self._last)
            self.weights.append(point)
        self._last = W
        return float(self.values[(len(self.weights) - 1) % len(self.values)])
