"""Layers: a forward pass that remembers what its backward pass needs.

`dout` is the gradient of the loss with respect to a layer's output. A backward pass turns it into the
gradients with respect to the layer's inputs (the chain rule). The two losses at the end start the chain.
"""

from __future__ import annotations

import numpy as np

from reference.arrays import Floats, Ints, LossAndGradient

__all__ = [
    "AffineCache",
    "AffineReluCache",
    "affine_backward",
    "affine_forward",
    "affine_relu_backward",
    "affine_relu_forward",
    "relu_backward",
    "relu_forward",
    "softmax_loss",
    "svm_loss",
]

AffineCache = tuple[Floats, Floats, Floats]
AffineReluCache = tuple[AffineCache, Floats]


def affine_forward(x: Floats, w: Floats, b: Floats) -> tuple[Floats, AffineCache]:
    """out = rows(x) @ w + b.

    x (N, d_1, ..., d_k) is read as rows of length D = d_1 * ... * d_k; w (D, M), b (M,).
    Returns out (N, M) and the cache (x, w, b). Raises ValueError when the shapes do not fit.
    """
    return _rows(x) @ w + b, (x, w, b)


def affine_backward(dout: Floats, cache: AffineCache) -> tuple[Floats, Floats, Floats]:
    """dout (N, M) -> dx of x's shape, dw (D, M), db (M,)."""
    x, w, _ = cache
    return (dout @ w.T).reshape(x.shape), _rows(x).T @ dout, dout.sum(axis=0)


def relu_forward(x: Floats) -> tuple[Floats, Floats]:
    """out = max(0, x), any shape; the cache is x."""
    return np.maximum(0, x), x


def relu_backward(dout: Floats, cache: Floats) -> Floats:
    """dout passes where x > 0. At the kink x = 0 the subgradient 0 is taken, as in the course."""
    return dout * (cache > 0)


def affine_relu_forward(x: Floats, w: Floats, b: Floats) -> tuple[Floats, AffineReluCache]:
    """relu(affine(x)); shapes as in `affine_forward`."""
    z, affine_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(z)
    return out, (affine_cache, relu_cache)


def affine_relu_backward(dout: Floats, cache: AffineReluCache) -> tuple[Floats, Floats, Floats]:
    """dout (N, M) -> dx, dw, db; shapes as in `affine_backward`."""
    affine_cache, relu_cache = cache
    return affine_backward(relu_backward(dout, relu_cache), affine_cache)


def svm_loss(x: Floats, y: Ints) -> LossAndGradient:
    """Multiclass hinge loss (Weston & Watkins, delta = 1) of scores x (N, C), without regularization.

    loss = 1/N sum_i sum_{j != y_i} max(0, x_ij - x_iy_i + 1). Every violated margin adds to x_ij and takes
    from x_iy_i, so in dx (N, C) the correct class carries minus the number of its row's violated margins.
    """
    samples = np.arange(len(x))
    margins = np.maximum(0, x - x[samples, y][:, np.newaxis] + 1)
    margins[samples, y] = 0
    dx = (margins > 0).astype(x.dtype)
    dx[samples, y] = -dx.sum(axis=1)
    return float(margins.sum() / len(x)), dx / len(x)


def softmax_loss(x: Floats, y: Ints) -> LossAndGradient:
    """Cross-entropy of softmax(x) for scores x (N, C), without regularization.

    loss = -1/N sum_i log p_iy_i with p = softmax(x); dx = (p - onehot(y)) / N, (N, C).
    Softmax does not change when a row of x is shifted: with each row's maximum at 0, exp stays within range.
    log p is computed directly, never as the log of a probability that may have underflowed to 0.
    """
    samples = np.arange(len(x))
    shifted = x - x.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    dx = np.exp(log_p)
    dx[samples, y] -= 1
    return float(-log_p[samples, y].mean()), dx / len(x)


def _rows(x: Floats) -> Floats:
    return x.reshape(len(x), -1)
