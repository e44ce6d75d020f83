"""A net part by part, where its loss and gradients together are not explained."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

import numpy as np

from grader.assignment1.catalogue import CATALOGUE
from grader.assignment1.nets.answers import REGS, Seen
from grader.assignment1.nets.matches import WEIGHTS, added_matches, loss_matches, parameter_matches, renamed
from grader.assignment1.nets.simulated import NAMES, Forward
from grader.diagnosis import statements
from grader.diagnosis.outcome import Outcome
from grader.diagnosis.parts import Piece, only, pieces_of
from grader.diagnosis.search import EXACT, ROUNDED, Match
from grader.diagnosis.table import CONVENTIONS, Label, Labels

__all__ = ["explain_apart"]

_UNKNOWN, _RIGHT = Piece(None), Piece(frozenset())


@dataclass
class _Found:
    """Where a mistake is: in the loss, in the data gradients of parameters, in what reg adds to them."""

    in_loss: bool = False
    data: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)

    @property
    def parts(self) -> tuple[str, ...]:
        loss = ("loss",) if self.in_loss else ()
        return (*loss, *self.data, *(("regularization",) if self.added else ()))

    @property
    def places(self) -> tuple[str, ...]:
        return tuple(name for name in NAMES if name in {*self.data, *self.added})


def explain_apart(seen: Seen, forward: Forward, passed: Set[str], course: float | None) -> Outcome:
    """The mistakes of those parts that are explained, and what is right and what is wrong."""
    loss = _RIGHT if "loss" in passed else _loss(seen, forward)
    convention = (
        loss.convention if loss.is_right and not np.isnan(loss.convention) else course or CONVENTIONS[0]
    )
    parts = {name: _gradient(seen, forward, name, convention) for name in NAMES}
    data = {name: _RIGHT if name in passed else own[0] for name, own in parts.items()}
    added = {name: _RIGHT if "regularization" in passed else own[1] for name, own in parts.items()}
    return _told(*_of_both_sides(loss, added), _biases_renamed(data))


def _loss(seen: Seen, forward: Forward) -> Piece:
    for tolerance in (EXACT, ROUNDED):
        one = only([placed.match for placed in loss_matches(seen, forward, tolerance, True)])
        if one is not None:
            return Piece(one.labels, one.residual, one.convention)
    return _UNKNOWN


def _gradient(seen: Seen, forward: Forward, name: str, convention: float) -> tuple[Piece, Piece]:
    """The data part of a parameter's gradient, and what reg adds to it."""
    for tolerance in (EXACT, ROUNDED):
        whole = _fitting(parameter_matches(seen, forward, name, tolerance), convention)
        if (one := only(whole)) is not None:
            return pieces_of(one)
    for tolerance in (EXACT, ROUNDED):
        at_zero = parameter_matches(_at_zero(seen, name), forward, name, tolerance)
        one = only([dataclasses.replace(found, regularization=frozenset()) for found in at_zero])
        if one is not None:
            return Piece(one.data, one.residual), _added(seen, name, convention)
    return _UNKNOWN, _added(seen, name, convention)


def _added(seen: Seen, name: str, convention: float) -> Piece:
    """What reg adds to a parameter's gradient."""
    for tolerance in (EXACT, ROUNDED):
        one = only(_fitting(added_matches(seen, name, tolerance), convention))
        if one is not None:
            return Piece(one.regularization, one.residual, one.convention)
    return _UNKNOWN


def _fitting(found: Iterator[Match], convention: float) -> list[Match]:
    return [one for one in found if np.isnan(one.convention) or one.convention == convention]


def _at_zero(seen: Seen, name: str) -> Seen:
    """The answers as if a parameter's gradient were that at reg = 0 at every reg."""
    given, count = seen.gradients[name], len(REGS)
    plain = [given[number - number % count] for number in range(len(given))]
    return dataclasses.replace(seen, gradients={**seen.gradients, name: plain})


