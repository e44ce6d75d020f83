"""A polynomial by gradient descent: its powers as features, each with mean 0 and deviation 1, a bias apart.

Raw powers are of very different sizes, so that a step that suits one is far too long for another.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reference.arrays import Floats
from reference.exercises import linear_regression

__all__ = ["fit_polynomial", "powers"]


def powers(x: Floats, degree: int) -> Floats:
    """x, x^2, ..., x^degree as columns: (N, degree)."""
    columns: Floats = x[:, None] ** np.arange(1, degree + 1)
    return columns


def fit_polynomial(x: Floats, t: Floats, degree: int, lr: float, epochs: int) -> Callable[[Floats], Floats]:
    """A function from new x (M,) to predictions (M,)."""
    features = powers(x, degree)
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    W, b = linear_regression.fit((features - mean) / deviation, t, lr, epochs)
    return lambda new: (powers(new, degree) - mean) / deviation @ W + b
