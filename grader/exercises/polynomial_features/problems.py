"""Points to fit a polynomial to."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from grader.exercises.calling import Array
from reference.exercises.polynomial_features import powers

__all__ = ["PolynomialProblem", "problem"]


@dataclass(frozen=True, eq=False)
class PolynomialProblem:
    """x and t (N,), the degree, a rate that suits standardised features, and other x to predict at."""

    x: Array
    t: Array
    degree: int
    lr: float
    new: Array

    def least_squares(self, degree: int | None = None) -> Array:
        """The best polynomial's predictions at `new`, of another degree if one is given."""
        d = self.degree if degree is None else degree
        features, new = powers(self.x, d), powers(self.new, d)
        weights = np.linalg.lstsq(np.column_stack([features, np.ones(len(self.x))]), self.t, rcond=None)[0]
        predicted: Array = np.column_stack([new, np.ones(len(self.new))]) @ weights
        return predicted


@functools.lru_cache(maxsize=8)
def problem(seed: int, degree: int) -> PolynomialProblem:
    """Powers from −6 to 9, of which the third are hundreds."""
    rng = np.random.default_rng([seed, 66, degree])
    x = np.concatenate([[-6.0, 9.0], rng.uniform(-6, 9, 28)])
    t = 4.0 + 0.8 * x - 0.5 * x**2 + (0.1 * x**3 if degree > 2 else 0.0) + rng.standard_normal(30)
    return PolynomialProblem(x, t, degree, 0.2, np.linspace(-5.5, 7.0, 12))
