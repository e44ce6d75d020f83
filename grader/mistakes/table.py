"""The table of what every combination of deviations computes, for each part of a loss and its gradient.

A row of a part is a base (what one form gives on each problem) times a factor for each call. Rows keep the
base's number, the factors and a short signature; whole arrays are made again only for rows that match.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from grader.mistakes import catalogue
from grader.mistakes.catalogue import Deviation, Kind, Slot
from grader.mistakes.expressions import Array, parse
from grader.mistakes.problems import REGS, LossProblem

__all__ = ["CONVENTIONS", "Basis", "Label", "Part", "Table", "build"]

CONVENTIONS = (1.0, 0.5)  # loss reg·ΣW² with 2·reg·W, and ½·reg·ΣW² with reg·W
MOST_DEVIATIONS = 3
# "Any constant factor" as people write it; other constants are found by least squares.
USUAL_FACTORS = (1.0, -1.0, 2.0, -2.0, 0.5, -0.5)

_RIGHT_FORM: Mapping[tuple[Kind, Slot], str] = {
    ("svm", "data_loss"): "rows(H)",
    ("svm", "data_gradient"): "V - Y * rows(V)",
    ("softmax", "data_loss"): "-log(rows(P * Y))",
    ("softmax", "data_gradient"): "P - Y",
    ("svm", "regularization_loss"): "total(W * W)",
    ("softmax", "regularization_loss"): "total(W * W)",
    ("svm", "regularization_gradient"): "W",
    ("softmax", "regularization_gradient"): "W",
}


class Label(NamedTuple):
    """One deviation that a row stands for; a `joint` one must be in both loss and gradient."""

    mistake: str
    variant: int
    joint: bool = False


Labels = frozenset[Label]
_RIGHT: Labels = frozenset()


class _Choice(NamedTuple):
    """One way to fill one place of a part: the deviations it stands for and what it puts there."""

    labels: Labels
    value: Any
    any_factor: bool = False


@dataclass(frozen=True, eq=False)
class Basis:
    """What all parts share: the kind of loss, the problems and the strengths."""

    kind: Kind
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
class Part:
    """The rows of one part.

    labels: a set for each row; convention: 1, 0.5 or nan (any), (R,); base: the number of its base, (R,);
    factors: one for each call, (R, calls); bases: (B, numbers of all problems); signatures: (R, calls).
    """

    labels: tuple[Labels, ...]
    convention: Array
    base: np.ndarray[Any, np.dtype[np.intp]]
    factors: Array
    bases: Array
    signatures: Array
    sizes: tuple[int, ...]
    costs: Array

    def values(self, row: int) -> Array:
        """A row's numbers for all calls, one after the other."""
        return spread(self.bases[self.base[row]], self.factors[row], self.sizes)

    def right(self, convention: float) -> int:
        """The row without a deviation."""
        fits = (self.costs == 0) & (np.isnan(self.convention) | (self.convention == convention))
        return int(np.flatnonzero(fits)[0])


@dataclass(frozen=True, eq=False)
class Table:
    """The four parts of one kind of loss on one set of problems."""

    basis: Basis
    parts: Mapping[Slot, Part]
    projections: Mapping[bool, Array]  # of the loss (False) and of the gradient (True)

    def sides(self, of_gradient: bool) -> tuple[Part, Part | None]:
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


@lru_cache(maxsize=16)
def build(kind: Kind, problems: tuple[LossProblem, ...], regularized: bool = True) -> Table:
    """Simulate every catalogued deviation, and sets of them, on these problems.

    `regularized` is False for a layer's loss, which knows no reg.
    """
    basis = Basis(kind, problems, REGS if regularized else (0.0,))
    rng = np.random.default_rng(5)
    projections = {False: np.ones(len(problems)), True: rng.standard_normal(sum(basis.sizes(True)))}
    slots: list[Slot] = ["data_loss", "data_gradient"]
    if regularized:
        slots += ["regularization_loss", "regularization_gradient"]
    return Table(basis, {slot: _part(basis, slot, projections) for slot in slots}, projections)


def _part(basis: Basis, slot: Slot, projections: Mapping[bool, Array]) -> Part:
    of_gradient = slot.endswith("gradient")
    sizes = tuple(basis.sizes(of_gradient))
    names = [problem.symbols() for problem in basis.problems]
    data = slot.startswith("data")
    bases = list(_data_bases(basis, slot, names) if data else _regularization_bases(basis, slot, names))
    rows = list(_rows(bases, _factors(basis, slot, names)))
    values = np.array([base.value for base in bases])
    base = np.array([row.base for row in rows])
    factors = np.array([row.factors for row in rows])
    projected = project(values, sizes, projections[of_gradient])
    return Part(
        labels=tuple(row.labels for row in rows),
        convention=np.array([row.convention for row in rows]),
        base=base,
        factors=factors,
        bases=values,
        signatures=factors * np.repeat(projected, len(basis.regs), axis=1)[base],
        sizes=sizes,
        costs=np.array([len(row.labels) for row in rows], dtype=np.float64),
    )


