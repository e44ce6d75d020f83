"""What a check found, before anything is explained or charged."""

from __future__ import annotations

from dataclasses import dataclass

from grader.result import CheckResult
from grader.student.calls import Stub

__all__ = ["Finding"]


@dataclass(frozen=True)
class Finding:
    """A check's outcome before points.

    `not_run`: this run was asked not to do it, so it counts for nothing, also not in the maximum.
    `waits_for`: the failed check because of which this one was skipped; a skip without one earns nothing.
    `cause`: the failed check that this failure follows from. `borrowed`: its mistakes are another role's,
    which it only shows. `noted`: what a passed check found all the same. `stub`: what missing work gave.
    `compared`: its message only compares numbers.
    """

    result: CheckResult
    not_run: bool = False
    waits_for: str | None = None
    cause: str | None = None
    borrowed: bool = False
    noted: str = ""
    stub: Stub | None = None
    compared: bool = False
