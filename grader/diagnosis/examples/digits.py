"""Numbers as a person writes them: short, and with digits enough to tell two of them apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["alike", "as_python", "plain", "short"]

Floats = NDArray[np.float64]
#: Decimals of numbers that are not short by themselves, and the most that are written.
USUAL, MOST = 3, 6
#: Beyond these numbers are written with their powers of ten.
SMALL, LARGE = 1e-3, 1e6
ROUNDING = 1e-9


def plain(value: float) -> str:
    """`2`, `0.5`, `-1`."""
    return f"{value:.6g}"


def as_python(value: Any) -> str:
    """An array as nested lists: `[[1, 2], [0.5, -1]]`."""
    array = np.asarray(value)
    if array.ndim == 0:
        return plain(float(array))
    return f"[{', '.join(map(as_python, array))}]"


def short(row: Floats) -> list[str]:
    """A row of numbers by itself: each as short as it is, or all with the usual decimals."""
    return [plain(value) for value in row] if _decimals([row]) < USUAL else alike([row])[0]


def alike(rows: Sequence[Floats], apart: NDArray[np.bool_] | None = None) -> list[list[str]]:
    """Rows of numbers with equally many decimals; more than usual where two rows else look the same.

    Args:
        apart: the columns in which the first two rows differ.
    """
    least, size = _decimals(rows), _largest(rows)
    for decimals in range(least, MOST + 1):
        texts = [[_written(value, decimals, size) for value in row] for row in rows]
        if apart is None or all(a != b for a, b, differ in zip(*texts[:2], apart, strict=True) if differ):
            break
    return texts


def _largest(rows: Sequence[Floats]) -> float:
    values = np.abs(np.concatenate([np.ravel(row) for row in rows]))
    return float(np.max(values[np.isfinite(values)], initial=0.0))


def _decimals(rows: Sequence[Floats]) -> int:
    values = np.concatenate([np.ravel(row) for row in rows])
    known = values[np.isfinite(values)]
    decimals = (d for d in range(USUAL) if np.all(np.abs(known - np.round(known, d)) < ROUNDING))
    return next(decimals, USUAL)


def _written(value: float, decimals: int, largest: float) -> str:
    """The value; with its power of ten where the largest of all has one, or it is far larger itself."""
    if not np.isfinite(value) or abs(value) >= LARGE or ROUNDING < largest < SMALL:
        return f"{value:.{max(decimals, USUAL)}g}"
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if not text.strip("-0.") else text
