"""Name the mistake of a numerical gradient: from the points at which f was called, and from the values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from grader.checking.compare import compare
from grader.exercises.calling import Array
from grader.exercises.numerical_gradient.problems import GradientProblem

__all__ = ["FORWARD", "is_centered", "name_gradient", "odd_call"]

#: Relative error of forward differences that passes; with h = 1e-5 that of right ones is about 1e-5.
FORWARD = 1e-4


def steps(x: Array, points: Sequence[Array]) -> list[Array]:
    """How far from x f was called, of the calls with an array of its shape."""
    return [point - x for point in points if point.shape == x.shape]


def is_centered(x: Array, points: Sequence[Array]) -> bool:
    """Whether f was called on both sides of x."""
    taken = steps(x, points)
    return any((step > 0).any() for step in taken) and any((step < 0).any() for step in taken)


def odd_call(x: Array, points: Sequence[Array]) -> str | None:
    """The mistake of which the points tell; None when f was called on x with one entry changed, or none."""
    if any(point.shape != x.shape for point in points):
        return "called-on-one-entry"
    moved = {int(np.count_nonzero(step)) for step in steps(x, points)}
    if max(moved, default=0) <= 1:
        return None
    return "x-not-restored" if 1 in moved else "all-entries-at-once"


def name_gradient(problem: GradientProblem, made: Array, points: Sequence[Array], h: float) -> str | None:
    """The mistake that gives this gradient; None when it is right, or none is known."""
    if odd := odd_call(problem.x, points):
        return odd
    for mistake, value in _variants(problem.gradient, h):
        if compare(made, value, FORWARD).relative_error <= FORWARD:
            return mistake
    return None


def _variants(right: Array, h: float) -> Iterator[tuple[str, Array]]:
    first = np.zeros_like(right)
    first.flat[0] = right.flat[0]
    yield "return-inside-loop", first
    yield "divided-by-h", 2 * right
    yield "divided-by-two-h", right / 2
    yield "difference-reversed", -right
    yield "difference-not-divided", h * right
    yield "difference-not-divided", 2 * h * right
