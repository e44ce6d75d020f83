"""The table of what every combination of deviations computes, for each part of a loss and its gradient.

A row of a part is a base (what one form gives on each problem) times a factor for each call. Rows keep the
numbers of these two alone, which are far fewer; whole arrays are made again only for rows that match.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from grader.diagnosis.catalogue import Catalogue, Slot
from grader.diagnosis.expressions import Array
from grader.diagnosis.problems import LossProblem

__all__ = [
    "CONVENTIONS",
    "MOST_DEVIATIONS",
    "Basis",
    "Label",
    "Labels",
    "Numbers",
    "Table",
    "TablePart",
    "project",
    "spread",
]

CONVENTIONS = (1.0, 0.5)  # loss reg·ΣW² with 2·reg·W, and ½·reg·ΣW² with reg·W
MOST_DEVIATIONS = 3


class Label(NamedTuple):
    """One deviation that a row stands for; a `joint` one must be in both loss and gradient."""

    mistake: str
    variant: int
    joint: bool = False


Labels = frozenset[Label]
Numbers = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Basis:
    """What all parts share: the mistakes, the kind of loss, the problems and the strengths."""

    catalogue: Catalogue
    kind: str
    problems: tuple[LossProblem, ...]
    regs: tuple[float, ...]

    @property
    def calls(self) -> list[tuple[int, float]]:
        """The number of the problem and the reg of each call, in the order in which they are made."""
        return [(number, reg) for number in range(len(self.problems)) for reg in self.regs]

    def sizes(self, of_gradient: bool) -> list[int]:
        """How many numbers a problem's loss or gradient has."""
        return [int(np.prod(p.gradient_shape)) if of_gradient else 1 for p in self.problems]


@dataclass(frozen=True, eq=False)
class TablePart:
    """The rows of one part.

    base, factor: the numbers of a row's two, (R,); base_labels, factor_labels: a set for each of them;
    bases: (B, numbers of all problems); projected: (B, problems); factors: one for each call, (F, calls);
    convention: 1, 0.5 or nan (any), (R,); costs: how many labels a row has, (R,).
    """

    base: Numbers
    factor: Numbers
    base_labels: tuple[Labels, ...]
    factor_labels: tuple[Labels, ...]
    bases: Array
    projected: Array
    factors: Array
    convention: Array
    costs: Array
    sizes: tuple[int, ...]

    @property
    def signatures(self) -> Array:
        """A number of each row for each call, (R, calls)."""
        return _signatures(self)

    def labels(self, row: int) -> Labels:
        """The deviations that a row stands for."""
        base, factor = int(self.base[row]), int(self.factor[row])
        return self.base_labels[base] | self.factor_labels[factor]

    def values(self, row: int) -> Array:
        """A row's numbers for all calls, one after the other."""
        return spread(self.bases[self.base[row]], self.factors[self.factor[row]], self.sizes)

    def right(self, convention: float) -> int:
        """The row without a deviation."""
        fits = (self.costs == 0) & (np.isnan(self.convention) | (self.convention == convention))
        return int(np.flatnonzero(fits)[0])


@dataclass(frozen=True, eq=False)
class Table:
    """The four parts of one kind of loss on one set of problems."""

    basis: Basis
    parts: Mapping[Slot, TablePart]
    projections: Mapping[bool, Array]  # of the loss (False) and of the gradient (True)

    def sides(self, of_gradient: bool) -> tuple[TablePart, TablePart | None]:
        """The data part and the regularization part (None for a layer) of the loss or the gradient."""
        if of_gradient:
            return self.parts["data_gradient"], self.parts.get("regularization_gradient")
        return self.parts["data_loss"], self.parts.get("regularization_loss")

    def call_sizes(self, of_gradient: bool) -> list[int]:
        """How many numbers each call's loss or gradient has."""
        sizes = self.basis.sizes(of_gradient)
        return [sizes[number] for number, _ in self.basis.calls]

    def right(self, of_gradient: bool, convention: float) -> Array:
        """The right loss or gradient of every call, one after the other."""
        data, regularization = self.sides(of_gradient)
        values = data.values(data.right(convention))
        if regularization is None:
            return values
        return values + regularization.values(regularization.right(convention))


@lru_cache(maxsize=8)  # a large part's are as large as all else of it
def _signatures(part: TablePart) -> Array:
    calls = part.factors.shape[1] // part.projected.shape[1]
    return part.factors[part.factor] * np.repeat(part.projected, calls, axis=1)[part.base]


def spread(base: Array, factors: Array, sizes: tuple[int, ...]) -> Array:
    """A base times its factors: for each problem its numbers once per reg."""
    per_problem = len(factors) // len(sizes)
    pieces = np.split(base, np.cumsum(sizes)[:-1])
    return np.concatenate(
        [
            factors[number * per_problem + k] * piece
            for number, piece in enumerate(pieces)
            for k in range(per_problem)
        ]
    )


def project(values: Array, sizes: Sequence[int], weights: Array) -> Array:
    """Numbers of all problems (…, E) to one number per problem (…, problems)."""
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    result: Array = np.add.reduceat(values * weights, starts, axis=-1)
    return result
