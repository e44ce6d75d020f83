"""Ways to get a net's losses and gradients: right ones, those with known mistakes, those of the tables."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np

from grader.assignment1.catalogue import CATALOGUE
from grader.assignment1.layers.mistakes import BiasForm
from grader.assignment1.nets.answers import REGS, Seen
from grader.assignment1.nets.problems import NetProblem
from grader.assignment1.nets.simulated import NAMES, Forward, NetView, view
from grader.diagnosis.search import Match, match, residual
from grader.diagnosis.simulation import build
from grader.diagnosis.table import CONVENTIONS, Label, Labels

__all__ = [
    "Placed",
    "added_matches",
    "distances",
    "gradient_matches",
    "loss_matches",
    "parameter_matches",
    "renamed",
]

#: Options of one parameter that are tried together with those of the others.
MOST_OPTIONS = 6
#: What is a mistake of a bias alone has a name of its own.
OF_A_BIAS = {
    "gradient-not-divided-by-n": "bias-gradient-not-divided-by-n",
    "gradient-divided-by-n-twice": "bias-gradient-divided-by-n-twice",
}
WEIGHTS = ("W1", "W2")
_NONE: Labels = frozenset()


@dataclass(frozen=True)
class Placed:
    """A match of the loss or of all gradients; `own` keeps the labels of each parameter, where known."""

    match: Match
    own: Mapping[str, Labels]

    def of(self, mistakes: Iterable[str]) -> tuple[str, ...]:
        """The parameters where one of the mistakes is."""
        wanted = set(mistakes)
        return tuple(name for name in NAMES if wanted & {label.mistake for label in self.own.get(name, ())})


def distances(given: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> list[float]:
    """For each pair the largest difference relative to the largest value; infinite for other shapes."""
    return [
        residual(a.ravel(), b.ravel(), [a.size]) if a.shape == b.shape and np.all(np.isfinite(a)) else np.inf
        for a, b in zip(given, expected, strict=True)
    ]


def _label(mistake: str) -> Labels:
    return frozenset({Label(mistake, 1)})


#: In loss and gradients alike.
_REGULARIZED: Labels = frozenset({Label("biases-regularized", 1, joint=True)})


# --- the loss -------------------------------------------------------------------------------------------


def loss_matches(seen: Seen, forward: Forward, tolerance: float, with_tables: bool) -> list[Placed]:
    """Ways to get the losses: a term of its own for each parameter, else those of the table."""
    found = list(_by_terms(seen, forward, tolerance))
    if found or not with_tables:
        return found
    problems = tuple(view(p, forward).loss_problem for p in seen.problems)
    by_table = match(build(CATALOGUE, "softmax", problems), seen.losses, False, tolerance)
    return [Placed(one, dict.fromkeys(WEIGHTS, one.regularization)) for one in by_table]


def _by_terms(seen: Seen, forward: Forward, tolerance: float) -> Iterator[Placed]:
    data = np.repeat([view(p, forward).loss for p in seen.problems], len(REGS))
    for k, own in _penalties():
        terms = [_term(seen.problems, name, factors) for name, (factors, _) in own.items()]
        error = residual(seen.losses, np.sum([data, *terms], axis=0), [1] * len(data))
        if error < tolerance:
            labels = {name: labels for name, (_, labels) in own.items()}
            whole = Match(_NONE, frozenset().union(*labels.values()), k, error)
            yield Placed(whole, labels)


_Term = tuple[np.ndarray, Labels]


def _term(problems: Sequence[NetProblem], name: str, factors: np.ndarray) -> np.ndarray:
    """A factor for each reg times the sum of a parameter's squares, for each call."""
    return np.concatenate([factors * float(np.sum(problem.params[name] ** 2)) for problem in problems])


