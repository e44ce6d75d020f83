"""k nearest neighbours under the Euclidean distance, in the course's three ways of computing it.

X (num_test, D) holds the test points, X_train (num_train, D) the training points; distances are
(num_test, num_train). Integer pixels are converted to float64 first: uint8 subtraction would wrap around.
"""

from __future__ import annotations

import numpy as np

from reference.arrays import Array, Floats, Ints

__all__ = [
    "distances_no_loops",
    "distances_one_loop",
    "distances_two_loops",
    "nearest",
    "predict",
    "predict_labels",
]


def distances_two_loops(X: Array, X_train: Array) -> Floats:
    """One distance at a time, as the Euclidean norm is defined."""
    X, X_train = _floats(X), _floats(X_train)
    distances = np.empty((len(X), len(X_train)), X.dtype)
    for i, x in enumerate(X):
        for j, x_train in enumerate(X_train):
            distances[i, j] = np.sqrt(np.sum((x - x_train) ** 2))
    return distances


def distances_one_loop(X: Array, X_train: Array) -> Floats:
    """One test point at a time against all training points."""
    X, X_train = _floats(X), _floats(X_train)
    distances = np.empty((len(X), len(X_train)), X.dtype)
    for i, x in enumerate(X):
        distances[i] = np.sqrt(np.sum((X_train - x) ** 2, axis=1))
    return distances


def distances_no_loops(X: Array, X_train: Array) -> Floats:
    """All at once from |a - b|^2 = |a|^2 - 2 a.b + |b|^2, mostly one matrix product.

    For points that (nearly) coincide the large terms cancel and rounding can leave a difference below zero,
    where the square root would be NaN: it is clipped. The other two ways are accurate there, this one is not.
    """
    X, X_train = _floats(X), _floats(X_train)
    squared = (X**2).sum(axis=1)[:, np.newaxis] - 2 * X @ X_train.T + (X_train**2).sum(axis=1)
    distances: Floats = np.sqrt(np.maximum(squared, 0))
    return distances


def nearest(distances: Floats, k: int) -> Ints:
    """Indices (num_test, k) of each row's k nearest training points, near to far, ties in training order."""
    return np.argsort(distances, axis=1, kind="stable")[:, :k]


def predict_labels(distances: Floats, y_train: Ints, k: int = 1) -> Ints:
    """The commonest label among each row's k nearest, (num_test,); the smallest such label on a tie.

    Labels are non-negative integers.
    """
    votes = y_train[nearest(distances, k)]
    return np.array([np.bincount(row).argmax() for row in votes], dtype=y_train.dtype)


def predict(X: Array, X_train: Array, y_train: Ints, k: int = 1) -> Ints:
    """Labels (num_test,) of the test points X."""
    return predict_labels(distances_no_loops(X, X_train), y_train, k)


def _floats(X: Array) -> Floats:
    return X if np.issubdtype(X.dtype, np.floating) else X.astype(np.float64)
