"""Logistic regression with labels -1 and 1 and no intercept, by gradient ascent on the penalized likelihood.

With p = sigma(y * w.x) the probability of an example's own label, the weights maximize the mean of log p less
C/2 * |w|^2. Each step moves all weights at once, from w = 0:

    w <- w + k * (1/N * sum over examples of y * x * (1 - p) - C * w)
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reference.arrays import Floats

__all__ = ["log_likelihood", "logistic_regression", "path", "sigmoid"]


def sigmoid(z: Floats) -> Floats:
    """1 / (1 + exp(-z)), with no exponent above 0, so that nothing overflows."""
    small = np.exp(-np.abs(z))
    probability: Floats = np.where(z >= 0, 1.0, small) / (1.0 + small)
    return probability


def path(X: Floats, y: Floats, C: float, k: float) -> Iterator[Floats]:
    """The weights after 0, 1, 2, ... steps, without end."""
    w = np.zeros(X.shape[1])
    while True:
        yield w
        pull = X.T @ (y * (1 - sigmoid(y * (X @ w)))) / len(y)
        w = w + k * (pull - C * w)


def logistic_regression(X: Floats, y: Floats, C: float, k: float, tolerance: float, max_iter: int) -> Floats:
    """w (D,) after `max_iter` steps, or after the first step that is shorter than the tolerance."""
    steps = path(X, y, C, k)
    w = next(steps)
    for _ in range(max_iter):
        before, w = w, next(steps)
        if np.linalg.norm(w - before) < tolerance:
            break
    return w


def log_likelihood(w: Floats, X: Floats, y: Floats, C: float) -> float:
    """What is maximized: the mean of log sigma(y * w.x), less the penalty."""
    return float(-np.mean(np.logaddexp(0, -y * (X @ w))) - C / 2 * np.sum(w * w))