def _of_both_sides(loss: Piece, added: Mapping[str, Piece]) -> tuple[Piece, dict[str, Piece]]:
    """Regularized biases are told of loss or gradient alone only where the other is right."""
    of_biases = [added[name] for name in NAMES if name not in WEIGHTS]
    if loss.is_right or all(piece.is_right for piece in of_biases):
        return loss, dict(added)
    return _as_one(loss), {name: _as_one(piece) for name, piece in added.items()}


def _as_one(piece: Piece) -> Piece:
    sides = ("biases-regularized-in-loss", "biases-regularized-in-gradient")
    if not any(label.mistake in sides for label in piece.labels or ()):
        return piece
    labels = [Label("biases-regularized", 1) if one.mistake in sides else one for one in piece.labels or ()]
    return dataclasses.replace(piece, labels=frozenset(labels))


def _biases_renamed(data: Mapping[str, Piece]) -> dict[str, Piece]:
    """What only the biases have is called so."""
    of_weights = {label for name in WEIGHTS for label in data[name].labels or ()}
    return {
        name: piece
        if name in WEIGHTS or piece.labels is None
        else dataclasses.replace(piece, labels=renamed(piece.labels, of_weights))
        for name, piece in data.items()
    }


# --- what is said of it ---------------------------------------------------------------------------------


def _told(loss: Piece, added: Mapping[str, Piece], data: Mapping[str, Piece]) -> Outcome:
    found: dict[str, _Found] = {}
    for mistake in _mistakes(loss.labels):
        found.setdefault(mistake, _Found()).in_loss = True
    for name in NAMES:
        for mistake in _mistakes(data[name].labels):
            found.setdefault(mistake, _Found()).data.append(name)
        for mistake in _mistakes(added[name].labels):
            found.setdefault(mistake, _Found()).added.append(name)
    statement = _state(loss, data, added)
    if not found:
        return Outcome("unexplained", statement)
    known = [piece for piece in (loss, *data.values(), *added.values()) if piece.labels]
    convention = None if np.isnan(loss.convention) else loss.convention
    facts = statements.explanations(CATALOGUE, tuple(found), convention)
    return Outcome(
        status="partly",
        statement=statement,
        mistakes=tuple(sorted(found)),
        slots={mistake: one.parts for mistake, one in found.items()},
        explanations={mistake: _located(facts[mistake], one.places) for mistake, one in found.items()},
        places={mistake: one.places for mistake, one in found.items()},
        residual=max(piece.residual for piece in known),
        convention=convention,
        open=statement,
    )


def _mistakes(labels: Labels | None) -> list[str]:
    return sorted({label.mistake for label in labels or ()})


def _located(fact: str, places: Sequence[str]) -> str:
    """The fact with the names of the parameters in whose gradients it is."""
    if len(places) == 1 and places[0] in WEIGHTS:
        return statements.about(fact, None, places[0])
    return f"{', '.join(places)}: {fact}" if places else fact


def _state(loss: Piece, data: Mapping[str, Piece], added: Mapping[str, Piece]) -> str:
    """What is right and what is wrong, of that which no mistake explains."""
    told = []
    for word, holds in (("right", _is_right), ("wrong", _is_unknown)):
        whats = ["the loss"] if holds(loss) else []
        whats += _listed("the gradients at reg = 0 of ", data, holds)
        whats += _listed("what reg adds to those of ", added, holds)
        told += [f"{word}: {', '.join(whats)}"] if whats else []
    return "; ".join(told)


def _is_right(piece: Piece) -> bool:
    return piece.is_right


def _is_unknown(piece: Piece) -> bool:
    return piece.labels is None


def _listed(what: str, parts: Mapping[str, Piece], holds: Callable[[Piece], bool]) -> list[str]:
    names = [name for name, piece in parts.items() if holds(piece)]
    return [what + " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))] if names else []
