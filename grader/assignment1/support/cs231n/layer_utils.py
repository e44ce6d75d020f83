"""Layers joined together; the layers themselves are the student's."""

from __future__ import annotations

from typing import Any

from . import layers  # the student's own module
from .layers import *  # type: ignore # noqa: F403 - as in the course's


def affine_relu_forward(x: Any, w: Any, b: Any) -> tuple[Any, Any]:
    """ReLU(x w + b), and what the way back needs."""
    a, fc_cache = layers.affine_forward(x, w, b)
    out, relu_cache = layers.relu_forward(a)
    return out, (fc_cache, relu_cache)


def affine_relu_backward(dout: Any, cache: Any) -> tuple[Any, Any, Any]:
    """The gradients (dx, dw, db) from the gradient `dout` of the output."""
    fc_cache, relu_cache = cache
    dx, dw, db = layers.affine_backward(layers.relu_backward(dout, relu_cache), fc_cache)
    return dx, dw, db
