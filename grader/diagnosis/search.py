"""Find the smallest set of deviations whose simulated loss and gradient equal the student's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from grader.diagnosis.catalogue import Catalogue, Slot
from grader.diagnosis.expressions import Array
from grader.diagnosis.table import (
    CONVENTIONS,
    MOST_DEVIATIONS,
    Label,
    Labels,
    Table,
    TablePart,
    project,
    spread,
)

__all__ = [
    "EXACT",
    "FITTED",
    "FLOOR",
    "ROUNDED",
    "Match",
    "MistakeSet",
    "fit_coefficients",
    "match",
    "merge",
    "residual",
    "smallest_sets",
]

# Correct float64 code agrees to 3e-16 and simulations to 1e-12; the nearest wrong set differs by 5e-2.
EXACT = 1e-9
# Correct float32 code agrees to 1.1e-7. Looser than EXACT, so sets of three deviations are not believed.
ROUNDED = 1e-5
#: A regularization term with a constant of its own, in loss and gradient: times reg, or whatever reg is.
FITTED = (
    *("regularization-loss-wrong-factor", "regularization-gradient-wrong-factor"),
    *("loss-ignores-reg-argument", "regularization-gradient-ignores-reg-argument"),
)
# A result this small is zero: relative differences are taken to no less.
FLOOR = 1e-4
# Pairs of rows whose projections agree, before the whole arrays are compared; more than this says nothing.
MOST_PAIRS = 5000


@dataclass(frozen=True)
class Match:
    """Rows of the data part and of the regularization part that together equal one side, loss or gradient."""

    data: Labels
    regularization: Labels
    convention: float  # nan: any
    residual: float
    coefficient: float | None = None  # of the regularization term, where it is none of the usual ones

    @property
    def labels(self) -> Labels:
        return self.data | self.regularization


@dataclass(frozen=True)
class MistakeSet:
    """A set of mistakes that explains loss and gradient together, and the parts that each makes wrong.

    `convention` is the loss's and `derivative` the gradient's. They differ only where the loss's own term is
    wrong, which leaves open what its derivative should be.
    """

    mistakes: tuple[str, ...]
    slots: Mapping[str, tuple[Slot, ...]]
    cost: int
    convention: float | None
    derivative: float | None
    residual: float
    coefficients: Mapping[str, float]


def residual(found: Array, expected: Array, sizes: Iterable[int]) -> float:
    """The largest difference of any call, relative to the largest value of that call."""
    starts = np.concatenate([[0], np.cumsum(list(sizes))[:-1]])
    difference = np.maximum.reduceat(np.abs(found - expected), starts)
    scale = np.maximum.reduceat(np.abs(expected), starts)
    return float((difference / np.maximum(scale, FLOOR)).max())


def match(table: Table, target: Array, of_gradient: bool, tolerance: float) -> list[Match]:
    """All pairs of rows that equal the target: the losses (calls,) or the gradients, one after the other."""
    data, regularization = table.sides(of_gradient)
    signature, scale = _signature(table, target, of_gradient)
    if regularization is None:
        nearby = (np.abs(data.signatures - signature) < 10 * tolerance * scale).all(axis=1)
        pairs = [(int(row), -1) for row in np.flatnonzero(nearby)]
    else:
        pairs = _near_pairs(data, regularization, signature, 10 * tolerance * scale)
    sizes = table.call_sizes(of_gradient)
    found: dict[tuple[Labels, Labels, float], Match] = {}
    for i, j in pairs[:MOST_PAIRS]:
        value = data.values(i)
        labels, convention = frozenset[Label](), np.nan
        if regularization is not None and j >= 0:
            value = value + regularization.values(j)
            labels, convention = regularization.labels(j), float(regularization.convention[j])
        error = residual(value, target, sizes)
        key = (data.labels(i), labels, convention)
        if error < tolerance and (key not in found or error < found[key].residual):
            found[key] = Match(data.labels(i), labels, convention, error)
    return list(found.values())


def _signature(table: Table, target: Array, of_gradient: bool) -> tuple[Array, Array]:
    """The target's projection for each call, and the size of what was added up in it."""
    sizes = table.basis.sizes(of_gradient)
    pieces = np.split(table.projections[of_gradient], np.cumsum(sizes)[:-1])
    weights = np.concatenate([pieces[number] for number, _ in table.basis.calls])
    call_sizes = table.call_sizes(of_gradient)
    size = project(np.abs(target), call_sizes, np.abs(weights))
    return project(target, call_sizes, weights), size + FLOOR