# --- the ways to fill each place -----------------------------------------------------------------------


def _deviations(kind: Kind, slot: Slot) -> Iterable[tuple[str, Deviation]]:
    for row in catalogue.load().values():
        for deviation in row.deviations:
            if deviation.slot == slot and deviation.of in (None, kind):
                yield row.id, deviation


def _labels(mistake: str, deviation: Deviation) -> Labels:
    own = Label(mistake, deviation.variant, deviation.joint)
    return frozenset({own, *(Label(other, 1) for other in deviation.also)})


def _choices(kind: Kind, slot: Slot, place: str, right: Any) -> list[_Choice]:
    """What can stand in a place (`form`, `set`, `factor`, …): the right thing first."""
    choices = [_Choice(_RIGHT, right)]
    for mistake, deviation in _deviations(kind, slot):
        if value := getattr(deviation, place):
            choices.append(_Choice(_labels(mistake, deviation), value, deviation.any_factor))
    return choices


def _data_bases(basis: Basis, slot: Slot, names: list[dict[str, Any]]) -> Iterable[_Choice]:
    """Every form with every redefinition and every weighting of the examples, right up to 1/N."""
    kind = basis.kind
    forms = _choices(kind, slot, "form", _RIGHT_FORM[kind, slot])
    redefinitions = _choices(kind, slot, "set", {})
    weightings = _choices(kind, slot, "examples", "1")
    for redefinition, form in itertools.product(redefinitions, forms):
        if len(redefinition.labels | form.labels) > MOST_DEVIATIONS:
            continue
        changed = [{**own, **_evaluate_all(redefinition.value, own)} for own in names]
        expression = parse(form.value)
        weights = [expression(own) / own["N"] for own in changed]
        for weighting in weightings:
            labels = redefinition.labels | form.labels | weighting.labels
            if len(labels) <= MOST_DEVIATIONS:
                examples = parse(weighting.value)
                parts = [
                    _total(problem, slot, per_example * examples(own))
                    for problem, per_example, own in zip(basis.problems, weights, names, strict=True)
                ]
                yield _Choice(labels, np.concatenate(parts))


def _evaluate_all(definitions: Mapping[str, str], names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: parse(text)(names) for name, text in definitions.items()}


def _total(problem: LossProblem, slot: Slot, per_example: Array) -> Array:
    """The sum over the examples: of losses (N, 1), or of score gradients (N, C) brought back to W."""
    if slot == "data_loss":
        return np.array([per_example.sum()])
    return problem.backward(per_example).ravel()


def _regularization_bases(basis: Basis, slot: Slot, names: list[dict[str, Any]]) -> Iterable[_Choice]:
    for form in _choices(basis.kind, slot, "form", _RIGHT_FORM[basis.kind, slot]):
        expression = parse(form.value)
        yield form._replace(value=np.concatenate([np.ravel(expression(own)) for own in names]))


class _Factor(NamedTuple):
    labels: Labels
    convention: float
    factors: Array
    usual_only: bool  # constant factors of an `any_factor` form: no mistake of their own


def _factors(basis: Basis, slot: Slot, names: list[dict[str, Any]]) -> list[_Factor]:
    """Every product of up to two factors, with every strength and both conventions."""
    single = [
        _Choice(choice.labels, _per_call(basis, names, choice.value))
        for choice in _choices(basis.kind, slot, "factor", "1")
    ]
    products = single + [
        _Choice(a.labels | b.labels, a.value * b.value) for a, b in itertools.combinations(single[1:], 2)
    ]
    if slot.startswith("data"):
        return [_Factor(product.labels, np.nan, product.value, False) for product in products]
    strengths = [
        _Choice(choice.labels, _per_call(basis, names, choice.value))
        for choice in _choices(basis.kind, slot, "strength", "reg")
    ]
    derivative = 2.0 if slot == "regularization_gradient" else 1.0
    return [
        _Factor(product.labels | strength.labels, k, derivative * k * product.value * strength.value, False)
        for k, product, strength in itertools.product(CONVENTIONS, products, strengths)
    ] + [
        _Factor(strength.labels | product.labels, k, c * strength.value * product.value, True)
        for k, c, strength, product in itertools.product(CONVENTIONS, USUAL_FACTORS, strengths, single)
        if np.ptp(product.value) > 0 or not product.labels
    ]


def _per_call(basis: Basis, names: list[dict[str, Any]], text: str) -> Array:
    expression = parse(text)
    return np.array([float(expression({**names[number], "reg": reg})) for number, reg in basis.calls])


class _Row(NamedTuple):
    labels: Labels
    convention: float
    base: int
    factors: Array


def _rows(bases: list[_Choice], factors: list[_Factor]) -> Iterable[_Row]:
    for number, base in enumerate(bases):
        absent = not np.any(base.value)
        for factor in factors:
            if factor.usual_only != base.any_factor or (absent and factor.labels):
                continue
            labels = base.labels | factor.labels
            if len(base.labels) + len(factor.labels) <= MOST_DEVIATIONS:
                yield _Row(labels, factor.convention, number, factor.factors)
