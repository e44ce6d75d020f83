"""How far two arrays are apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["RTOL", "ArrayDifference", "agree", "compare"]

Array = NDArray[Any]

#: Largest relative error that passes. Correct float64 code agrees to 3e-16 and correct float32 code to
#: 1.1e-7; the closest of the known mistakes is 0.048 away (worst of 300 problems).
RTOL = 1e-5


@dataclass(frozen=True)
class ArrayDifference:
    """Where and how much two arrays of one shape differ.

    `relative_error` is max|a − b| / max(max|a|, max|b|), which does not grow with the number of entries
    and is not fooled by a tiny entry; `index` is the entry with the largest difference.
    """

    relative_error: float
    index: tuple[int, ...]
    measured: float
    expected: float
    differing: float  # the share of entries off by more than the tolerance


def compare(measured: Array, expected: Array, tolerance: float) -> ArrayDifference:
    """Compare two float arrays of equal shape; a NaN differs from everything (relative error inf)."""
    if expected.size == 0:
        return ArrayDifference(0.0, (), np.nan, np.nan, 0.0)
    scale = max(_largest(measured), _largest(expected))
    difference = np.abs(measured - expected)
    difference = np.where(np.isfinite(difference), difference, np.inf)
    index = np.unravel_index(int(difference.argmax()), difference.shape)
    worst = float(difference[index])
    where = tuple(int(i) for i in index)
    relative = 0.0 if worst == 0.0 else worst / scale if scale else np.inf
    share = float(np.mean(difference > tolerance * scale))
    return ArrayDifference(float(relative), where, float(measured[index]), float(expected[index]), share)


def agree(measured: Any, expected: Array) -> bool:
    """Whether the two are arrays of numbers, of one shape, that no verdict tells apart."""
    if not isinstance(measured, np.ndarray) or measured.dtype.kind not in "iuf":
        return False
    alike = measured.shape == expected.shape
    return alike and compare(measured.astype(np.float64), expected, RTOL).relative_error <= RTOL


def _largest(array: Array) -> float:
    finite = np.abs(array[np.isfinite(array)])
    return float(finite.max()) if finite.size else 0.0
