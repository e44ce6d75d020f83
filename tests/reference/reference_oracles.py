"""Ways to the same numbers that share nothing with `reference`: fractions, complex steps, long doubles."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

import numpy as np

ROUNDING = 1e-12  # float64 against an exact value on small problems; measured: at most 2e-15

# Far below any margin of a random problem, so that an exact quotient never crosses a kink.
EXACT_STEP = Fraction(1, 2**200)


def linear_problem(seed, n=11, d=5, c=7, scale=1.0):
    """W (d, c), X (n, d) with a column of ones at the end, y (n,)."""
    rng = np.random.default_rng(seed)
    X = np.hstack([rng.normal(size=(n, d - 1)), np.ones((n, 1))])
    return scale * rng.normal(size=(d, c)), X, rng.integers(0, c, n)


def exact(array):
    """The same numbers as fractions, nested in lists like the array."""
    return [exact(row) for row in array] if np.ndim(array) else Fraction(float(array))


def exact_hinge(scores: list[list[Fraction]], y: Iterable[int]) -> Fraction:
    """The mean over the samples of the sum over the wrong classes of max(0, s_j - s_y + 1)."""
    per_sample = [
        sum(max(Fraction(0), s - row[label] + 1) for j, s in enumerate(row) if j != label)
        for row, label in zip(scores, y, strict=True)
    ]
    return sum(per_sample, Fraction(0)) / len(per_sample)


def exact_svm(W, X, y, reg, l2) -> Fraction:
    """The SVM's whole loss; W and X as nested lists of fractions."""
    columns = list(zip(*W, strict=True))
    scores = [[sum(x * w for x, w in zip(row, column, strict=True)) for column in columns] for row in X]
    return exact_hinge(scores, y) + l2 * reg * sum(w * w for row in W for w in row)


def exact_quotients(function: Callable[[list[list[Fraction]]], Fraction], at) -> np.ndarray:
    """The gradient by central differences in exact arithmetic.

    They have no error at all where the function is a polynomial of degree two between kinks, as the SVM is.
    """
    point = exact(at)
    gradient = np.empty(np.shape(at))
    for i, row in enumerate(point):
        for j, value in enumerate(row):
            row[j] = value + EXACT_STEP
            above = function(point)
            row[j] = value - EXACT_STEP
            gradient[i, j] = (above - function(point)) / (2 * EXACT_STEP)
            row[j] = value
    return gradient


def complex_step(function: Callable[[np.ndarray], complex], at: np.ndarray) -> np.ndarray:
    """The gradient Im f(x + ih) / h of an analytic function: no subtraction, so no cancellation."""
    step = 1e-30
    gradient = np.empty(at.shape)
    for index in np.ndindex(at.shape):
        shifted = at.astype(complex)
        shifted[index] += 1j * step
        gradient[index] = function(shifted).imag / step
    return gradient


def cross_entropy(scores, y):
    """The mean of log sum exp(s) - s_y as it is written, for moderate scores of any dtype, even complex."""
    return np.mean(np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(y)), y])


def complex_relu(z):
    """max(0, z) continued analytically off its kink."""
    return np.where(z.real > 0, z, 0)
