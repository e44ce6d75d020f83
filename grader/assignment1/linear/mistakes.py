"""Name the mistakes of an SVM or softmax loss from what it returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

import numpy as np

from grader.assignment1.catalogue import CATALOGUE
from grader.assignment1.stability import SHIFT, far_scores
from grader.diagnosis import statements
from grader.diagnosis.catalogue import Slot
from grader.diagnosis.expressions import Array
from grader.diagnosis.observe import Failure, Observation, StudentLoss, finite_at, observe
from grader.diagnosis.outcome import STRICTNESS, Outcome
from grader.diagnosis.parts import Piece, contradicts, pieces
from grader.diagnosis.problems import (
    LAYER_SHAPES,
    REGS,
    TRIALS,
    LossProblem,
    layer_problems,
    linear_problems,
)
from grader.diagnosis.search import (
    ROUNDED,
    Match,
    MistakeSet,
    fit_coefficients,
    match,
    merge,
    residual,
    smallest_sets,
)
from grader.diagnosis.simulation import build
from grader.diagnosis.table import CONVENTIONS, MOST_DEVIATIONS, Table

__all__ = ["diagnose_layer_loss", "diagnose_linear_loss"]

Fatal = tuple[type[BaseException], ...]
Passed = Set[Slot]

NO_REGS = (0.0,)  # a layer's loss knows no regularization
# With these the loss is not made of each example's own probabilities, and a shift tells nothing.
NOT_SHIFTABLE = {
    "softmax-normalized-over-examples",
    "softmax-normalized-over-batch",
    "softmax-not-normalized-in-gradient",
    "softmax-denominator-still-growing",
    "softmax-shift-applied-to-one-part",
    "loss-of-unnormalized-scores",
    "gradient-of-scores",
    "loss-not-implemented",
    "unfinished",
    "result-depends-on-hidden-state",
}


def diagnose_linear_loss(
    kind: str,
    loss: StudentLoss,
    *,
    seed: int = 0,
    fatal: Fatal = (),
    passed: Passed = frozenset(),
    course: float | None = None,
) -> Outcome:
    """Name what is wrong with `loss(W, X, y, reg) -> (loss, dW)`; W (D, C), X (N, D), y (N,).

    What the function raises is information, except for exceptions of the types in `fatal`. `passed`: the
    parts that checks found right, of which nothing is said. `course`: the factor of reg·ΣW² in the course's
    loss, which counts where the function's own is neither.
    """
    first: Outcome | None = None
    for trial in TRIALS:
        problems = linear_problems(trial.shapes, seed)
        seen = _observe(loss, problems, REGS, fatal)
        outcome = _judge(kind, seen, problems, passed, course)
        # Where sizes agree, X has the shape of Wᵀ: without a loss and a gradient, shapes prove nothing there.
        shapes_tell = _usable(seen) or not (trial.mistakes and isinstance(seen, Observation))
        if outcome.status != "unexplained" and shapes_tell:
            probed = _probed(kind, loss, outcome, problems, fatal)
            return probed.with_mistakes(CATALOGUE, trial.mistakes).sparing(passed)
        first = first or outcome
        if first is outcome and _usable(seen):
            break  # only what could not be used at all says more on other shapes
    assert first is not None
    return first


def diagnose_layer_loss(
    kind: str, loss: StudentLoss, *, seed: int = 0, fatal: Fatal = (), passed: Passed = frozenset()
) -> Outcome:
    """Name what is wrong with a layer's `loss(x, y) -> (loss, dx)`; x (N, C) are the scores."""
    problems = layer_problems(LAYER_SHAPES, seed)
    outcome = _judge(kind, _observe(loss, problems, NO_REGS, fatal), problems, passed)
    return _probed(kind, loss, outcome, problems, fatal).sparing(passed)


def _observe(
    loss: StudentLoss, problems: tuple[LossProblem, ...], regs: Sequence[float], fatal: Fatal
) -> Observation | Failure:
    return observe(loss, problems, [(number, reg) for number in range(len(problems)) for reg in regs], fatal)


def _usable(seen: Observation | Failure) -> bool:
    return isinstance(seen, Observation) and seen.losses is not None and seen.gradients is not None


def _judge(
    kind: str,
    seen: Observation | Failure,
    problems: tuple[LossProblem, ...],
    passed: Passed,
    course: float | None = None,
) -> Outcome:
    if isinstance(seen, Failure):
        if seen.mistakes:
            return Outcome("explained", "").with_mistakes(CATALOGUE, seen.mistakes)
        return Outcome("unexplained", seen.what)
    if "result-depends-on-hidden-state" in seen.mistakes:
        return Outcome("explained", "").with_mistakes(CATALOGUE, tuple(seen.mistakes))
    simulated = build(CATALOGUE, kind, problems, regularized=problems[0].W is not None)
    return _explain(simulated, seen, passed, course).with_mistakes(CATALOGUE, tuple(seen.mistakes))


