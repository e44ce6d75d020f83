"""Name the mistakes of a two-layer net: its forward pass first, then loss and gradients by simulation.

Every gradient is a linear map of the score gradients, so the table of the softmax loss serves them all.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from grader.mistakes import catalogue, statements
from grader.mistakes.net_problems import NAMES, RUNGS, Forward, NetView, forwards, view
from grader.mistakes.outcome import Outcome
from grader.mistakes.search import EXACT, ROUNDED, Match, Story, match, residual, stories
from grader.mistakes.simulation import build
from grader.mistakes.table import CONVENTIONS, Label, Labels
from grader.problems import NetProblem

__all__ = ["StudentNet", "diagnose_net"]

REGS = (0.0, 0.37, 0.74)
#: How closely a story must fit, and how many mistakes it may then have.
STRICTNESS = ((EXACT, 3), (ROUNDED, 2))
#: Options of one parameter that are tried together with those of the others.
MOST_OPTIONS = 6
#: What is a mistake of a bias alone has a name of its own.
OF_A_BIAS = {
    "gradient-not-divided-by-n": "bias-gradient-not-divided-by-n",
    "gradient-divided-by-n-twice": "bias-gradient-divided-by-n-twice",
}
_NONE: Labels = frozenset()


class StudentNet(Protocol):
    """A net that takes parameters W1 (D, H), b1 (H,), W2 (H, C), b2 (C,) as they are given."""

    def scores(self, problem: NetProblem) -> Any:
        """(N, C)."""

    def loss(self, problem: NetProblem, reg: float) -> Any:
        """The pair (loss, gradients by name)."""


@dataclass(frozen=True)
class _Seen:
    """All answers: scores of each problem; for each problem and reg the loss and the flat gradients."""

    problems: tuple[NetProblem, ...]
    scores: tuple[np.ndarray, ...]
    losses: np.ndarray
    gradients: Mapping[str, list[np.ndarray]]
    mistakes: tuple[str, ...]


def diagnose_net(net: StudentNet, *, seed: int = 0, fatal: tuple[type[BaseException], ...] = ()) -> Outcome:
    """Name what is wrong with a net of one hidden layer. Exceptions of the types in `fatal` pass through."""
    failure = ""
    for rung in RUNGS:
        try:
            seen = _observe(net, rung.problems(seed))
        except fatal:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the student's code raises is information
            failure = failure or str(error)
            continue
        return _adding(_explain(seen), (*seen.mistakes, *rung.mistakes))
    return Outcome("unexplained", failure)


def _observe(net: StudentNet, problems: tuple[NetProblem, ...]) -> _Seen:
    scores = tuple(np.asarray(net.scores(problem), dtype=np.float64) for problem in problems)
    losses: list[float] = []
    gradients: dict[str, list[np.ndarray]] = {name: [] for name in NAMES}
    mistakes: set[str] = set()
    for problem, reg in itertools.product(problems, REGS):
        loss, grads = net.loss(problem, reg)
        losses.append(float(np.asarray(loss, dtype=np.float64).reshape(())))
        for name in NAMES:
            gradient, shape = np.asarray(grads[name], dtype=np.float64), problem.params[name].shape
            if len(shape) == 1 and gradient.shape == (1, *shape):
                mistakes.add("bias-gradient-shape")
            elif gradient.shape != shape:
                raise ValueError(f"the gradient of {name} has shape {gradient.shape}, not {shape}")
            gradients[name].append(gradient.ravel())
    return _Seen(problems, scores, np.array(losses), gradients, tuple(mistakes))


def _explain(seen: _Seen) -> Outcome:
    for forward in forwards():
        right = [view(problem, forward).scores for problem in seen.problems]
        error = max(_distance(seen.scores, right))
        if error < ROUNDED:
            return _explain_backward(seen, forward, rounded=error > EXACT)
    return Outcome("unexplained", "the scores are not those of affine - ReLU - affine")


def _explain_backward(seen: _Seen, forward: Forward, rounded: bool) -> Outcome:
    """The smallest story of ReLU, biases and factors of reg·W alone; else one of the tables."""
    exact, loose = STRICTNESS
    tries = [(exact, False), (loose, False), (loose, True) if rounded else (exact, True)]
    for (tolerance, most), with_tables in tries if rounded else [*tries, (loose, True)]:
        losses = list(_loss_matches(seen, forward, tolerance, with_tables))
        sides = [list(_gradient_options(seen, forward, name, tolerance, with_tables)) for name in NAMES]
        combined = [_combined(options) for options in itertools.product(*(s[:MOST_OPTIONS] for s in sides))]
        gradients = [found for found in combined if found is not None]
        found = stories(losses, [g.match for g in gradients], most)
        if len(found) > 1:
            sets = tuple(sorted(story.mistakes for story in found))
            return Outcome("ambiguous", statements.ambiguous(sets), candidates=sets)
        if found:
            return _adding(_told(found[0], gradients), forward.mistakes)
    return Outcome("unexplained", "no set of known mistakes gives this loss and these gradients")


def _told(story: Story, gradients: Sequence[_Combined]) -> Outcome:
    if not story.mistakes:
        return Outcome(
            "right",
            statements.right(story.convention or 1.0),
            residual=story.residual,
            convention=story.convention,
        )
    facts = statements.explanations(story.mistakes, story.convention, story.residual, story.coefficients)
    places = {mistake: _places(mistake, story, gradients) for mistake in story.mistakes}
    explanations = {
        mistake: f"{', '.join(places[mistake])}: {fact}" if places[mistake] else fact
        for mistake, fact in facts.items()
    }
    parts = {mistake: _parts(story.slots[mistake], places[mistake]) for mistake in story.mistakes}
    return Outcome(
        status="explained",
        statement="; ".join(explanations.values()),
        mistakes=story.mistakes,
        slots=parts,
        explanations=explanations,
        residual=story.residual,
        convention=story.convention,
    )


def _parts(slots: Sequence[str], places: Sequence[str]) -> tuple[str, ...]:
    """What a mistake makes wrong: `loss`, `regularization`, and the data gradients of parameters."""
    parts = ["loss"] if any(slot.endswith("loss") for slot in slots) else []
    if "data_gradient" in slots:
        parts += places
    if "regularization_gradient" in slots:
        parts.append("regularization")
    return tuple(parts)


def _places(mistake: str, story: Story, gradients: Sequence[_Combined]) -> tuple[str, ...]:
    """The parameters in whose gradients the mistake is."""
    wanted = {mistake, *catalogue.lookup(mistake).replaces}
    known = {*story.mistakes, *(m for own in story.mistakes for m in catalogue.lookup(own).replaces)}
    fitting = [g for g in gradients if {label.mistake for label in g.match.labels} <= known]
    least = min(fitting, key=lambda g: len(g.match.labels), default=None)
    if least is None:
        return ()
    return tuple(name for name in NAMES if wanted & {label.mistake for label in least.own[name]})


def _adding(outcome: Outcome, mistakes: Sequence[str]) -> Outcome:
    """The outcome with mistakes that were not found by combining the rows of a table."""
    added = [mistake for mistake in mistakes if mistake not in outcome.mistakes]
    if not added:
        return outcome
    facts = statements.explanations(added, outcome.convention)
    parts = {mistake: catalogue.lookup(mistake).slots for mistake in added}
    return replace(
        outcome,
        status="explained" if outcome.status == "right" else outcome.status,
        mistakes=tuple(sorted({*outcome.mistakes, *added})),
        slots={**outcome.slots, **parts},
        explanations={**outcome.explanations, **facts},
        statement="; ".join([*facts.values(), outcome.statement]),
    )


# --- the loss -------------------------------------------------------------------------------------------


def _loss_matches(seen: _Seen, forward: Forward, tolerance: float, with_tables: bool) -> Iterator[Match]:
    """Ways to get the losses: right ones, with biases or one layer's weights, then those of the table."""
    regs = np.tile(REGS, len(seen.problems))
    data = np.repeat([view(p, forward).loss for p in seen.problems], len(REGS))
    found = False
    for names, labels in _PENALIZED.items():
        squares = np.repeat([_squares(p, names) for p in seen.problems], len(REGS))
        for k in CONVENTIONS:
            error = residual(seen.losses, data + k * regs * squares, [1] * len(regs))
            if error < tolerance:
                found = True
                yield Match(_NONE, labels, k, error)
    if not found and with_tables:
        problems = tuple(view(p, forward).loss_problem for p in seen.problems)
        yield from match(build("softmax", problems), seen.losses, False, tolerance)


