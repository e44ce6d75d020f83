"""A function of the exercises as checks call it: every argument by its name, whatever its place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.student.answers import BadResult, describe, not_done, numbers
from grader.student.calls import Reply, Student

__all__ = ["Array", "Called", "as_entries", "recorded"]

Array = NDArray[Any]


class Called:
    """One role of one student."""

    def __init__(self, student: Student, role: str) -> None:
        self.student = student
        self.role = role

    @property
    def label(self) -> str:
        return self.student.site(self.role).label

    def __call__(self, *, keep: bool = False, timeout: float | None = None, **arguments: Any) -> Reply:
        """
        Raises:
            StudentError, StudentTimeout; StudentMissing when absent, or when None comes back.
        """
        reply = self.student.call(self.role, keep=keep, timeout=timeout, **arguments)
        if reply.value is None:
            raise not_done(self.label, None)
        return reply

    def parts(self, names: str, **arguments: Any) -> tuple[Any, ...]:
        """The results that are returned together; `names` as the starter has them: `W, b`.

        Raises:
            BadResult: not so many came back. StudentMissing: one of them is None.
        """
        value, count = self(**arguments).value, names.count(",") + 1
        if not isinstance(value, (tuple, list)) or len(value) != count:
            raise BadResult(f"`{self.label}` returned {describe(value)}", f"end with `return {names}`")
        if any(part is None for part in value):
            raise not_done(self.label, value)
        return tuple(value)


def recorded(value: Any) -> list[Array]:
    """The arrays that a given function remembers.

    Raises:
        BadResult: it remembers something else: the work has written there.
    """
    if not isinstance(value, list) or not all(isinstance(one, np.ndarray) for one in value):
        raise BadResult("what the given function remembers was changed", "only call the function")
    return [one.astype(np.float64) for one in value if one.dtype.kind in "biuf"]


def as_entries(value: Any, count: int, what: str) -> NDArray[np.float64]:
    """`count` real numbers however they lie: (n,), or (n, 1) and (1, n) as `np.matrix` gives them.

    Raises:
        BadResult: others.
    """
    found = numbers(value)
    if found is None:
        raise BadResult(f"{what} is {describe(value)}", f"return {what} as an array of {count} real numbers")
    if found.size != count or sum(side > 1 for side in found.shape) > 1:
        raise BadResult(f"{what} has shape {found.shape}", f"{what} must have the shape ({count},)")
    return found.reshape(-1).astype(np.float64)
