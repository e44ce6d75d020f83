"""Numerical gradients by central differences, printed as the course prints them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import randrange
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "eval_numerical_gradient",
    "eval_numerical_gradient_array",
    "eval_numerical_gradient_blobs",
    "eval_numerical_gradient_net",
    "grad_check_sparse",
]

Array = NDArray[Any]


def _shifted(x: Array, ix: tuple[int, ...], h: float) -> Iterator[None]:
    """Lets `x[ix]` be h more, then h less, then what it was."""
    old = x[ix]
    try:
        for value in (old + h, old - h):
            x[ix] = value
            yield
    finally:
        x[ix] = old


def eval_numerical_gradient(
    f: Callable[[Array], float], x: Array, verbose: bool = True, h: float = 1e-5
) -> Array:
    """The gradient of the number f(x), shape of `x`."""
    grad = np.zeros_like(x)
    for ix in np.ndindex(x.shape):
        plus, minus = (f(x) for _ in _shifted(x, ix, h))
        grad[ix] = (plus - minus) / (2 * h)
        if verbose:
            print(ix, grad[ix])
    return grad


def eval_numerical_gradient_array(f: Callable[[Array], Array], x: Array, df: Array, h: float = 1e-5) -> Array:
    """The gradient of sum(f(x) * df), shape of `x`, for a function that returns an array."""
    grad = np.zeros_like(x)
    for ix in np.ndindex(x.shape):
        plus, minus = (np.array(f(x)) for _ in _shifted(x, ix, h))
        grad[ix] = np.sum((plus - minus) * df) / (2 * h)
    return grad


def eval_numerical_gradient_blobs(
    f: Callable[..., Any], inputs: tuple[Any, ...], output: Any, h: float = 1e-5
) -> list[Array]:
    """Gradients of a function f(*inputs, output) that writes `output.vals`; blobs have `vals`, `diffs`."""
    gradients = []
    for blob in inputs:
        grad = np.zeros_like(blob.diffs)
        for ix in np.ndindex(blob.vals.shape):
            values = []
            for _ in _shifted(blob.vals, ix, h):
                f(*inputs, output)
                values.append(np.copy(output.vals))
            grad[ix] = np.sum((values[0] - values[1]) * output.diffs) / (2 * h)
        gradients.append(grad)
    return gradients


def eval_numerical_gradient_net(
    net: Any, inputs: tuple[Any, ...], output: Any, h: float = 1e-5
) -> list[Array]:
    """The same for a net that reads and writes its blobs in `net.forward()`."""
    return eval_numerical_gradient_blobs(lambda *_: net.forward(), inputs, output, h=h)


def grad_check_sparse(
    f: Callable[[Array], float], x: Array, analytic_grad: Array, num_checks: int = 10, h: float = 1e-5
) -> None:
    """Compare `analytic_grad` with the numerical gradient at random entries, and print both."""
    for _ in range(num_checks):
        ix = tuple(randrange(size) for size in x.shape)
        plus, minus = (f(x) for _ in _shifted(x, ix, h))
        numerical = (plus - minus) / (2 * h)
        analytic = analytic_grad[ix]
        error = abs(numerical - analytic) / (abs(numerical) + abs(analytic))
        print(f"numerical: {numerical:f} analytic: {analytic:f}, relative error: {error:e}")
