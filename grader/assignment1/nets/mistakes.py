"""Name the mistakes of a two-layer net: its forward pass first, then loss and gradients by simulation.

Every gradient is a linear map of the score gradients, so the table of the softmax loss serves them all.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import NamedTuple

from grader.assignment1.catalogue import CATALOGUE
from grader.assignment1.layers.mistakes import BIAS_FORMS
from grader.assignment1.nets.answers import Seen, StudentNet, observe
from grader.assignment1.nets.apart import explain_apart
from grader.assignment1.nets.matches import WEIGHTS, Placed, distances, gradient_matches, loss_matches
from grader.assignment1.nets.simulated import TRIALS, Forward, forwards, view
from grader.diagnosis import statements
from grader.diagnosis.expressions import Array
from grader.diagnosis.outcome import STRICTNESS, Outcome
from grader.diagnosis.search import EXACT, ROUNDED, MistakeSet, smallest_sets

__all__ = ["diagnose_net"]


def diagnose_net(
    net: StudentNet,
    *,
    seed: int = 0,
    fatal: tuple[type[BaseException], ...] = (),
    passed: Set[str] = frozenset(),
    course: float | None = None,
) -> Outcome:
    """Name what is wrong with a net of one hidden layer. Exceptions of the types in `fatal` pass through.

    `passed`: the parts (`loss`, `W1`, …, `regularization`) that checks found right, of which nothing is said.
    `course`: the factor of reg·ΣW² in the course's loss, which counts where the net's own is neither.
    """
    for trial in TRIALS:
        try:
            seen = observe(net, trial.problems(seed))
        except fatal:
            raise
        except Exception:  # noqa: BLE001 - whatever the student's code raises, the checks say
            continue
        outcome = _with_forms(_explain(seen, passed, course), seen)
        return outcome.with_mistakes(CATALOGUE, trial.mistakes).sparing(passed)
    return Outcome("unexplained", "")


def _explain(seen: Seen, passed: Set[str], course: float | None) -> Outcome:
    if seen.scores is None:
        return _explain_backward(seen, forwards()[0], passed, course, rounded=False)
    for forward in forwards():
        right = [view(problem, forward).scores for problem in seen.problems]
        error, moved = max(distances(seen.scores, right)), max(distances(*_in_rows(seen.scores, right)))
        if min(error, moved) < ROUNDED:
            found = _explain_backward(seen, forward, passed, course, rounded=min(error, moved) > EXACT)
            shifted = () if error < ROUNDED else ("scores-shifted-before-returned",)
            return found.with_mistakes(CATALOGUE, shifted)
    return Outcome("unexplained", "the scores are not those of affine - ReLU - affine")


def _in_rows(given: Sequence[Array], right: Sequence[Array]) -> tuple[list[Array], list[Array]]:
    """Both without what is added to all scores of an example alike."""
    fitting = [(a, b) for a, b in zip(given, right, strict=True) if a.shape == b.shape]
    if len(fitting) < len(right):
        return list(given), list(right)
    return [a - (a - b).mean(axis=1, keepdims=True) for a, b in fitting], list(right)


def _explain_backward(
    seen: Seen, forward: Forward, passed: Set[str], course: float | None, rounded: bool
) -> Outcome:
    """The smallest set of ReLU, biases and factors of reg·W alone; else the tables; else part by part."""
    exact, loose = STRICTNESS
    tries = [(exact, False), (loose, False), (loose, True) if rounded else (exact, True)]
    for (tolerance, most), with_tables in tries if rounded else [*tries, (loose, True)]:
        losses = loss_matches(seen, forward, tolerance, with_tables)
        losses = [one for one in losses if "loss" not in passed or not one.match.labels]
        gradients = gradient_matches(seen, forward, tolerance, with_tables, passed)
        found = smallest_sets(
            CATALOGUE, [one.match for one in losses], [one.match for one in gradients], most, True, course
        )
        if len(found) > 1:
            return Outcome.ambiguous([one.mistakes for one in found])
        if found:
            return _outcome(found[0], losses, gradients).with_mistakes(CATALOGUE, forward.mistakes)
    return explain_apart(seen, forward, passed, course).with_mistakes(CATALOGUE, forward.mistakes)


# --- what is said of it ---------------------------------------------------------------------------------


class _Places(NamedTuple):
    """The parameters in whose term of the loss, and in whose gradient, a mistake is."""

    loss: tuple[str, ...]
    gradient: tuple[str, ...]

    @property
    def weights(self) -> tuple[str | None, str | None]:
        """The one matrix that it is about, in the loss and in the gradient; None when it is not just one."""
        loss, gradient = (one[0] if len(one) == 1 and one[0] in WEIGHTS else None for one in self)
        return gradient if not self.loss else loss, loss if not self.gradient else gradient


def _outcome(found: MistakeSet, losses: Sequence[Placed], gradients: Sequence[Placed]) -> Outcome:
    if not found.mistakes:
        return Outcome(
            "right",
            statements.right(found.convention or 1.0),
            residual=found.residual,
            convention=found.convention,
        )
    facts = statements.explanations(
        CATALOGUE, found.mistakes, found.convention, None, found.coefficients, found.derivative
    )
    places = {m: _Places(_places(m, found, losses), _places(m, found, gradients)) for m in found.mistakes}
    explanations = statements.and_the_rest({m: _located(fact, places[m], found) for m, fact in facts.items()})
    return Outcome(
        status="explained",
        statement="; ".join(explanations.values()),
        mistakes=found.mistakes,
        slots={m: _parts(found.slots[m], places[m].gradient) for m in found.mistakes},
        explanations=explanations,
        remedies={
            m: statements.about(statements.remedy(CATALOGUE[m].remedy, found.convention), *place.weights)
            for m, place in places.items()
            if any(place.weights)
        },
        places={m: place.gradient or place.loss for m, place in places.items()},
        residual=found.residual,
        convention=found.convention,
    )


def _located(fact: str, places: _Places, found: MistakeSet) -> str:
    """The fact with the names of the parameters that it is about."""
    if not any(places.weights):
        return f"{', '.join(places.gradient)}: {fact}" if places.gradient else fact
    fact = statements.about(fact, *places.weights)
    wrong = {*places.loss, *places.gradient}
    if len(found.mistakes) > 1 or len(wrong) > 1:
        return fact
    [right] = set(WEIGHTS) - wrong
    return f"{fact}; {f'd{right}' if places.gradient else f'the term of {right}'} is right"


def _parts(slots: Sequence[str], places: Sequence[str]) -> tuple[str, ...]:
    """What a mistake makes wrong: `loss`, `regularization`, and the data gradients of parameters."""
    parts = ["loss"] if any(slot.endswith("loss") for slot in slots) else []
    if "data_gradient" in slots:
        parts += places
    if "regularization_gradient" in slots:
        parts.append("regularization")
    return tuple(parts)


def _places(mistake: str, found: MistakeSet, side: Sequence[Placed]) -> tuple[str, ...]:
    """The parameters where the mistake is, in the losses or in the gradients."""
    wanted = {mistake, *CATALOGUE[mistake].replaces}
    known = {*found.mistakes, *(m for own in found.mistakes for m in CATALOGUE[own].replaces)}
    fitting = [one for one in side if {label.mistake for label in one.match.labels} <= known]
    least = min(fitting, key=lambda one: len(one.match.labels), default=None)
    return least.of(wanted) if least is not None else ()


def _with_forms(outcome: Outcome, seen: Seen) -> Outcome:
    """The outcome with what the shapes show: bias gradients summed otherwise, and swapped results."""
    if seen.swapped:
        outcome = outcome.with_mistakes(CATALOGUE, ("results-swapped",))
    wrong = {name: BIAS_FORMS[form] for name, form in seen.forms.items() if form != "right"}
    if not wrong or outcome.status == "unexplained":  # of wrong numbers the shape is the least
        return outcome
    letters = {"b1": "H", "b2": "C"}
    facts = [f"the gradient of {name} {fact.format(units=letters[name])}" for name, fact in wrong.items()]
    shape = "bias-gradient-shape"
    return outcome.with_mistakes(CATALOGUE, (shape,), {shape: "; ".join(facts)}, {shape: tuple(wrong)})
