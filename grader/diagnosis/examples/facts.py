"""Which values of an answer are right and which are wrong, and what the wrong ones are: exact facts only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from grader.checking.compare import RTOL
from grader.diagnosis.examples.digits import plain
from grader.diagnosis.examples.posed import Posed

__all__ = ["different", "right_and_wrong"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
#: Factors that mean something; any other of a few numbers may be chance.
FACTORS = {
    2.0: "twice",
    3.0: "3 times",
    4.0: "4 times",
    0.5: "half",
    1 / 3: "a third of",
    0.25: "a quarter of",
}
MANY = 3


def different(yours: Floats, right: Floats) -> Mask:
    """Where two arrays of one shape differ by more than rounding of the larger numbers in them."""
    with np.errstate(all="ignore"):
        gap = np.abs(yours - right)
        finite = np.abs(np.concatenate([yours[np.isfinite(yours)].ravel(), right.ravel()]))
    differ: Mask = ~(gap <= RTOL * np.max(finite, initial=0.0))
    return differ


def right_and_wrong(yours: Floats, right: Floats, posed: Posed) -> tuple[str, str]:
    """What goes on after "Right: " and "Wrong: ", of two arrays (rows, columns) that differ somewhere."""
    wrong = different(yours, right)
    relations = {name: np.reshape(values, right.shape) for name, values in posed.relations.items()}
    told = next(iter(_related(yours, right, wrong, relations, posed.are_labels)), "")
    if right.size == 1:
        return "", f"your value is {told}" if told else ""
    fine, bad = _places(wrong, posed)
    if not told or not bad:
        return fine, bad or (f"your value is {told}" if told else "")
    return fine, f"{bad}, where your value is {told}"


def _places(wrong: Mask, posed: Posed) -> tuple[str, str]:
    """The right and the wrong columns, or rows, or how many values."""
    columns, rows, groups = posed.result or posed.columns, posed.rows, posed.groups
    if wrong.all():
        return "", ""
    of_columns, of_rows = np.all(wrong, axis=0), np.all(wrong, axis=1)
    if np.array_equal(of_columns, np.any(wrong, axis=0)):
        return _named(~of_columns, columns, groups), _named(of_columns, columns, groups)
    if rows and np.array_equal(of_rows, np.any(wrong, axis=1)):
        return _named(~of_rows, rows, {}), _named(of_rows, rows, {})
    return "", f"{int(wrong.sum())} of {wrong.size} values"


def _named(chosen: Mask, names: Sequence[str], groups: Mapping[str, frozenset[int]]) -> str:
    numbers = frozenset(np.flatnonzero(chosen).tolist())
    known = next((name for name, members in groups.items() if members == numbers), None)
    return known or ", ".join(names[number] for number in sorted(numbers))


def _related(
    yours: Floats, right: Floats, wrong: Mask, relations: Mapping[str, Floats], are_labels: bool
) -> Iterator[str]:
    """What all wrong values are."""
    a, b = yours[wrong], right[wrong]
    if not np.all(np.isfinite(a)):
        yield from ["nan"] if np.isnan(a).all() else ["not finite"]
        return
    for name, values in relations.items():
        if not different(a, values[wrong]).any():
            yield name
    if are_labels:
        return
    if not np.any(a):
        yield "0"
    if not different(a, -b).any():
        yield "the right one with the other sign"
    for factor, name in FACTORS.items():
        if not different(a, factor * b).any():
            yield f"{name} the right one"
    if len(a) >= MANY and not different(a - b, np.full_like(a, (a - b)[0])).any():
        by = float((a - b)[0])
        yield f"{plain(abs(by))} {'more' if by > 0 else 'less'} than the right one"
