"""`expect`: what a check holds against a result, recorded as evidence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from grader.checking.compare import RTOL, ArrayDifference, compare
from grader.checking.picture import drawn
from grader.result import Evidence, Picture, Where

__all__ = ["Expect"]


class Expect:
    """Records evidence, held or not; the first that does not hold becomes the message.

    `mistake` names what the failure proves, for checks that see the cause; one of `notes` is only noted.
    """

    def __init__(self, notes: frozenset[str] = frozenset()) -> None:
        self.notes = notes
        self.noted = ""
        self.evidence: list[Evidence] = []
        self.fact = ""
        self.help = ""
        self.where: Where | None = None
        self.mistakes: list[str] = []
        self.pictures: list[Picture] = []
        #: Whether the message only compares numbers.
        self.is_compared = False

    @property
    def failed(self) -> bool:
        return bool(self.fact)

    def close(
        self,
        measured: Any,
        expected: Any,
        what: str,
        *,
        tolerance: float = RTOL,
        help: str = "",
        mistake: str | None = None,
        over_steps: bool = False,
    ) -> bool:
        """`measured` equals `expected` (a number, or an array of the same shape) to a relative error.

        Args:
            over_steps: they are rows of which every entry is a step's.
        """
        a, b = np.asarray(measured, dtype=np.float64), np.asarray(expected, dtype=np.float64)
        found = compare(a, b, tolerance)
        finite = found.relative_error if np.isfinite(found.relative_error) else None
        one = f"{what} at step {found.index[0] + 1}" if over_steps and found.index else what
        self.evidence.append(Evidence(one, found.measured, found.expected, finite, tolerance))
        if found.relative_error <= tolerance:
            return True
        if a.ndim == 0:
            fact = f"{what} is {_number(found.measured)}, not {_number(found.expected)}"
        elif over_steps:
            fact = f"{one}: yours {_number(found.measured)}, expected {_number(found.expected)}"
        else:
            fact = _array_fact(what, found)
        if a.ndim:
            self.pictures = self.pictures or drawn(a, np.asarray(expected), what, over_steps=over_steps)
        self.is_compared |= not self.fact
        self.fail(fact, help=help, mistake=mistake)
        return False

    def true(
        self,
        holds: bool,
        fact: str,
        *,
        what: str = "",
        measured: float | str | None = None,
        expected: float | str | None = None,
        help: str = "",
        mistake: str | None = None,
        where: Where | None = None,
    ) -> bool:
        """A statement that must hold; `fact` says what is the case when it does not, and `where` it shows."""
        if what:
            self.evidence.append(Evidence(what, _as_evidence(measured), _as_evidence(expected)))
        if not holds:
            self.fail(fact, help=help, mistake=mistake, where=where)
        return holds

    def show(self, pictures: Iterable[Picture]) -> None:
        """What to look at, should the check fail."""
        self.pictures += pictures

    def fail(
        self, fact: str, *, help: str = "", mistake: str | None = None, where: Where | None = None
    ) -> None:
        """Record a failure, or a note."""
        if mistake in self.notes:
            self.noted = self.noted or fact
        elif not self.fact:
            self.fact, self.help, self.where = fact, help, where
        if mistake is not None and mistake not in self.mistakes:
            self.mistakes.append(mistake)


def _as_evidence(value: float | str | None) -> float | str | None:
    """Counts as floats, so that a stored report reads back as the same bytes."""
    return float(value) if isinstance(value, int) else value


def _number(value: float) -> str:
    return f"{value:.6g}"


def _array_fact(what: str, found: ArrayDifference) -> str:
    place = ", ".join(map(str, found.index))
    return (
        f"{what}: {found.differing:.0%} of the entries differ; the most at [{place}]: "
        f"yours {_number(found.measured)}, expected {_number(found.expected)}"
    )
