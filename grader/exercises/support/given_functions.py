"""Functions that are given to the work, and remember how they were called.

Runs inside the wall, beside the student's code: the standard library and numpy only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["GivenFunction", "smooth"]

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
