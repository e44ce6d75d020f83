"""Correct losses in the many forms that students write; none of them has a mistake."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from planted_losses import plant

Loss = Callable[..., Any]


def svm_half(W, X, y, reg):
    """½·reg·ΣW² with reg·W."""
    rows = np.arange(len(y))
    scores = X.dot(W)
    margins = np.maximum(0, scores - scores[rows, y][:, None] + 1)
    margins[rows, y] = 0
    mask = (margins > 0).astype(float)
    mask[rows, y] = -mask.sum(axis=1)
    return margins.sum() / len(y) + 0.5 * reg * np.sum(W * W), X.T.dot(mask) / len(y) + reg * W


def svm_own_margin_left_in(W, X, y, reg):
    """The own margin is counted and taken off again: loss − 1, mask[y] = 1 − count of all."""
    rows = np.arange(len(y))
    scores = X @ W
    margins = np.maximum(0, scores - scores[rows, y].reshape(-1, 1) + 1)
    loss = margins.sum() / len(y) - 1 + reg * np.sum(W**2)
    mask = np.where(margins > 0, 1.0, 0.0)
    mask[rows, y] = 1 - mask.sum(axis=1)
    return loss, X.T @ mask / len(y) + 2 * reg * W


def svm_einsum(W, X, y, reg):
    scores = np.einsum("nd,dc->nc", X, W)
    right = np.take_along_axis(scores, y[:, None], axis=1)
    one_hot = np.eye(W.shape[1])[y]
    violated = (scores - right + 1 >= 0) * (1 - one_hot)
    loss = np.einsum("nc,nc->", violated, scores - right + 1) / len(y)
    K = violated - one_hot * violated.sum(axis=1, keepdims=True)
    return loss + reg * np.sum(np.square(W)), np.einsum("nd,nc->dc", X, K) / len(y) + 2 * reg * W


def svm_matrix(W, X, y, reg):
    """Results as np.matrix, as np.mat gave them."""
    loss, dW = svm_half(W, X, y, reg)
    return np.float64(loss), dW.view(np.matrix)


def svm_float32(W, X, y, reg):
    return svm_half(W.astype(np.float32), X.astype(np.float32), y, np.float32(reg))


def svm_in_place_on_copies(W, X, y, reg):
    scores = X.dot(W)
    scores -= scores[np.arange(len(y)), y][:, None]
    scores += 1
    scores[np.arange(len(y)), y] = 0
    scores[scores < 0] = 0
    loss = scores.sum() / len(y) + reg * np.linalg.norm(W) ** 2
    scores[scores > 0] = 1
    scores[np.arange(len(y)), y] -= scores.sum(axis=1)
    dW = X.T.dot(scores)
    dW /= len(y)
    dW += reg * 2 * W
    return loss, dW


def svm_loop_over_classes(W, X, y, reg):
    scores, loss, dW = X.dot(W), 0.0, np.zeros_like(W)
    right = scores[np.arange(len(y)), y]
    for c in range(W.shape[1]):
        margin = np.maximum(0, scores[:, c] - right + 1) * (y != c)
        loss += margin.mean()
        dW[:, c] += X[margin > 0].sum(axis=0) / len(y)
        for d in range(W.shape[1]):
            dW[:, d] -= X[(margin > 0) & (y == d)].sum(axis=0) / len(y)
    return loss + reg * np.sum(W * W), dW + 2 * reg * W


def softmax_half(W, X, y, reg):
    scores = X.dot(W)
    scores = scores - scores.max(axis=1, keepdims=True)
    P = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(P[np.arange(len(y)), y]).mean() + reg * np.sum(W * W) / 2
    P[np.arange(len(y)), y] -= 1
    return loss, X.T.dot(P) / len(y) + reg * W


def softmax_one_hot_log_sum(W, X, y, reg):
    scores = X.dot(W)
    scores -= np.max(scores, axis=1)[:, np.newaxis]
    one_hot = np.zeros_like(scores)
    one_hot[np.arange(len(y)), y] = 1
    log_sum = np.log(np.sum(np.exp(scores), axis=1))
    loss = np.mean(log_sum - np.sum(scores * one_hot, axis=1)) + reg * np.sum(W * W)
    return loss, X.T.dot(np.exp(scores - log_sum[:, None]) - one_hot) / len(y) + 2 * reg * W


def softmax_float32(W, X, y, reg):
    return softmax_half(W.astype(np.float32), X.astype(np.float32), y, np.float32(reg))


def softmax_loss_as_array(W, X, y, reg):
    loss, dW = softmax_half(W, X, y, reg)
    return np.array([loss]), dW


def softmax_tiny_epsilon(W, X, y, reg):
    """A guard against log(0) far below what float32 rounds away."""
    loss, dW = softmax_half(W, X, y, reg)
    return loss + 1e-12, dW


CORRECT: Mapping[str, list[Loss]] = {
    "svm": [
        plant("svm"),
        svm_half,
        svm_own_margin_left_in,
        svm_einsum,
        svm_matrix,
        svm_float32,
        svm_in_place_on_copies,
        svm_loop_over_classes,
    ],
    "softmax": [
        plant("softmax"),
        softmax_half,
        softmax_one_hot_log_sum,
        softmax_float32,
        softmax_loss_as_array,
        softmax_tiny_epsilon,
    ],
}