def _label(mistake: str) -> Labels:
    return frozenset({Label(mistake, 1)})


_PENALIZED: Mapping[tuple[str, ...], Labels] = {
    ("W1", "W2"): _NONE,
    NAMES: _label("biases-regularized"),
    ("W1",): _label("forgot-regularization-loss"),
    ("W2",): _label("forgot-regularization-loss"),
}


def _squares(problem: NetProblem, names: Iterable[str]) -> float:
    return sum(float(np.sum(problem.params[name] ** 2)) for name in names)


# --- the gradients --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Combined:
    """One option for every parameter, as one match; `own` keeps the labels of each."""

    match: Match
    own: Mapping[str, Labels]


def _gradient_options(
    seen: _Seen, forward: Forward, name: str, tolerance: float, with_tables: bool
) -> Iterator[Match]:
    """Ways to get one parameter's gradients: right up to ReLU and bias mistakes, else those of the tables."""
    given = seen.gradients[name]
    if not any(np.any(gradient) for gradient in given):
        yield Match(_NONE, _NONE, np.nan, 0.0)  # not written yet, which is no mistake
        return
    views = [view(problem, forward) for problem in seen.problems]
    ways = list(_ways(views, name))
    direct = [found for way in ways for found in _direct(seen, views, name, way, given, tolerance)]
    yield from sorted(direct, key=lambda found: len(found.labels))
    if direct or not with_tables:
        return
    for way in ways:
        found = list(_by_table(seen, views, name, way, given, tolerance))
        yield from found
        if any(len(own.labels) <= 1 for own in found):
            return  # tables of further ways would only add longer stories


