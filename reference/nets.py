"""Fully connected networks with ReLU between the layers, a softmax loss and L2 regularization of all weights.

Parameters are named W1, b1, W2, b2, ...: W1 (D, H_1), b1 (H_1,), W2 (H_1, H_2), and so on up to C outputs.
Biases are not regularized. As for the linear classifiers, `l2` is the factor of the convention:

    loss = data loss + l2 * reg * sum over layers of sum(W * W)

The course's `neural_net.TwoLayerNet` has l2 = 1 (2017 and later) or 0.5 (before), its `fc_net` always 0.5.
Batch normalization and dropout belong to the next assignment and are not here.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from reference import layers
from reference.arrays import Floats, Ints, LossAndGradients, Params
from reference.linear import regularization

__all__ = [
    "fully_connected_loss",
    "fully_connected_scores",
    "initialize",
    "predict",
    "two_layer_loss",
    "two_layer_scores",
]


def initialize(sizes: Sequence[int], std: float, rng: np.random.RandomState) -> Params:
    """Weights from N(0, std^2), drawn in the order W1, W2, ..., and zero biases; sizes (D, H_1, ..., C)."""
    params: Params = {}
    for layer, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
        params[f"W{layer}"] = std * rng.randn(fan_in, fan_out)
        params[f"b{layer}"] = np.zeros(fan_out)
    return params


def two_layer_scores(params: Params, X: Floats) -> Floats:
    """affine - ReLU - affine of X (N, D): scores (N, C)."""
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    return hidden @ params["W2"] + params["b2"]


def two_layer_loss(params: Params, X: Floats, y: Ints, reg: float, l2: float = 1.0) -> LossAndGradients:
    """The loss and the gradients of W1, b1, W2, b2, by the chain rule written out."""
    W1, W2 = params["W1"], params["W2"]
    z = X @ W1 + params["b1"]
    hidden = np.maximum(0, z)
    data_loss, dscores = layers.softmax_loss(hidden @ W2 + params["b2"], y)
    dz = dscores @ W2.T * (z > 0)
    penalty_1, dW1 = regularization(W1, reg, l2)
    penalty_2, dW2 = regularization(W2, reg, l2)
    gradients = {
        "W1": X.T @ dz + dW1,
        "b1": dz.sum(axis=0),
        "W2": hidden.T @ dscores + dW2,
        "b2": dscores.sum(axis=0),
    }
    return data_loss + penalty_1 + penalty_2, gradients


def fully_connected_scores(params: Params, X: Floats) -> Floats:
    """{affine - ReLU} for each hidden layer, then affine; X (N, d_1, ..., d_k) -> scores (N, C)."""
    return _forward(params, X)[0]


def fully_connected_loss(params: Params, X: Floats, y: Ints, reg: float, l2: float = 0.5) -> LossAndGradients:
    """The loss and the gradients of all parameters of a network of any depth, layer by layer."""
    scores, caches, last_cache = _forward(params, X)
    loss, dout = layers.softmax_loss(scores, y)
    depth = len(caches) + 1
    gradients: Params = {}
    dout, gradients[f"W{depth}"], gradients[f"b{depth}"] = layers.affine_backward(dout, last_cache)
    for layer in range(depth - 1, 0, -1):
        backward = layers.affine_relu_backward(dout, caches[layer - 1])
        dout, gradients[f"W{layer}"], gradients[f"b{layer}"] = backward
    for layer in range(1, depth + 1):
        penalty, dW = regularization(params[f"W{layer}"], reg, l2)
        loss += penalty
        gradients[f"W{layer}"] += dW
    return loss, gradients


def predict(params: Params, X: Floats) -> Ints:
    """The class with the highest score for each row of X, (N,); the smallest such class on a tie."""
    labels: Ints = np.argmax(fully_connected_scores(params, X), axis=1)
    return labels


def _forward(params: Params, X: Floats) -> tuple[Floats, list[layers.AffineReluCache], layers.AffineCache]:
    """Scores, and the caches of the hidden layers and of the last one."""
    depth = len(params) // 2
    out, caches = X, []
    for layer in range(1, depth):
        out, cache = layers.affine_relu_forward(out, params[f"W{layer}"], params[f"b{layer}"])
        caches.append(cache)
    scores, last_cache = layers.affine_forward(out, params[f"W{depth}"], params[f"b{depth}"])
    return scores, caches, last_cache