def _explain(simulated: Table, seen: Observation, passed: Passed, course: float | None) -> Outcome:
    if seen.losses is not None and seen.gradients is not None:
        for convention in CONVENTIONS:
            error = _distance_from_right(simulated, seen.losses, seen.gradients, convention)
            if error < ROUNDED:
                return Outcome("right", statements.right(convention), residual=error, convention=convention)
    known: dict[Slot, Piece] = {}
    regularized = len(simulated.basis.regs) > 1
    for tolerance, most in STRICTNESS:
        losses = _matches(simulated, seen.losses, False, tolerance, passed)
        gradients = _matches(simulated, seen.gradients, True, tolerance, passed)
        if found := smallest_sets(CATALOGUE, losses, gradients, most, regularized, course):
            return _outcome(found)
        apart = pieces(simulated, seen, {False: losses, True: gradients}, passed, tolerance, course)
        known = apart | {slot: piece for slot, piece in known.items() if piece.labels is not None}
    return _in_parts(known, seen.remarks)


def _distance_from_right(simulated: Table, losses: Array, gradients: Array, convention: float) -> float:
    return max(
        residual(losses, simulated.right(False, convention), simulated.call_sizes(False)),
        residual(gradients, simulated.right(True, convention), simulated.call_sizes(True)),
    )


def _matches(
    simulated: Table, target: Array | None, of_gradient: bool, tolerance: float, passed: Passed
) -> list[Match]:
    """Rows of the table, and terms with a constant of their own where these need fewer mistakes.

    A side that is right as it is is not explained otherwise, nor is a part that passed.
    """
    if target is None:
        return []
    found = match(simulated, target, of_gradient, tolerance)
    right = [one for one in found if not one.labels]
    if right and not of_gradient:
        return right
    alone = [one for one in found if not any(label.joint for label in one.labels)]
    fewest = min((len(one.labels) for one in alone), default=MOST_DEVIATIONS + 1)
    if fewest > 1:
        fitted = fit_coefficients(simulated, target, of_gradient, tolerance)
        found += [one for one in fitted if len(one.labels) < fewest]
    return [one for one in found if not contradicts(CATALOGUE, one, of_gradient, passed)]


def _outcome(found: list[MistakeSet]) -> Outcome:
    if len(found) > 1:
        return Outcome.ambiguous([one.mistakes for one in found])
    [only] = found
    facts = statements.explanations(
        CATALOGUE, only.mistakes, only.convention, only.residual, only.coefficients, only.derivative
    )
    return Outcome(
        status="explained",
        statement="; ".join(facts.values()),
        mistakes=only.mistakes,
        slots=only.slots,
        explanations=facts,
        remedies={m: statements.remedy(CATALOGUE[m].remedy, only.convention) for m in only.mistakes},
        residual=only.residual,
        convention=only.convention,
    )


def _in_parts(known: Mapping[Slot, Piece], remarks: Sequence[str]) -> Outcome:
    """What is known where loss and gradient together are not explained: the mistakes of some parts."""
    slots: dict[str, tuple[Slot, ...]] = {}
    for slot, piece in known.items():
        for mistake in sorted({label.mistake for label in piece.labels or ()}):
            slots[mistake] = (*slots.get(mistake, ()), slot)
    slots = merge(CATALOGUE, slots, "regularization_loss" in known or "regularization_gradient" in known)
    statement = "; ".join(filter(None, [*remarks, statements.apart(known)]))
    if not slots:
        return Outcome("unexplained", statement)
    conventions = {slot: one.convention for slot, one in known.items() if not np.isnan(one.convention)}
    own = conventions.get("regularization_loss")
    facts = statements.explanations(
        CATALOGUE,
        tuple(slots),
        own,
        coefficients={_SIDES[slot]: p.coefficient for slot, p in known.items() if p.coefficient is not None},
        derivative=conventions.get("regularization_gradient") or own,
    )
    return Outcome(
        status="partly",
        statement="; ".join([*facts.values(), statement]),
        mistakes=tuple(sorted(slots)),
        slots=slots,
        explanations=facts,
        residual=max(known[slot].residual for own_slots in slots.values() for slot in own_slots),
        convention=own,
        open=statement,
    )


_SIDES: Mapping[Slot, str] = {"regularization_loss": "loss", "regularization_gradient": "gradient"}


# --- numeric stability of softmax ----------------------------------------------------------------------


def _probed(
    kind: str, loss: StudentLoss, outcome: Outcome, problems: Sequence[LossProblem], fatal: Fatal
) -> Outcome:
    """The outcome with what large scores show."""
    if (
        kind != "softmax"
        or outcome.status not in ("right", "explained")
        or NOT_SHIFTABLE & set(outcome.mistakes)
    ):
        return outcome
    problem = problems[0]
    for trial in far_scores(problem.y, problem.scores.shape[1]):
        finite = finite_at(loss, _moved(problem, trial.offsets), fatal)
        if finite is not None and not trial.holds(*finite):
            return outcome.with_mistakes(CATALOGUE, (trial.mistake,))
    return outcome


def _moved(problem: LossProblem, offsets: Array) -> LossProblem:
    """The problem with these offsets (N, C) added to the scores."""
    scores = problem.scores + offsets
    if problem.W is None or problem.X is None:
        return LossProblem(scores, problem.y)
    # Further features carry the offsets, one for each class.
    X = np.column_stack([offsets / SHIFT, problem.X])
    return LossProblem(scores, problem.y, np.vstack([SHIFT * np.eye(offsets.shape[1]), problem.W]), X)
