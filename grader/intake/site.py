"""Where a role lives in a submission: one record, from intake to the call and the report."""

from __future__ import annotations

from dataclasses import dataclass

from grader.result import Where

__all__ = ["Absent", "Site"]


@dataclass(frozen=True)
class Site:
    """Where a role lives: `name` in `file` (None for a live object), and the method if it is a class.

    `transposed`: W is (C, D) and X is (D, N), as in 2015. A method that a class inherits stands in another
    file than the class; `defined_in` is that file then, and `line` is always that of the `def`. `also`: other
    files that define it, not taken. `done`: it computes something, which a stub does not.
    """

    file: str | None
    name: str
    method: str | None = None
    line: int | None = None
    transposed: bool = False
    defined_in: str | None = None
    also: tuple[str, ...] = ()
    done: bool = False

    @property
    def where(self) -> Where | None:
        return Where(self.defined_in or self.file, self.line) if self.file else None

    @property
    def label(self) -> str:
        return f"{self.name}.{self.method}" if self.method else self.name


@dataclass(frozen=True)
class Absent:
    """A role that the submission lacks."""

    reason: str
