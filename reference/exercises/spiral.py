"""The case study of the notes: three arms of a spiral, told apart by a softmax classifier and by a small net.

Parameters are lists: [W, b] of the linear classifier, [W1, b1, W2, b2] of the net with one hidden layer of
ReLU. Biases are rows, (1, C) and (1, H), and are not regularized:

    loss = mean cross-entropy + l2 * reg * sum of W * W over all weights       (the notes have l2 = 0.5)
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from reference import layers
from reference.arrays import Floats, Ints

__all__ = ["initial", "loss_and_gradients", "predict", "spiral", "train"]


def spiral(rng: np.random.Generator, points: int = 100, arms: int = 3) -> tuple[Floats, Ints]:
    """X (arms * points, 2) and y: arm j winds from the angle 4j to 4(j + 1), its radius grows from 0 to 1."""
    radius = np.linspace(0.0, 1.0, points)
    angles = [
        np.linspace(4 * j, 4 * (j + 1), points) + 0.2 * rng.standard_normal(points) for j in range(arms)
    ]
    X = np.concatenate([np.column_stack([radius * np.sin(t), radius * np.cos(t)]) for t in angles])
    return X, np.repeat(np.arange(arms), points)


def initial(sizes: Sequence[int], rng: np.random.Generator) -> list[Floats]:
    """Small random weights and zero biases for layers of these sizes: (D, C), or (D, H, C)."""
    params: list[Floats] = []
    for fan_in, fan_out in pairwise(sizes):
        params += [0.01 * rng.standard_normal((fan_in, fan_out)), np.zeros((1, fan_out))]
    return params


def loss_and_gradients(
    params: Sequence[Floats], X: Floats, y: Ints, reg: float, l2: float = 0.5
) -> tuple[float, list[Floats]]:
    """The loss, and the gradient of each parameter in its shape, by the chain rule written out."""
    *below, W, b = params
    inputs = np.maximum(0, X @ below[0] + below[1]) if below else X
    loss, dscores = layers.softmax_loss(inputs @ W + b, y)
    gradients = [inputs.T @ dscores, dscores.sum(axis=0, keepdims=True)]
    if below:
        dhidden = dscores @ W.T * (inputs > 0)
        gradients = [X.T @ dhidden, dhidden.sum(axis=0, keepdims=True), *gradients]
    for number in range(0, len(params), 2):
        loss += l2 * reg * float(np.sum(params[number] ** 2))
        gradients[number] = gradients[number] + 2 * l2 * reg * params[number]
    return loss, gradients


def train(
    params: Sequence[Floats], X: Floats, y: Ints, reg: float, step: float, iterations: int
) -> list[Floats]:
    """Gradient descent on all examples at once."""
    params = list(params)
    for _ in range(iterations):
        gradients = loss_and_gradients(params, X, y, reg)[1]
        params = [value - step * gradient for value, gradient in zip(params, gradients, strict=True)]
    return params


def predict(params: Sequence[Floats], X: Floats) -> Ints:
    """The class with the highest score of each row of X."""
    *below, W, b = params
    inputs = np.maximum(0, X @ below[0] + below[1]) if below else X
    labels: Ints = np.argmax(inputs @ W + b, axis=1)
    return labels
