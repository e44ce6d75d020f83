"""Linear regression by gradient descent: predictions Xw + b, half their mean squared error as loss."""

from __future__ import annotations

import numpy as np

from reference.arrays import Floats

__all__ = ["fit", "gradient_step", "least_squares"]


def gradient_step(
    W: Floats, b: float, X: Floats, t: Floats, lr: float, factor: float = 1.0
) -> tuple[Floats, float]:
    """One step against the gradient. `factor`: 1 for half the mean square, 2 for the mean square itself."""
    error = X @ W + b - t
    return W - lr * factor * X.T @ error / len(t), float(b - lr * factor * np.mean(error))


def fit(X: Floats, t: Floats, lr: float, epochs: int) -> tuple[Floats, float]:
    """So many steps from zero."""
    W: Floats = np.zeros(X.shape[1])
    b = 0.0
    for _ in range(epochs):
        W, b = gradient_step(W, b, X, t, lr)
    return W, b


def least_squares(X: Floats, t: Floats) -> tuple[Floats, float]:
    """Where that leads."""
    *W, b = np.linalg.lstsq(np.column_stack([X, np.ones(len(t))]), t, rcond=None)[0]
    return np.array(W), float(b)