def _penalties() -> Iterator[tuple[float, dict[str, _Term]]]:
    """The convention, and a factor for each reg with its mistakes for every parameter that is penalized.

    What is wrong for both matrices alike is left to the tables.
    """
    regs = np.array(REGS)
    for k in CONVENTIONS:
        right = (k * regs, _NONE)
        yield k, dict.fromkeys(WEIGHTS, right)
        for regularized in (_REGULARIZED, _label("biases-regularized-in-loss")):
            yield k, {name: (k * regs, _NONE if name in WEIGHTS else regularized) for name in NAMES}
        for wrong, name in itertools.product(_wrong_terms(k), WEIGHTS):
            yield k, {other: wrong if other == name else right for other in WEIGHTS}


def _wrong_terms(k: float) -> list[_Term]:
    none = np.zeros(len(REGS))
    without_strength = _label("regularization-loss-without-strength")
    return [
        (none, _label("forgot-regularization-loss")),
        *((none + factor, without_strength) for factor in sorted({k, 1.0})),
    ]


# --- the gradients --------------------------------------------------------------------------------------


def gradient_matches(
    seen: Seen, forward: Forward, tolerance: float, with_tables: bool, passed: Set[str] = frozenset()
) -> list[Placed]:
    """One way for every parameter, combined, unless their conventions differ.

    `passed`: the parameters whose gradients checks found right, and `regularization` if what reg adds is.
    """
    ways = []
    for name in NAMES:
        found = _Parameter(seen, forward, name, tolerance).matches(with_tables)
        ways.append([one for one in found if not _accuses(one, name, passed)][:MOST_OPTIONS])
    combined = [_combined(options) for options in itertools.product(*ways)]
    return [found for found in combined if found is not None]


def _accuses(found: Match, name: str, passed: Set[str]) -> bool:
    """Whether a match accuses a part that passed."""
    of_data = [label for label in found.data if not CATALOGUE.is_right_without_reg(label.mistake)]
    return bool((name in passed and of_data) or ("regularization" in passed and found.regularization))


def parameter_matches(seen: Seen, forward: Forward, name: str, tolerance: float) -> Iterator[Match]:
    """Ways to get the gradient of one parameter."""
    return _Parameter(seen, forward, name, tolerance).matches(with_tables=True)


def added_matches(seen: Seen, name: str, tolerance: float) -> Iterator[Match]:
    """Ways to get what reg adds to the gradient of one parameter."""
    given, count = seen.gradients[name], len(REGS)
    added = [values - given[number - number % count] for number, values in enumerate(given)]
    for decay, convention, labels in _decays(name, seen.forms[name]):
        terms = [problem.params[name].ravel() for problem in seen.problems]
        expected = [decay * reg * term for term, reg in itertools.product(terms, REGS)]
        if not decay:
            expected = [np.zeros_like(values) for values in added]
        error = max(distances(added, expected))
        if error < tolerance:
            yield Match(_NONE, labels, convention, error)


