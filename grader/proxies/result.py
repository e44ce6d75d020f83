"""Validate what came back over the wall before anything is compared."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["BadResult", "as_array", "as_scalar", "describe"]


class BadResult(Exception):  # noqa: N818 - a finding about the student's result
    """A result of the wrong kind: `fact` says what came back, `help` what is asked."""

    def __init__(self, fact: str, help_: str = "") -> None:
        super().__init__(fact)
        self.fact = fact
        self.help = help_


def describe(value: Any) -> str:
    """What a value is, in the words of a numpy user."""
    if isinstance(value, np.ndarray):
        return (
            f"an array of shape {value.shape} and dtype {value.dtype}"
            if value.ndim
            else f"the number {value}"
        )
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)} values"
    return "None" if value is None else f"a {type(value).__name__}"


def as_scalar(value: Any, what: str) -> float:
    """A real number from a Python or 0-d number, or an array of one element such as np.matrix gives.

    Raises:
        BadResult: anything else. A NaN or infinity is a number; comparing it fails later.
    """
    if isinstance(value, (bool, int, float)):
        return float(value)
    if isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind in "biuf":
        return float(value.reshape(()))
    raise BadResult(f"{what} is {describe(value)}, not a number", f"return {what} as one number")


def as_array(value: Any, shape: tuple[int, ...], what: str) -> NDArray[np.float64]:
    """A float64 array of exactly that shape.

    Raises:
        BadResult: another shape, or no real numbers.
    """
    if not isinstance(value, np.ndarray):
        raise BadResult(
            f"{what} is {describe(value)}, not an array", f"return {what} as an array of shape {shape}"
        )
    if value.dtype.kind not in "biuf":
        raise BadResult(f"{what} has dtype {value.dtype}", f"return {what} as an array of real numbers")
    if value.shape != shape:
        raise BadResult(f"{what} has shape {value.shape}, not {shape}", f"{what} must have the shape {shape}")
    return value.astype(np.float64)
