"""A small problem, as a question poses it for a check that failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.checking.check import Setting
from grader.result import CheckResult

__all__ = ["Posed", "Poser"]


@dataclass(frozen=True, kw_only=True)
class Posed:
    """One small problem.

    Args:
        about: the result that is asked for: `dW`, `the loss`.
        given: the arguments as they are written in Python, in parts that stay together.
        ask: asks the submission; anything may come back.
        right: the right results, where several conventions are right the one to show first. A number, a row,
            or rows and columns.
        columns: what the table's columns are.
        result: columns behind these for the result, where it is not one value for each of them.
        rows: what the rows of the result are, `row of feature 0`, where it has several.
        beside: rows that are given, or that help to compute the result, by their labels.
        groups: sets of the result's columns that have a name: `the correct class`.
        relations: what wrong values may be equal to, by what it is; of the result's shape.
        are_labels: the values are names rather than sizes: none is twice another.
    """

    about: str
    given: Sequence[str]
    ask: Callable[[], Any]
    right: Sequence[Any]
    columns: Sequence[str] = ()
    result: Sequence[str] = ()
    rows: Sequence[str] = ()
    beside: Mapping[str, Sequence[float]] = field(default_factory=dict)
    groups: Mapping[str, frozenset[int]] = field(default_factory=dict)
    relations: Mapping[str, Any] = field(default_factory=dict)
    are_labels: bool = False


#: From a question's proxy, a failed check and its setting: the problems to try, the smallest first; none
#: where the check is not its matter.
Poser = Callable[[Any, CheckResult, Setting], Iterable[Posed]]
