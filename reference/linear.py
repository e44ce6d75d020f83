"""The two linear classifiers, each loss twice: in loops as it is defined, and vectorized.

All take W (D, C), X (N, D), y (N,), the strength `reg` and the convention factor `l2`, and return

    loss = data loss + l2 * reg * sum(W * W)  and  dW = data gradient + 2 * l2 * reg * W, (D, C).

The course writes l2 = 1 (2017 and later) or l2 = 0.5 (before). The bias is a row of W, so it is regularized.
At W = 0 all scores are equal: the SVM loss is C - 1, the softmax loss log C.
"""

from __future__ import annotations

import numpy as np

from reference import layers
from reference.arrays import Floats, Ints, LossAndGradient

__all__ = [
    "predict",
    "regularization",
    "softmax_data_loss",
    "softmax_loss_naive",
    "softmax_loss_vectorized",
    "svm_data_loss",
    "svm_loss_naive",
    "svm_loss_vectorized",
]


def svm_loss_naive(W: Floats, X: Floats, y: Ints, reg: float, l2: float = 1.0) -> LossAndGradient:
    """Multiclass hinge loss with delta = 1, one margin at a time.

    A margin of exactly 0 counts as satisfied; there the hinge has a kink and either choice is a subgradient.
    """
    loss, dW = 0.0, np.zeros_like(W)
    for x_i, y_i in zip(X, y, strict=True):
        scores = x_i @ W
        for j in range(W.shape[1]):
            margin = scores[j] - scores[y_i] + 1
            if j != y_i and margin > 0:
                loss += margin
                dW[:, j] += x_i
                dW[:, y_i] -= x_i
    return _mean_plus_regularization(loss, dW, len(X), W, reg, l2)


def softmax_loss_naive(W: Floats, X: Floats, y: Ints, reg: float, l2: float = 1.0) -> LossAndGradient:
    """Cross-entropy of softmax(X @ W), one class at a time."""
    loss, dW = 0.0, np.zeros_like(W)
    for x_i, y_i in zip(X, y, strict=True):
        scores = x_i @ W
        scores = scores - scores.max()
        log_sum = np.log(np.exp(scores).sum())
        loss += log_sum - scores[y_i]
        for j in range(W.shape[1]):
            dW[:, j] += (np.exp(scores[j] - log_sum) - (j == y_i)) * x_i
    return _mean_plus_regularization(loss, dW, len(X), W, reg, l2)


def svm_loss_vectorized(W: Floats, X: Floats, y: Ints, reg: float, l2: float = 1.0) -> LossAndGradient:
    """`svm_loss_naive` without loops."""
    return _sum(svm_data_loss(W, X, y), regularization(W, reg, l2))


def softmax_loss_vectorized(W: Floats, X: Floats, y: Ints, reg: float, l2: float = 1.0) -> LossAndGradient:
    """`softmax_loss_naive` without loops."""
    return _sum(softmax_data_loss(W, X, y), regularization(W, reg, l2))


def svm_data_loss(W: Floats, X: Floats, y: Ints) -> LossAndGradient:
    """The mean hinge loss and its gradient: the SVM at reg = 0."""
    loss, dscores = layers.svm_loss(X @ W, y)
    return loss, X.T @ dscores


def softmax_data_loss(W: Floats, X: Floats, y: Ints) -> LossAndGradient:
    """The mean cross-entropy and its gradient: softmax at reg = 0."""
    loss, dscores = layers.softmax_loss(X @ W, y)
    return loss, X.T @ dscores


def regularization(W: Floats, reg: float, l2: float = 1.0) -> LossAndGradient:
    """l2 * reg * sum(W * W), and its gradient 2 * l2 * reg * W."""
    strength = l2 * float(reg)  # a NumPy scalar would turn a float32 gradient into float64
    return float(strength * np.sum(W * W)), 2 * strength * W


def predict(W: Floats, X: Floats) -> Ints:
    """The class with the highest score for each row of X, (N,); the smallest such class on a tie."""
    labels: Ints = np.argmax(X @ W, axis=1)
    return labels


def _mean_plus_regularization(
    total: float, dtotal: Floats, count: int, W: Floats, reg: float, l2: float
) -> LossAndGradient:
    return _sum((float(total / count), dtotal / count), regularization(W, reg, l2))


def _sum(data: LossAndGradient, penalty: LossAndGradient) -> LossAndGradient:
    return data[0] + penalty[0], data[1] + penalty[1]
