"""Validate what came back over the wall before anything is compared."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.student.calls import StudentMissing

__all__ = [
    "BadResult",
    "as_array",
    "as_labels",
    "as_numbers",
    "as_scalar",
    "describe",
    "is_zero",
    "not_done",
    "numbers",
    "same",
]

Array = NDArray[Any]


class BadResult(Exception):  # noqa: N818 - a finding about the student's result
    """A result of the wrong kind: `fact` says what came back, `help` what is asked."""

    def __init__(self, fact: str, help_: str = "") -> None:
        super().__init__(fact)
        self.fact = fact
        self.help = help_


def not_done(label: str, value: Any, zeros: str = "zeros") -> StudentMissing:
    """What to raise of a function that computes nothing and returned None, parts that are, or `zeros`."""
    returned = "None" if value is None else zeros
    nothing = value is None or (isinstance(value, (list, tuple)) and any(part is None for part in value))
    return StudentMissing(
        f"`{label}` returns {returned}: nothing is computed yet", "nothing" if nothing else None
    )


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
    if isinstance(value, (bool, int, float)):
        return f"the number {value}"
    return "None" if value is None else _KINDS.get(type(value), "an object that holds no numbers")


_KINDS: dict[type, str] = {str: "a text", bytes: "bytes", dict: "a dict", set: "a set"}


def as_scalar(value: Any, what: str) -> float:
    """A real number from a Python or 0-d number, or an array of one element such as np.matrix gives.

    Raises:
        BadResult: anything else. A NaN or infinity is a number; comparing it fails later.
    """
    if isinstance(value, (bool, int, float, np.ndarray)):
        found = numbers(value)
        if found is not None and found.size == 1:
            return float(found.reshape(()))
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


def same(a: Any, b: Any) -> bool:
    """Whether two values that came over the wire are alike."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return (a.shape, a.dtype, a.tobytes()) == (b.shape, b.dtype, b.tobytes())
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def is_zero(value: Any) -> bool:
    """Whether nothing was computed: None, zeros, or a container of nothing else."""
    if isinstance(value, dict):
        return all(is_zero(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return all(is_zero(item) for item in value)
    if isinstance(value, (bool, int, float, np.ndarray)):
        return not np.any(value)
    return value is None


def numbers(value: Any) -> Array | None:
    """The value as an array of real numbers; None when it is ragged, or anything else than numbers."""
    if isinstance(value, np.ndarray):
        return value if value.dtype.kind in "biuf" else None
    if isinstance(value, (bool, int, float)):
        try:
            return np.asarray(float(value))
        except OverflowError:
            return None
    if not isinstance(value, (list, tuple)):
        return None
    rows = [row for row in map(numbers, value) if row is not None]
    if len(rows) < len(value) or len({row.shape for row in rows}) > 1:
        return None
    return np.stack(rows) if rows else np.zeros(0)


def as_numbers(value: Any, what: str) -> Array:
    """An array of real numbers, of any shape; a list of numbers is as good.

    Raises:
        BadResult: anything else.
    """
    found = numbers(value)
    if found is None:
        raise BadResult(f"{what} is {describe(value)}", f"{what} must be an array of real numbers")
    return found


def as_labels(
    value: Any, count: int | None, label: str = "predict", done: bool = False
) -> NDArray[np.float64]:
    """Labels (count,), or of any shape when `count` is None; a list, also of arrays of one, is as good.

    Args:
        label: that of the function that returned them.
        done: it is known to compute something, whatever it returns.

    Raises:
        StudentMissing: None or only zeros, as the starter code returns.
        BadResult: anything else than `count` finite numbers.
    """
    if is_zero(value) and not done:
        raise not_done(label, value, "only zeros")
    if isinstance(value, (list, tuple)):
        items = [numbers(item) for item in value]
        if not all(item is not None and item.size == 1 for item in items):
            raise BadResult(f"`{label}` returned {describe(value)}, not all numbers", _LABELS_HELP)
        value = np.array([float(item.reshape(())) for item in items if item is not None])
    found = numbers(value)
    if found is None or (found.ndim == 0 and count is not None):
        rows = "row" if count is None else f"of the {count} rows"
        what = "one number" if found is not None else describe(value)
        raise BadResult(f"`{label}` returned {what}, not one label for each {rows}", _LABELS_HELP)
    labels = as_array(found, found.shape if count is None else (count,), f"what `{label}` returns")
    if not np.all(np.isfinite(labels)):
        raise BadResult(f"`{label}` returned NaN or infinity among the labels", _LABELS_HELP)
    return labels


_LABELS_HELP = "return an array of N labels, one for each row"
