"""A loss part by part: the data part at reg = 0, and what reg adds. Told only where it is exact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from grader.diagnosis.catalogue import Catalogue, Slot
from grader.diagnosis.expressions import Array
from grader.diagnosis.observe import Observation
from grader.diagnosis.search import FITTED, FLOOR, Match, match, residual
from grader.diagnosis.simulation import build
from grader.diagnosis.table import Label, Labels, Table, TablePart, spread

__all__ = ["Piece", "contradicts", "only", "pieces", "pieces_of"]

#: Beside a part that nothing explains, a set of more mistakes than this is not believed.
MOST_APART = 2
SLOTS: Mapping[bool, tuple[Slot, Slot]] = {
    False: ("data_loss", "regularization_loss"),
    True: ("data_gradient", "regularization_gradient"),
}


@dataclass(frozen=True)
class Piece:
    """One part of a loss: the mistakes that give it, none of which when it is right; None: unknown.

    `coefficient`: the constant of a regularization term that has one of its own.
    """

    labels: Labels | None
    residual: float = 0.0
    convention: float = np.nan
    coefficient: float | None = None

    @property
    def is_right(self) -> bool:
        return self.labels is not None and not self.labels


_RIGHT, _UNKNOWN = Piece(frozenset()), Piece(None)


def contradicts(catalogue: Catalogue, found: Match, of_gradient: bool, passed: Set[Slot]) -> bool:
    """Whether a match accuses a part that passed; the data part does at reg = 0.

    A joint factor of the regularization term may stand there: it tells how loss and gradient differ.
    """
    data, regularization = SLOTS[of_gradient]
    of_term = [label for label in found.regularization if not label.joint]
    of_data = [label for label in found.data if not catalogue.is_right_without_reg(label.mistake)]
    return bool((data in passed and of_data) or (regularization in passed and of_term))


def pieces(
    table: Table,
    seen: Observation,
    found: Mapping[bool, list[Match]],
    passed: Set[Slot],
    tolerance: float,
    course: float | None = None,
) -> dict[Slot, Piece]:
    """What is known of every part that could be measured.

    Args:
        found: what gives the whole loss (False) and the whole gradient (True), perhaps nothing.
        passed: the parts that checks found right.
        course: the convention that counts where the loss's own term is wrong.
    """
    known: dict[Slot, Piece] = {}
    convention = np.nan  # of the loss any
    for of_gradient, given in ((False, seen.losses), (True, seen.gradients)):
        if given is None:
            continue
        fitting = [one for one in found[of_gradient] if _may_stand(one, convention)]
        data, regularization = _of_whole(fitting) or _apart(table, given, of_gradient, convention, tolerance)
        known[SLOTS[of_gradient][0]] = data
        if len(table.basis.regs) > 1:
            known[SLOTS[of_gradient][1]] = regularization
        if not of_gradient:
            convention = regularization.convention if regularization.is_right else (course or np.nan)
    return {slot: _RIGHT if slot in passed else piece for slot, piece in known.items()}


def _may_stand(found: Match, convention: float) -> bool:
    """Whether a match of one side may be told alone; `convention`: that of a loss whose term is right."""
    few = len(found.labels) <= MOST_APART and not any(label.joint for label in found.labels)
    return few and (np.isnan(convention + found.convention) or found.convention == convention)


def _of_whole(found: Sequence[Match]) -> tuple[Piece, Piece] | None:
    """Both parts of a side that is explained as a whole, in one way."""
    one = only(found)
    return pieces_of(one) if one is not None else None


def pieces_of(found: Match) -> tuple[Piece, Piece]:
    """The data part and the regularization part of a side that is explained."""
    return (
        Piece(found.data, found.residual),
        Piece(found.regularization, found.residual, found.convention, found.coefficient),
    )


def only(found: Sequence[Match]) -> Match | None:
    """The smallest match that may stand alone, if there are not several that say something else."""
    found = [one for one in found if _may_stand(one, np.nan)]
    least = min((len(one.labels) for one in found), default=0)
    smallest = [one for one in found if len(one.labels) == least]
    if len({_mistakes(one.labels) for one in smallest}) != 1:
        return None
    return min(smallest, key=lambda one: (one.residual, -np.nan_to_num(one.convention)))


def _mistakes(labels: Iterable[Label]) -> frozenset[str]:
    return frozenset(label.mistake for label in labels)


# --- each part alone ------------------------------------------------------------------------------------


def _apart(
    table: Table, given: Array, of_gradient: bool, convention: float, tolerance: float
) -> tuple[Piece, Piece]:
    """The data part at reg = 0, and what reg adds to it."""
    basis, sizes = table.basis, table.call_sizes(of_gradient)
    calls = np.split(given, np.cumsum(sizes)[:-1])
    plain = [values for (_, reg), values in zip(basis.calls, calls, strict=True) if reg == 0]
    alone = build(basis.catalogue, basis.kind, basis.problems, regularized=False)
    at_zero = [
        one for one in match(alone, np.concatenate(plain), of_gradient, tolerance) if _may_stand(one, np.nan)
    ]
    data = _of_whole(at_zero)
    if len(basis.regs) == 1:
        return (data[0] if data else _UNKNOWN), _UNKNOWN
    added = [values - plain[number] for (number, _), values in zip(basis.calls, calls, strict=True)]
    return (data[0] if data else _UNKNOWN), _added(table, added, of_gradient, convention, tolerance)


def _added(table: Table, added: list[Array], of_gradient: bool, convention: float, tolerance: float) -> Piece:
    """The row of the regularization part that adds this at every reg, or its right form times a constant."""
    part = table.sides(of_gradient)[1]
    assert part is not None
    sizes, given = table.call_sizes(of_gradient), np.concatenate(added)
    rises = part.factors - np.repeat(part.factors[:, :: len(table.basis.regs)], len(table.basis.regs), axis=1)
    matches = []
    for row in _nearby(part, rises, added):
        value = spread(part.bases[part.base[row]], rises[part.factor[row]], part.sizes)
        error = residual(value, given, sizes)
        if error < tolerance:
            matches.append(Match(frozenset(), part.labels(row), float(part.convention[row]), error))
    one = only([one for one in matches if _may_stand(one, convention)])
    if one is not None:
        return Piece(one.regularization, one.residual, one.convention)
    return _multiple(table, part, given, of_gradient, tolerance)


def _nearby(part: TablePart, rises: Array, added: list[Array]) -> list[int]:
    """The rows whose size is that of what was added, at the first call with reg."""
    largest = np.abs(part.bases[:, : part.sizes[0]]).max(axis=1)[part.base]
    wanted = float(np.abs(added[1]).max())
    near = np.abs(np.abs(rises[part.factor, 1]) * largest - wanted) <= 1e-4 * (wanted + FLOOR)
    return np.flatnonzero(near).tolist()


def _multiple(table: Table, part: TablePart, given: Array, of_gradient: bool, tolerance: float) -> Piece:
    """The right term times a constant of its own."""
    regs = np.array([reg for _, reg in table.basis.calls])
    term = spread(part.bases[part.base[part.right(1.0)]], regs, part.sizes)
    factor = float(term @ given / (term @ term))
    error = residual(factor * term, given, table.call_sizes(of_gradient))
    if abs(factor) < tolerance or error > tolerance:
        return _UNKNOWN
    return Piece(frozenset({Label(FITTED[of_gradient], 1)}), error, np.nan, factor)