def _ways(views: Sequence[NetView], name: str) -> Iterator[tuple[str | None, int]]:
    """(mistake, number) of each way to go back from score gradients to this parameter."""
    return ((mistake, number) for number, mistake in enumerate(views[0].mistakes_of(name)))


def _direct(
    seen: _Seen,
    views: Sequence[NetView],
    name: str,
    way: tuple[str | None, int],
    given: Sequence[np.ndarray],
    tolerance: float,
) -> Iterator[Match]:
    """Matches with right score gradients."""
    mistake, number = way
    labels = _NONE if mistake is None else _label(mistake)
    data = [own.pulled(name, number, own.score_gradient).ravel() for own in views]
    for decay, convention, deviations in _decays(name):
        expected = [
            d + decay * reg * p.params[name].ravel()
            for (p, d), reg in itertools.product(zip(seen.problems, data, strict=True), REGS)
        ]
        error = max(_distance(given, expected))
        if error < tolerance:
            yield Match(labels, deviations, convention, error)


def _decays(name: str) -> list[tuple[float, float, Labels]]:
    """Multiples of reg·W that may be added, with the convention and the mistakes that each means."""
    decays = [(2 * k * factor, k, labels) for k in CONVENTIONS for factor, labels in _DECAY_FACTORS.items()]
    if name.startswith("W"):
        return [*decays, (0.0, np.nan, _label("forgot-regularization-gradient"))]
    regularized = _label("biases-regularized")
    return [(0.0, np.nan, _NONE), *((decay, k, labels | regularized) for decay, k, labels in decays)]


_DECAY_FACTORS: Mapping[float, Labels] = {
    1.0: _NONE,
    0.5: _label("regularization-gradient-half"),
    2.0: _label("regularization-gradient-double"),
}


def _by_table(
    seen: _Seen,
    views: Sequence[NetView],
    name: str,
    way: tuple[str | None, int],
    given: Sequence[np.ndarray],
    tolerance: float,
) -> Iterator[Match]:
    """Matches with any catalogued deviation of score gradients and regularization."""
    mistake, number = way
    labels = _NONE if mistake is None else _label(mistake)
    problems = tuple(own.problem_of(name, number) for own in views)
    if name.startswith("W"):
        for found in match(build("softmax", problems), np.concatenate(given), True, tolerance):
            yield replace(found, data=found.data | labels)
        return
    # A bias has no regularization part: the answers at all regs must be one.
    same = [given[i : i + len(REGS)] for i in range(0, len(given), len(REGS))]
    if all(max(_distance(answers, [answers[0]] * len(REGS))) < tolerance for answers in same):
        first = np.concatenate([answers[0] for answers in same])
        for found in match(build("softmax", problems, False), first, True, tolerance):
            yield replace(found, data=found.data | labels)


def _combined(options: Sequence[Match]) -> _Combined | None:
    """One match of all four parameters, unless their conventions differ."""
    conventions = {found.convention for found in options if not np.isnan(found.convention)}
    if len(conventions) > 1:
        return None
    own = dict(zip(NAMES, options, strict=True))
    of_weights = {label for name in ("W1", "W2") for label in own[name].labels}
    data = {
        name: _renamed(found.data, of_weights) if name.startswith("b") else found.data
        for name, found in own.items()
    }
    whole = Match(
        frozenset().union(*data.values()),
        frozenset().union(*(found.regularization for found in options)),
        conventions.pop() if conventions else np.nan,
        max(found.residual for found in options),
        next((found.coefficient for found in options if found.coefficient is not None), None),
    )
    return _Combined(whole, {name: data[name] | own[name].regularization for name in NAMES})


def _renamed(labels: Labels, of_weights: set[Label]) -> Labels:
    """A bias's labels: what the weights share keeps its name."""
    return frozenset(
        label if label in of_weights or label.mistake not in OF_A_BIAS else Label(OF_A_BIAS[label.mistake], 1)
        for label in labels
    )


def _distance(given: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> list[float]:
    """For each pair the largest difference relative to the largest value; infinite for other shapes."""
    return [
        residual(a.ravel(), b.ravel(), [a.size]) if a.shape == b.shape and np.all(np.isfinite(a)) else np.inf
        for a, b in zip(given, expected, strict=True)
    ]