@dataclass(frozen=True)
class _Parameter:
    """One parameter, whose answers are to be explained."""

    seen: Seen
    forward: Forward
    name: str
    tolerance: float

    @property
    def given(self) -> list[np.ndarray]:
        return self.seen.gradients[self.name]

    @property
    def views(self) -> list[NetView]:
        return [view(problem, self.forward) for problem in self.seen.problems]

    def matches(self, with_tables: bool) -> Iterator[Match]:
        """Ways to get the gradient: right up to ReLU and bias mistakes, else those of the tables."""
        if not any(np.any(gradient) for gradient in self.given):
            yield Match(_NONE, _NONE, np.nan, 0.0)  # not written yet, which is no mistake
            return
        ways = list(enumerate(self.views[0].mistakes_of(self.name)))
        direct = [found for number, mistake in ways for found in _found_on(mistake, self._direct(number))]
        yield from sorted(direct, key=lambda found: len(found.labels))
        if direct or not with_tables:
            return
        for number, mistake in ways:
            found = list(_found_on(mistake, self._by_table(number)))
            yield from found
            if any(len(own.labels) <= 1 for own in found):
                return  # tables of further ways would only add larger sets

    def _direct(self, way: int) -> Iterator[Match]:
        """Matches with right score gradients."""
        form = self.seen.forms[self.name]
        data = [own.pulled(self.name, way, own.score_gradient, form).ravel() for own in self.views]
        pairs = list(zip(self.seen.problems, data, strict=True))
        for decay, convention, deviations in _decays(self.name, form):
            expected = [
                d + decay * reg * p.params[self.name].ravel() if decay else d
                for (p, d), reg in itertools.product(pairs, REGS)
            ]
            error = max(distances(self.given, expected))
            if error < self.tolerance:
                yield Match(_NONE, deviations, convention, error)

    def _by_table(self, way: int) -> Iterator[Match]:
        """Matches with any catalogued deviation of score gradients and regularization."""
        form = self.seen.forms[self.name]
        problems = tuple(own.problem_of(self.name, way, form) for own in self.views)
        if self.name in WEIGHTS:
            yield from match(
                build(CATALOGUE, "softmax", problems), np.concatenate(self.given), True, self.tolerance
            )
            return
        # A bias has no regularization part: the answers at all regs must be one.
        same = [self.given[i : i + len(REGS)] for i in range(0, len(self.given), len(REGS))]
        if all(max(distances(answers, [answers[0]] * len(REGS))) < self.tolerance for answers in same):
            first = np.concatenate([answers[0] for answers in same])
            yield from match(build(CATALOGUE, "softmax", problems, False), first, True, self.tolerance)


def _found_on(mistake: str | None, found: Iterable[Match]) -> Iterator[Match]:
    """The matches on a way back through the net that has this mistake."""
    labels = _NONE if mistake is None else _label(mistake)
    return (replace(one, data=one.data | labels) for one in found)


def _decays(name: str, form: BiasForm) -> list[tuple[float, float, Labels]]:
    """Multiples of reg·W that may be added, with the convention and the mistakes that each means."""
    decays = [(2 * k * factor, k, labels) for k in CONVENTIONS for factor, labels in _DECAY_FACTORS.items()]
    if name in WEIGHTS:
        return [*decays, (0.0, np.nan, _label("forgot-regularization-gradient"))]
    if form not in ("right", "axis too many"):
        return [(0.0, np.nan, _NONE)]
    return [
        (0.0, np.nan, _NONE),
        *(
            (decay, k, labels | regularized)
            for decay, k, labels in decays
            for regularized in (_REGULARIZED, _label("biases-regularized-in-gradient"))
        ),
    ]


_DECAY_FACTORS: Mapping[float, Labels] = {
    1.0: _NONE,
    0.5: _label("regularization-gradient-half"),
    0.25: _label("regularization-gradient-quarter"),
    2.0: _label("regularization-gradient-double"),
}


def _combined(options: Sequence[Match]) -> Placed | None:
    """One match of all four parameters, unless their conventions differ."""
    conventions = {found.convention for found in options if not np.isnan(found.convention)}
    if len(conventions) > 1:
        return None
    own = dict(zip(NAMES, options, strict=True))
    of_weights = {label for name in WEIGHTS for label in own[name].labels}
    data = {
        name: renamed(found.data, of_weights) if name.startswith("b") else found.data
        for name, found in own.items()
    }
    whole = Match(
        frozenset().union(*data.values()),
        frozenset().union(*(found.regularization for found in options)),
        conventions.pop() if conventions else np.nan,
        max(found.residual for found in options),
        next((found.coefficient for found in options if found.coefficient is not None), None),
    )
    return Placed(whole, {name: data[name] | own[name].regularization for name in NAMES})


def renamed(labels: Labels, of_weights: set[Label]) -> Labels:
    """A bias's labels: what the weights share keeps its name."""
    return frozenset(
        label if label in of_weights or label.mistake not in OF_A_BIAS else Label(OF_A_BIAS[label.mistake], 1)
        for label in labels
    )
