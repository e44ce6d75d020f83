"""Simulate every set of catalogued deviations: the rows of a table, made once for each kind of loss."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grader.diagnosis.catalogue import Catalogue, Deviation, Slot
from grader.diagnosis.expressions import Array, parse
from grader.diagnosis.problems import REGS, LossProblem, margins
from grader.diagnosis.table import (
    CONVENTIONS,
    MOST_DEVIATIONS,
    Basis,
    Label,
    Labels,
    Numbers,
    Table,
    TablePart,
    project,
)

__all__ = ["build"]

# "Any constant factor" as people write it; other constants are found by least squares.
USUAL_FACTORS = (1.0, -1.0, 2.0, -2.0, 0.5, -0.5)

_RIGHT: Labels = frozenset()
_READS_REG = re.compile(r"\breg\b")


class _Filling(NamedTuple):
    """One way to fill one place of a part: the deviations it stands for and what it puts there."""

    labels: Labels
    value: Any
    any_factor: bool = False


@lru_cache(maxsize=8)  # a few MB each
def build(
    catalogue: Catalogue, kind: str, problems: tuple[LossProblem, ...], regularized: bool = True
) -> Table:
    """Simulate every catalogued deviation, and sets of them, on these problems.

    `regularized` is False for a layer's loss, which knows no reg.
    """
    basis = Basis(catalogue, kind, problems, REGS if regularized else (0.0,))
    rng = np.random.default_rng(5)
    projections = {False: np.ones(len(problems)), True: rng.standard_normal(sum(basis.sizes(True)))}
    slots: list[Slot] = ["data_loss", "data_gradient"]
    if regularized:
        slots += ["regularization_loss", "regularization_gradient"]
    return Table(basis, {slot: _part(basis, slot, projections) for slot in slots}, projections)


def _part(basis: Basis, slot: Slot, projections: Mapping[bool, Array]) -> TablePart:
    of_gradient = slot.endswith("gradient")
    sizes = tuple(basis.sizes(of_gradient))
    kept = _data_bases if slot.startswith("data") else _regularization_bases
    bases = kept(basis.catalogue, basis.kind, basis.problems, slot)
    factors = _factors(basis, slot)
    factor_labels = tuple(_kept(one.labels) for one in factors)
    base, factor = _rows(bases, factors)
    return TablePart(
        base=base,
        factor=factor,
        base_labels=bases.labels,
        factor_labels=factor_labels,
        bases=bases.values,
        projected=project(bases.values, sizes, projections[of_gradient]),
        factors=np.array([one.factors for one in factors]),
        convention=np.array([one.convention for one in factors])[factor],
        costs=_costs(bases.labels, factor_labels)[base, factor],
        sizes=sizes,
    )


@cache  # as many as the catalogue gives, which all tables share
def _kept(labels: Labels) -> Labels:
    """The same object for the same labels."""
    return labels


# --- the ways to fill each place -----------------------------------------------------------------------


def _deviations(basis: Basis, slot: Slot) -> Iterable[tuple[str, Deviation]]:
    for row in basis.catalogue.rows.values():
        for deviation in row.deviations:
            if deviation.slot == slot and deviation.of in (None, basis.kind):
                yield row.id, deviation


def _labels(mistake: str, deviation: Deviation) -> Labels:
    own = Label(mistake, deviation.variant, deviation.joint)
    return frozenset({own, *(Label(other, 1) for other in deviation.also)})


def _choices(basis: Basis, slot: Slot, place: str, right: Any) -> list[_Filling]:
    """What can stand in a place (`form`, `factor`, …), the right thing first; redefinitions as deviations."""
    choices = [_Filling(_RIGHT, right)]
    for mistake, deviation in _deviations(basis, slot):
        if value := getattr(deviation, place):
            whole = deviation if place in ("margin", "set") else value
            choices.append(_Filling(_labels(mistake, deviation), whole, deviation.any_factor))
    return choices


class _Bases(NamedTuple):
    """All that a part may be before it is multiplied: labels, numbers (B, E), and which know no factor."""

    labels: tuple[Labels, ...]
    values: Array
    any_factor: NDArray[np.bool_]


def _bases(fillings: Iterable[_Filling]) -> _Bases:
    labels, values, any_factor = zip(*fillings, strict=True)
    return _Bases(tuple(map(_kept, labels)), np.array(values), np.array(any_factor))


@lru_cache(maxsize=8)  # alike with and without regularization
def _data_bases(catalogue: Catalogue, kind: str, problems: tuple[LossProblem, ...], slot: Slot) -> _Bases:
    basis = Basis(catalogue, kind, problems, REGS)
    return _bases(_data_fillings(basis, slot, [problem.symbols() for problem in problems]))


def _data_fillings(basis: Basis, slot: Slot, names: list[dict[str, Any]]) -> Iterable[_Filling]:
    """Every form with every redefinition and every weighting of the examples, divided by N."""
    forms = _choices(basis, slot, "form", basis.catalogue.right[basis.kind][slot])
    weightings = _everywhere(_choices(basis, slot, "examples", "1"), names)
    replacements = _everywhere(_inputs(basis, slot), names)
    for redefinition, form in itertools.product(_redefinitions(basis, slot, names), forms):
        labels = redefinition.labels | form.labels
        if len(labels) > MOST_DEVIATIONS:
            continue
        expression = parse(form.value)
        per_example = [expression(own) / own["N"] for own in redefinition.value]
        absent = not any(np.any(weights) for weights in per_example)
        if absent and redefinition.labels:
            continue  # what is not there is not redefined
        for weighting in weightings[:1] if absent else weightings:
            if len(labels | weighting.labels) <= MOST_DEVIATIONS:
                weights = [each * by for each, by in zip(per_example, weighting.value, strict=True)]
                yield _Filling(labels | weighting.labels, _totals(basis, slot, weights))
        for inputs in [] if absent else replacements:
            if len(labels | inputs.labels) <= MOST_DEVIATIONS:
                yield _Filling(labels | inputs.labels, _totals(basis, slot, per_example, inputs.value))


def _everywhere(choices: list[_Filling], names: list[dict[str, Any]]) -> list[_Filling]:
    """The choices with what they are on each problem in place of an expression."""
    return [
        choice._replace(value=[expression(own) for own in names])
        for choice in choices
        for expression in (parse(choice.value),)
    ]


def _inputs(basis: Basis, slot: Slot) -> list[_Filling]:
    """What may stand in the place of X in the gradient, where there is an X."""
    has_inputs = slot == "data_gradient" and all(problem.X is not None for problem in basis.problems)
    return _choices(basis, slot, "inputs", "X")[1:] if has_inputs else []


def _redefinitions(basis: Basis, slot: Slot, names: list[dict[str, Any]]) -> Iterable[_Filling]:
    """The names of every problem as the deviations in margins and in other names make them."""
    plain, *margined = _choices(basis, slot, "margin", None)
    right, *sets = _choices(basis, slot, "set", Deviation(slot=slot))
    alone = [choice for choice in sets if choice.value.margin is None]
    for margin, redefinition in itertools.product([plain, *margined], [right, *alone]):
        changed = [_redefined(own, margin.value, redefinition.value) for own in names]
        yield _Filling(margin.labels | redefinition.labels, changed)


def _redefined(names: dict[str, Any], margin: Deviation | None, redefinition: Deviation) -> dict[str, Any]:
    changed = dict(names)
    if margin is not None and margin.margin is not None:
        changed |= margins(parse(margin.margin)(changed), changed["off"])
    changed |= _evaluate_all(redefinition.set, changed)
    return changed if margin is None else changed | _evaluate_all(margin.set, changed)


def _evaluate_all(definitions: Mapping[str, str], names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: parse(text)(names) for name, text in definitions.items()}


def _totals(
    basis: Basis, slot: Slot, per_example: Sequence[Array], inputs: Sequence[Array | None] | None = None
) -> Array:
    """The sum over the examples: of losses (N, 1), or of score gradients (N, C) brought back to W."""
    if slot == "data_loss":
        return np.array([losses.sum() for losses in per_example])
    carried = zip(basis.problems, per_example, inputs or [None] * len(per_example), strict=True)
    return np.concatenate([problem.backward(weights, X).ravel() for problem, weights, X in carried])


def _regularization_bases(
    catalogue: Catalogue, kind: str, problems: tuple[LossProblem, ...], slot: Slot
) -> _Bases:
    names = [problem.symbols() for problem in problems]
    forms = _choices(Basis(catalogue, kind, problems, REGS), slot, "form", catalogue.right[kind][slot])
    return _bases(
        form._replace(value=np.concatenate([np.ravel(value) for value in form.value]))
        for form in _everywhere(forms, names)
    )


class _Factor(NamedTuple):
    labels: Labels
    convention: float
    factors: Array
    usual_only: bool  # constant factors of an `any_factor` form: no mistake of their own


def _factors(basis: Basis, slot: Slot) -> list[_Factor]:
    """Every product of up to two factors, with every strength and both conventions."""
    names = [problem.symbols() for problem in basis.problems]
    single = [
        _Filling(choice.labels, _per_call(basis, names, choice.value))
        for choice in _choices(basis, slot, "factor", "1")
        # Where there is only reg = 0, a factor of reg would be one more way to have nothing, or all.
        if any(basis.regs) or not _READS_REG.search(choice.value)
    ]
    products = single + [
        _Filling(a.labels | b.labels, a.value * b.value) for a, b in itertools.combinations(single[1:], 2)
    ]
    if slot.startswith("data"):
        return [_Factor(product.labels, np.nan, product.value, False) for product in products]
    strengths = [
        _Filling(choice.labels, _per_call(basis, names, choice.value))
        for choice in _choices(basis, slot, "strength", "reg")
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


def _costs(bases: Sequence[Labels], factors: Sequence[Labels]) -> Array:
    """How many labels each base has with each factor, (B, F)."""
    numbers = {label: number for number, label in enumerate(frozenset[Label]().union(*bases, *factors))}

    def marks(sets: Sequence[Labels]) -> Array:
        found = np.zeros((len(sets), len(numbers)))
        for row, labels in zip(found, sets, strict=True):
            row[[numbers[label] for label in labels]] = 1
        return found

    of_bases, of_factors = marks(bases), marks(factors)
    costs: Array = of_bases.sum(axis=1)[:, None] + of_factors.sum(axis=1) - of_bases @ of_factors.T
    return costs


def _rows(bases: _Bases, factors: Sequence[_Factor]) -> tuple[Numbers, Numbers]:
    """The numbers of the base and of the factor of each row, by base."""
    taken = np.array([len(labels) for labels in bases.labels])
    # What is not there is not multiplied.
    room = np.where(np.any(bases.values, axis=1), MOST_DEVIATIONS - taken, 0)
    usual_only = np.array([one.usual_only for one in factors])
    sizes = np.array([len(one.labels) for one in factors])
    fits = (usual_only == bases.any_factor[:, None]) & (sizes <= room[:, None])
    base, factor = np.nonzero(fits)
    return base.astype(np.int32), factor.astype(np.int32)
