"""Values as the wire carries them: numbers, text, plain arrays and plain containers.

Runs inside the wall: the standard library and numpy only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .errors import type_name
from .wire import ObjectRef, Unsendable

__all__ = ["to_plain"]

_MAX_DEPTH = 6
#: numpy's scalars travel as Python's: a loss history of 1,500 of them would be as many arrays.
_PYTHON: dict[str, Callable[[Any], Any]] = {"b": bool, "i": int, "u": int, "f": float}


def to_plain(value: Any, *, largest: int | None = None, depth: int = 0) -> Any:
    """The value with numpy's scalars and subclasses turned into plain arrays, containers into plain ones.

    Args:
        largest: bytes that one array may have.

    Raises:
        Unsendable: something in it is neither number, text, array nor a container of them, or too large.
    """
    if depth > _MAX_DEPTH:
        raise Unsendable(f"a value nested more than {_MAX_DEPTH} deep")
    kind = type(value)
    if value is None or kind in (bool, int, float, str, ObjectRef):
        return value
    if isinstance(value, np.generic) and value.dtype.kind in _PYTHON:
        return _PYTHON[value.dtype.kind](value)
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain_array(value, largest)

    def inner(item: Any) -> Any:
        return to_plain(item, largest=largest, depth=depth + 1)

    if issubclass(kind, dict):
        return {inner(key): inner(item) for key, item in dict.items(value)}
    if issubclass(kind, list):
        return [inner(item) for item in list.__iter__(value)]
    if issubclass(kind, tuple):
        return tuple(inner(item) for item in tuple.__iter__(value))
    raise Unsendable(f"a value of type {type_name(value)}")


def _rounded(count: int) -> str:
    return f"{count >> 20} MB" if count >> 20 else f"{count >> 10} kB"


def _plain_array(value: Any, largest: int | None) -> np.ndarray[Any, Any]:
    if largest is not None and value.nbytes > largest:
        raise Unsendable(f"an array of {_rounded(value.nbytes)}, far more than is asked for")
    array = np.array(value, subok=False, copy=True)
    if array.dtype in (np.longdouble, np.clongdouble):  # more digits than anybody asks for
        array = array.astype(np.float64 if array.dtype.kind == "f" else np.complex128)
    if type(array) is not np.ndarray or array.dtype.kind not in "biufc":
        raise Unsendable(f"an array of dtype {array.dtype}")
    return array
