"""Layers joined together; the layers themselves are the student's."""

from __future__ import annotations

from typing import Any

from .layers import *  # type: ignore # noqa: F403 - the student's own module
from .layers import affine_backward, affine_forward, relu_backward, relu_forward


def affine_relu_forward(x: Any, w: Any, b: Any) -> tuple[Any, Any]:
    """ReLU(x w + b), and what the way back needs."""
    a, fc_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (fc_cache, relu_cache)


def affine_relu_backward(dout: Any, cache: Any) -> tuple[Any, Any, Any]:
    """The gradients (dx, dw, db) from the gradient `dout` of the output."""
    fc_cache, relu_cache = cache
    dx, dw, db = affine_backward(relu_backward(dout, relu_cache), fc_cache)
    return dx, dw, db
