"""Arrays cut to what a picture can show, with as many digits as an eye can tell apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.result import Picture

__all__ = ["bars", "cells", "curves", "drawn"]

Array = NDArray[Any]

MOST_STRIPS, LONGEST_STRIP = 12, 24
MOST_STEPS = 200
MOST_BARS = 24
FEWEST = 4  # numbers that are read at a glance need no picture
DIGITS = 3
#: So that the distances of two can still be computed.
FURTHEST = 1e150


def drawn(measured: Array, expected: Array, what: str, *, over_steps: bool) -> list[Picture]:
    """The picture of two arrays of one shape.

    None of labels, which are no sizes, nor where no value is a number, nor of level lines.
    """
    if np.issubdtype(expected.dtype, np.integer) or not np.isfinite(measured).any():
        return []
    if not over_steps:
        return cells(measured, expected, what)
    is_level = all(len(set(row)) == 1 for row in rows(np.stack([measured, expected])))
    return [] if is_level else [curves(measured, expected, f"{what} of every step")]


def cells(measured: Array, expected: Array, what: str) -> list[Picture]:
    """Two arrays of one shape as strips of cells, along their longer side; none where there is little."""
    if measured.ndim not in (1, 2) or measured.size < FEWEST:
        return []
    if measured.ndim == 1:
        return [Picture(kind="cells", what=what, yours=broken(measured), expected=broken(expected))]
    if measured.shape[0] > measured.shape[1]:
        words, measured, expected = ", a strip for each column", measured.T, expected.T
    else:
        words = ", a strip for each row"
    strips, length = measured.shape
    if strips > MOST_STRIPS or length > LONGEST_STRIP:
        words += (
            f"; the first {min(strips, MOST_STRIPS)} × {min(length, LONGEST_STRIP)} of {strips} × {length}"
        )
    cut = (slice(MOST_STRIPS), slice(LONGEST_STRIP))
    yours, right = rows(measured[cut]), rows(expected[cut])
    return [Picture(kind="cells", what=what + words, yours=yours, expected=right)]


def broken(array: Array) -> tuple[tuple[float | None, ...], ...]:
    """The beginning of a long row as lines below one another."""
    starts = range(0, min(len(array), MOST_STRIPS * LONGEST_STRIP), LONGEST_STRIP)
    return tuple(line for start in starts for line in rows(array[None, start : start + LONGEST_STRIP]))


def curves(measured: Array, expected: Array, what: str) -> Picture:
    """Values over steps, (steps,) each, thinned to what a picture can show."""
    step = -(-max(len(measured), len(expected), 1) // MOST_STEPS)
    return Picture(
        kind="curves", what=what, yours=rows(measured[None, ::step]), expected=rows(expected[None, ::step])
    )


def bars(values: Mapping[str, float], chance: float, what: str) -> list[Picture]:
    """A bar for each, in their order, of too many the highest; none where there is nothing to compare."""
    shown = sorted(sorted(values, key=values.__getitem__)[-MOST_BARS:], key=list(values).index)
    if len(shown) < 2:
        return []
    if len(shown) < len(values):
        what += f"; the {len(shown)} highest of {len(values)}"
    heights = rows(np.array([[values[name] for name in shown]], dtype=float))
    return [Picture(kind="bars", what=what, yours=heights, expected=((chance,),), labels=tuple(shown))]


def rows(array: Array) -> tuple[tuple[float | None, ...], ...]:
    """The numbers, rounded, none beyond FURTHEST; None for what is no number or has no end."""
    array = np.where(np.isfinite(array), np.clip(array, -FURTHEST, FURTHEST), np.nan)
    return tuple(
        tuple(float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in row) for row in array
    )
