"""Which candidates are right, in which outputs, and how near the others are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.diagnosis.mending.scenes import Floats, Scene

__all__ = ["Judged", "conventions_of", "judge"]

Bools = NDArray[np.bool_]

#: As in the verdict.
RTOL = 1e-5
#: What a small constant beside a value cannot hide behind.
EXACT = 1e-9
#: Differences below this share of it are nothing where all that is expected is tiny.
_LEAST = 1e-3
_FARTHEST = 2.0


@dataclass(frozen=True)
class Judged:
    """For each candidate and measure whether it is right, right to the last digits, and how far (0 … 2)."""

    right: Bools
    exact: Bools
    far: Floats


def judge(scene: Scene, rows: Floats, convention: int) -> Judged:
    """Compare rows (n, size) with what is right under a convention.

    How far: the mean of relative error, of the angle between the two, and of the share of wrong entries.
    """
    got, want = scene.measured(rows), scene.measured(scene.row(convention)[None])
    columns = [_compared(values, one[0]) for values, one in zip(got, want, strict=True)]
    right, exact, far = (np.stack(column, 1) for column in zip(*columns, strict=True))
    return Judged(right, exact, far)


def _compared(got: Floats, want: Floats) -> tuple[NDArray[Any], NDArray[Any], Floats]:
    any_number = np.isnan(want)
    got = np.where(any_number & ~np.isnan(got), 0.0, got)
    want = np.where(any_number, 0.0, want)
    with np.errstate(all="ignore"):
        largest = max(_LEAST, float(np.abs(want).max(initial=0.0)))
        good = np.abs(got - want) <= RTOL * largest
        exact = np.abs(got - want) <= EXACT * largest
        norm = np.linalg.norm(want) or 1.0
        error = np.linalg.norm(got - want, axis=1) / norm
        cosine = np.abs((got * want).sum(axis=1)) / np.linalg.norm(got, axis=1) / norm
        angle = np.sqrt(np.abs(1 - cosine)) if want.size > 1 else error
        parts = np.stack([error, angle, 1 - good.mean(axis=1)])
    far = np.minimum(np.nan_to_num(parts, nan=_FARTHEST, posinf=_FARTHEST), _FARTHEST).mean(axis=0)
    return np.all(good, axis=1), np.all(exact, axis=1), far


def conventions_of(scene: Scene, base: Floats) -> list[int]:
    """The conventions that a function may follow: by its right outputs, not by what mends it."""
    rights = [tuple(judge(scene, base[None], c).right[0]) for c in range(len(scene.expected))]
    return [c for c, right in enumerate(rights) if right == max(rights)]