def _near_pairs(
    data: TablePart, regularization: TablePart, signature: Array, margin: Array
) -> list[tuple[int, int]]:
    """Pairs of rows whose signatures add up to the target's, within a margin for each call."""
    mix = np.random.default_rng(7).uniform(0.5, 1.5, len(signature))
    left, right, goal = data.signatures @ mix, regularization.signatures @ mix, float(signature @ mix)
    # What is added up may be far larger than the sum: its rounding counts too.
    window = float(margin @ mix) + 1e-14 * np.abs(left)
    order = np.argsort(right)
    low = np.searchsorted(right[order], goal - left - window)
    count = np.searchsorted(right[order], goal - left + window) - low
    i = np.repeat(np.arange(len(left)), count)
    position = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(low, count)
    j = order[position]
    cheap = data.costs[i] + regularization.costs[j] <= MOST_DEVIATIONS
    i, j = i[cheap], j[cheap]
    by_cost = np.argsort(data.costs[i] + regularization.costs[j], kind="stable")
    i, j = i[by_cost], j[by_cost]
    gap = np.abs(data.signatures[i] + regularization.signatures[j] - signature)
    close = (gap < margin + 1e-14 * np.abs(data.signatures[i])).all(axis=1)
    return list(zip(i[close].tolist(), j[close].tolist(), strict=True))


# --- a regularization term with a constant of its own ---------------------------------------------------


def fit_coefficients(table: Table, target: Array, of_gradient: bool, tolerance: float) -> list[Match]:
    """Matches whose regularization part is c·form or c·reg·form with a constant c fitted by least squares."""
    data, regularization = table.sides(of_gradient)
    if regularization is None:
        return []
    signature, scale = _signature(table, target, of_gradient)
    rest = signature - data.signatures
    regs = np.array([reg for _, reg in table.basis.calls])
    found = []
    for number in range(len(regularization.bases)):
        row = int(np.flatnonzero(regularization.base == number)[0])
        for power in (0, 1):
            factors = regs**power
            term = spread(regularization.bases[number], factors, regularization.sizes)
            direction = _signature(table, term, of_gradient)[0]
            if not np.any(direction):
                continue
            c = rest @ direction / (direction @ direction)
            near = (np.abs(rest - c[:, None] * direction) < 10 * tolerance * scale).all(axis=1)
            for i in np.flatnonzero(near & (data.costs < MOST_DEVIATIONS) & (np.abs(c) > 1e-9)):
                error = residual(data.values(int(i)) + c[i] * term, target, table.call_sizes(of_gradient))
                if error < tolerance:
                    labels = _free_labels(table, row, of_gradient, power)
                    found.append(Match(data.labels(int(i)), labels, np.nan, error, float(c[i])))
    return found


def _form_labels(part: TablePart, row: int) -> Labels:
    """The labels of a base's own form: those of its plainest row."""
    same = [part.labels(int(other)) for other in np.flatnonzero(part.base == part.base[row])]
    return min(same, key=len)


def _free_labels(table: Table, row: int, of_gradient: bool, power: int) -> Labels:
    """A constant of one's own is a mistake, except beside forms that are one with any constant."""
    _, regularization = table.sides(of_gradient)
    assert regularization is not None
    form, rows = _form_labels(regularization, row), table.basis.catalogue
    if power == 1 and any(d.any_factor for label in form for d in rows[label.mistake].deviations):
        return form
    factors, constants = FITTED[:2], FITTED[2:]
    return form | {Label((factors if power == 1 else constants)[of_gradient], 1)}


# --- loss and gradient together ------------------------------------------------------------------------


def smallest_sets(
    catalogue: Catalogue,
    losses: list[Match],
    gradients: list[Match],
    most: int = MOST_DEVIATIONS,
    regularized: bool = True,
    course: float | None = None,
) -> list[MistakeSet]:
    """The smallest sets that explain both sides; several if equally small.

    Of equally small ones, those with a name of their own go before a mere constant, and those in the
    course's convention before those in the other. `course`: what counts where the loss's own term is wrong.
    """
    best: dict[tuple[str, ...], MistakeSet] = {}
    for loss in losses:
        for gradient in gradients:
            if not _compatible(loss, gradient, course):
                continue
            found = _together(catalogue, loss, gradient, regularized)
            if found.cost <= most:
                known = best.get(found.mistakes)
                best[found.mistakes] = found if known is None else _better(known, found)
    if not best:
        return []
    least = min((found.cost, len(found.mistakes)) for found in best.values())
    smallest = [found for found in best.values() if (found.cost, len(found.mistakes)) == least]
    named = [found for found in smallest if not set(FITTED) & set(found.mistakes)] or smallest
    usual = [found for found in named if found.derivative == (course or CONVENTIONS[0])]
    decided = len(usual) == 1 and all(found.derivative is not None for found in named)
    return usual if decided else named


