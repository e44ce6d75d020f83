"""Name the mistakes of a softmax loss with biases: its data part by simulation, then what reg adds to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from grader.diagnosis.table import Labels
from grader.exercises.calling import Array
from grader.exercises.softmax.problems import REG, SpiralProblem, problems
from grader.exercises.softmax.proxy import Loss, LossAnswer
from grader.exercises.softmax.simulated import FORWARDS, explain_gradient, explain_loss
from grader.student.answers import BadResult

__all__ = ["convention", "named"]

#: The mistakes of each part: `loss`, `weights`, `biases` and `regularization`.
Named = Mapping[str, tuple[str, ...]]
_CLOSE = 1e-6
_MOST = 2
NOT_DIVIDED = "gradient-not-divided-by-n"


def named(loss: Loss, seed: int) -> Named:
    """What is proved of each part; a part that is right, or that nothing explains, has no mistakes.

    Raises:
        StudentError, StudentMissing, StudentTimeout: a call failed.
    """
    at_zero = problems(seed, loss.hidden)
    answers = [loss(problem) for problem in at_zero]
    data, known = _of_data(at_zero, answers, loss.names)
    strong = [loss(problem.with_reg(REG)) for problem in at_zero]
    in_loss, in_gradient = _of_regularization(at_zero, answers, strong)
    return {
        "loss": _unique(data["loss"] + (in_loss if known else ())),
        "weights": _unique(m for name in loss.names if name.startswith("W") for m in data[name]),
        "biases": _unique(m for name in loss.names if name.startswith("b") for m in data[name]),
        "regularization": _unique(in_gradient),
    }


def _unique(mistakes: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(mistakes))


# --- the data part, at reg = 0 ----------------------------------------------------------------------------


def _of_data(
    asked: tuple[SpiralProblem, ...], answers: Sequence[LossAnswer], names: Sequence[str]
) -> tuple[dict[str, tuple[str, ...]], bool]:
    """The mistakes of each part, and whether the loss is explained: right, or wrong by these."""
    losses = _losses(answers)
    forms = {name: answers[0].bias_form(name) for name in names if name.startswith("b")}
    found: dict[str, list[frozenset[str]]] = {}
    beside: tuple[str, ...] = ()
    for forward in FORWARDS if len(names) > 2 else FORWARDS[:1]:
        sets = [] if losses is None else [_mistakes(one) for one in explain_loss(asked, losses, forward)]
        gradients = {name: _gradients(answers, name) for name in names}
        found = {"loss": sets} | {
            name: []
            if given is None
            else [_mistakes(one) | set(more) for one, more in explain_gradient(asked, name, given, forward)]
            for name, given in gradients.items()
        }
        beside = forward.mistakes
        if sets:
            break
    chosen = _chosen(found)
    if found["loss"]:
        chosen = {part: mistakes | set(beside) for part, mistakes in chosen.items()}
    told = {part: tuple(sorted(mistakes)) for part, mistakes in chosen.items()}
    for name, form in forms.items():
        if form is not None and form != "right":
            told[name] = (*told[name], form)
    return _by_place(told, names), bool(found["loss"])


def _losses(answers: Sequence[LossAnswer]) -> list[float] | None:
    try:
        losses = [answer.loss for answer in answers]
    except BadResult:
        return None
    return losses if np.all(np.isfinite(losses)) else None


def _gradients(answers: Sequence[LossAnswer], name: str) -> list[Array] | None:
    try:
        gradients = [answer.gradient(name) for answer in answers]
    except BadResult:
        return None
    return gradients if all(np.isfinite(one).all() for one in gradients) else None


def _mistakes(labels: Labels) -> frozenset[str]:
    return frozenset(f"{label.mistake}!" if label.joint else label.mistake for label in labels)


def _chosen(found: Mapping[str, list[frozenset[str]]]) -> dict[str, set[str]]:
    """Of each part the smallest set, if it is one; one that counts only beside another part's needs that."""
    alone = {part: _smallest(sets) for part, sets in found.items()}
    sure = {m.rstrip("!") for sets in alone.values() if len(sets) == 1 for m in sets[0]}
    joint = {m.rstrip("!") for m in alone["loss"][0]} if len(alone["loss"]) == 1 else set()
    chosen: dict[str, set[str]] = {}
    for part, sets in alone.items():
        fitting = [
            {m.rstrip("!") for m in one}
            for one in sets
            if all(m.rstrip("!") in joint for m in one if "!" in m)
        ]
        preferred = [one for one in fitting if one and one <= sure and len(fitting) > 1] or fitting
        chosen[part] = preferred[0] if len(preferred) == 1 else set()
    return chosen


