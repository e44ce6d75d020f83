"""The mistakes behind failed checks of layers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from grader.assignment1.catalogue import CATALOGUE
from grader.assignment1.layers.proxy import LayerLoss
from grader.assignment1.linear.mistakes import diagnose_layer_loss
from grader.assignment1.shifted import with_shift
from grader.diagnosis.attribution import WITHOUT_RIGHT_RESULT, Attributed, Attribution, Case
from grader.diagnosis.catalogue import Slot
from grader.diagnosis.outcome import Outcome
from grader.result import CheckResult, Verdict
from grader.student.answers import BadResult
from grader.student.calls import StudentError, StudentMissing, StudentTimeout

__all__ = ["explain_flat_cache", "explain_loss_layers", "named"]

_FATAL = (StudentTimeout, StudentMissing)


def explain_flat_cache(case: Case) -> Attribution:
    """What affine_forward keeps shows in affine_backward, and is made in affine_forward."""
    mistake, role = "cache-holds-flattened-x", "layers.affine_forward"
    shown = [one for one in case.results if mistake in one.mistakes]
    if not shown:
        return Attribution()
    said = {one.id: Attributed(borrowed=True) for one in shown}
    return Attribution(checks=said, diagnoses=(case.proved(mistake, role, shown[0].message),))


def explain_loss_layers(case: Case) -> Attribution:
    """Name the mistakes of both losses by simulation."""
    layers = (case.subject.layers.svm_loss, case.subject.layers.softmax_loss)
    return _of_loss_layer(case, layers[0]) + _of_loss_layer(case, layers[1])


def _of_loss_layer(case: Case, layer: LayerLoss) -> Attribution:
    broken = [one for one in case.results if one.role == layer.role and one.verdict in WITHOUT_RIGHT_RESULT]
    if not any(one.statement in ("loss", "gradient") for one in broken):
        return Attribution()

    def value(x: Any, y: Any) -> tuple[Any, Any]:
        answer = layer(x, y)
        return answer.raw[0], answer.raw[1]

    try:
        passed = _passed_of_layer(case, layer.role)
        outcome = diagnose_layer_loss(layer.kind, value, fatal=_FATAL, passed=passed)
    except (*_FATAL, StudentError, BadResult):
        return Attribution()
    outcome = with_shift(case, layer.role, outcome)
    fitting = {
        one.id: [m for m in outcome.mistakes if f"data_{one.statement}" in outcome.slots.get(m, ())]
        for one in broken
    }
    whole = () if outcome.status == "partly" else outcome.mistakes
    return Attribution(
        checks={one.id: named(one, fitting[one.id] or whole, outcome) for one in broken},
        diagnoses=tuple(
            case.proved(m, layer.role, outcome.explanations.get(m, ""), outcome.residual)
            for m in outcome.mistakes
        ),
        candidates=case.possible(outcome.candidates, layer.role),
    )


def _passed_of_layer(case: Case, role: str) -> frozenset[Slot]:
    held = {one.statement for one in case.results if one.role == role and one.verdict is Verdict.PASSED}
    parts: dict[str, Slot] = {"loss": "data_loss", "gradient": "data_gradient"}
    return frozenset(part for statement, part in parts.items() if statement in held)


def named(result: CheckResult, mistakes: Iterable[str], outcome: Outcome) -> Attributed:
    """The proved mistakes; those that the check saw itself stay first."""
    names = tuple(dict.fromkeys([*result.mistakes, *mistakes]))
    if not names:
        return Attributed()
    fact = outcome.explanations.get(names[0]) or None
    help_ = outcome.remedies.get(names[0]) or CATALOGUE[names[0]].remedy
    return Attributed(mistakes=names, message=fact, help=help_)