def _better(known: MistakeSet, other: MistakeSet) -> MistakeSet:
    """Of two ways to have the same mistakes the cheaper, or that of one convention; both have neither."""
    rank = {id(found): (found.cost, found.convention != found.derivative) for found in (known, other)}
    if rank[id(known)] != rank[id(other)]:
        return min(known, other, key=lambda found: rank[id(found)])
    if (known.convention, known.derivative) == (other.convention, other.derivative):
        return known
    return replace(known, convention=None, derivative=None)


def _compatible(loss: Match, gradient: Match, course: float | None) -> bool:
    # A term that is wrong does not say what its derivative should be: that of the course's, or of any.
    is_open = bool(loss.regularization) and not any(label.joint for label in loss.regularization)
    asked = (course or np.nan) if is_open else loss.convention
    if gradient.convention != asked and not np.isnan(asked + gradient.convention):
        return False
    in_loss, in_gradient = _variants(loss.labels), _variants(gradient.labels)
    return all((label.mistake, label.variant) in in_gradient for label in loss.labels if label.joint) and all(
        (label.mistake, label.variant) in in_loss for label in gradient.labels if label.joint
    )


def _variants(labels: Labels) -> set[tuple[str, int]]:
    return {(label.mistake, label.variant) for label in labels}


def _together(catalogue: Catalogue, loss: Match, gradient: Match, regularized: bool) -> MistakeSet:
    slots: dict[str, tuple[Slot, ...]] = {}
    places: list[tuple[Slot, Labels]] = [
        ("data_loss", loss.data),
        ("regularization_loss", loss.regularization),
        ("data_gradient", gradient.data),
        ("regularization_gradient", gradient.regularization),
    ]
    for slot, labels in places:
        for mistake in sorted({label.mistake for label in labels}):
            slots[mistake] = (*slots.get(mistake, ()), slot)
    variants = len(_variants(loss.labels | gradient.labels)) - len(slots)
    coefficients = _coefficients(loss, gradient)
    if "loss-ignores-reg-argument" in slots and _one_constant(coefficients):
        slots["loss-ignores-reg-argument"] += slots.pop("regularization-gradient-ignores-reg-argument")
    slots = merge(catalogue, slots, regularized)
    twins = sum(catalogue[mistake].twin in slots for mistake in slots) // 2
    own, derivative = (None if np.isnan(k) else k for k in (loss.convention, gradient.convention))
    return MistakeSet(
        mistakes=tuple(sorted(slots)),
        slots=slots,
        # Loss and gradient in two variants of one mistake are stranger than two mistakes.
        cost=len(slots) - twins + 2 * variants,
        convention=derivative if own is None else own,
        derivative=own if derivative is None else derivative,
        residual=max(loss.residual, gradient.residual),
        coefficients=coefficients,
    )


def _coefficients(loss: Match, gradient: Match) -> dict[str, float]:
    return {
        name: side.coefficient
        for name, side in (("loss", loss), ("gradient", gradient))
        if side.coefficient is not None
    }


def _one_constant(coefficients: Mapping[str, float]) -> bool:
    """Whether the gradient's constant is the derivative of the loss's."""
    both = len(coefficients) == 2
    return both and bool(np.isclose(coefficients["gradient"], 2 * coefficients["loss"], rtol=1e-6))


_DATA: set[str] = {"data_loss", "data_gradient"}


def merge(
    catalogue: Catalogue, slots: dict[str, tuple[Slot, ...]], regularized: bool
) -> dict[str, tuple[Slot, ...]]:
    """Put the one id that stands for a set of mistakes in that set's place, the largest sets first.

    What a mistake is in one of loss and gradient belongs to one that is the same in both.
    """
    for mistake in list(slots):
        wider = next((other for other in slots if _is_joint_part(catalogue, mistake, other)), None)
        if wider is not None:
            slots[wider] += slots.pop(mistake)
    for row in catalogue.standing_for_several:
        parts = [one for one in row.replaces if regularized or _DATA.issuperset(catalogue.slots(one))]
        if parts and set(parts) <= slots.keys():
            slots[row.id] = tuple(slot for mistake in parts for slot in slots.pop(mistake))
    return slots


def _is_joint_part(catalogue: Catalogue, mistake: str, other: str) -> bool:
    """Whether all that `mistake` deviates in is a joint deviation of `other`."""
    joint = [msgspec.structs.replace(each, joint=False) for each in catalogue[other].deviations if each.joint]
    own = catalogue[mistake].deviations
    return mistake != other and bool(own) and all(each in joint for each in own)