def _smallest(sets: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    least = min((len(one) for one in sets), default=0)
    return list(dict.fromkeys(one for one in sets if len(one) == least <= _MOST))


def _by_place(told: dict[str, tuple[str, ...]], names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """A division that is missing in the biases' gradients alone has a name of its own."""
    where = {name for name in names if NOT_DIVIDED in told[name]}
    if where and all(name.startswith("b") for name in where):
        own = f"bias-{NOT_DIVIDED}"
        told = {part: tuple(own if m == NOT_DIVIDED else m for m in all_) for part, all_ in told.items()}
    return told


# --- what reg adds ----------------------------------------------------------------------------------------


def convention(answer: LossAnswer, at_zero: LossAnswer) -> float | None:
    """1 where the loss adds reg·ΣW², 0.5 for half of it; None for anything else."""
    problem = answer.problem
    penalty = problem.reg * _penalty(problem, [n for n in problem.params if n.startswith("W")])
    for l2 in (0.5, 1.0):
        if abs(answer.loss - at_zero.loss - l2 * penalty) <= _CLOSE * abs(penalty):
            return l2
    return None


def _penalty(problem: SpiralProblem, names: Iterable[str]) -> float:
    return float(sum(np.sum(problem.params[name] ** 2) for name in names))


def _of_regularization(
    asked: Sequence[SpiralProblem], answers: Sequence[LossAnswer], strong: Sequence[LossAnswer]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The mistakes of the term in the loss, and of its derivative."""
    try:
        added = np.array([b.loss - a.loss for a, b in zip(answers, strong, strict=True)])
    except BadResult:
        return (), ()
    in_loss, l2 = _of_term(asked, added)
    names, rises = list(asked[0].params), {}
    for name in names:
        rises[name] = _multiple(asked, name, answers, strong)
    weights = [name for name in names if name.startswith("W")]
    in_gradient = [m for name in weights if (m := _of_rise(rises[name], l2)) is not None]
    if any(rises[name] not in (None, 0.0) for name in names if name.startswith("b")):
        in_gradient.append("biases-regularized")
    return in_loss, tuple(in_gradient)


def _of_term(asked: Sequence[SpiralProblem], added: Array) -> tuple[tuple[str, ...], float]:
    """The mistakes of what reg adds to the loss, and its convention (the notes' where it has none)."""
    weights = [name for name in asked[0].params if name.startswith("W")]
    biases = [name for name in asked[0].params if name.startswith("b")]
    terms = [(weights, ()), ([*weights, *biases], ("biases-regularized",))]
    terms += [([name], ("regularization-of-one-matrix",)) for name in weights if len(weights) > 1]
    for names, mistakes in terms:
        right = REG * np.array([_penalty(problem, names) for problem in asked])
        for l2 in (0.5, 1.0):
            if np.allclose(added, l2 * right, rtol=_CLOSE, atol=0):
                return mistakes, l2
            counts = np.array([len(problem.y) for problem in asked])
            if np.allclose(added, l2 * right / counts, rtol=_CLOSE, atol=0):
                return (*mistakes, "regularization-divided-by-n"), l2
    if np.allclose(added, 0, atol=1e-9):
        return ("regularization-loss-missing",), 0.5
    return (), 0.5


def _multiple(
    asked: Sequence[SpiralProblem], name: str, answers: Sequence[LossAnswer], strong: Sequence[LossAnswer]
) -> float | str | None:
    """c where reg adds c·reg·P to the gradient of P in each problem, or what it is instead; None: unknown."""
    try:
        pairs = [(b.gradient(name) - a.gradient(name)) for a, b in zip(answers, strong, strict=True)]
    except BadResult:
        return None
    found = [
        float(np.sum(rise * p.params[name]) / (REG * np.sum(p.params[name] ** 2)))
        for p, rise in zip(asked, pairs, strict=True)
    ]
    fits = all(
        np.allclose(rise, c * REG * p.params[name], rtol=0, atol=_CLOSE * float(np.abs(rise).max() + 1e-3))
        for p, rise, c in zip(asked, pairs, found, strict=True)
    )
    if not fits:
        return None
    if np.ptp(found) < _CLOSE:
        return round(found[0], 5) + 0.0
    counted = [c * len(p.y) for p, c in zip(asked, found, strict=True)]
    return "divided" if np.ptp(counted) < _CLOSE * max(map(abs, counted)) else None


def _of_rise(rise: float | str | None, l2: float) -> str | None:
    """The mistake of what reg adds to the gradient of a matrix; None when it is right, or unknown."""
    if rise == "divided":
        return "regularization-divided-by-n"
    if rise is None or isinstance(rise, str) or rise == 2 * l2:
        return None
    known = {
        0.0: "forgot-regularization-gradient",
        l2: "regularization-gradient-half",
        4 * l2: "regularization-gradient-double",
        -2 * l2: "regularization-gradient-sign-flipped",
    }
    return known.get(rise)
