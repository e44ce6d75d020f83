"""The mistakes behind failed checks of nets, and which failures only follow from a wrong layer."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.assignment1.catalogue import CATALOGUE
from grader.assignment1.layers.attribution import named
from grader.assignment1.layers.proxy import LAYERS
from grader.assignment1.lines.class_finders import draws
from grader.assignment1.nets.composed import parts_by_layers
from grader.assignment1.nets.mistakes import diagnose_net
from grader.assignment1.nets.problems import NetProblem
from grader.assignment1.nets.proxy import Net
from grader.diagnosis.attribution import WITHOUT_RIGHT_RESULT, WRONG, Attributed, Attribution, Case
from grader.diagnosis.lines import function_of
from grader.diagnosis.outcome import Outcome
from grader.result import CheckResult, Diagnosis, Verdict
from grader.student.answers import BadResult
from grader.student.calls import StudentError, StudentMissing, StudentTimeout

__all__ = ["explain_deep_net", "explain_two_layer_net"]

_GRADIENTS = tuple(f"gradient_{name}" for name in ("W", "b", "W1", "b1", "W2", "b2"))
#: The statements about a net that each part of it decides.
_STATEMENTS = {
    "scores": ("scores", "loss", *_GRADIENTS),
    "returned_scores": ("scores",),
    "loss": ("loss",),
    "regularization": ("regularization_gradient",),
    "W1": ("gradient_W1", "gradient_W"),
    "W2": ("gradient_W2", "gradient_W"),
    "b1": ("gradient_b1", "gradient_b"),
    "b2": ("gradient_b2", "gradient_b"),
}
#: What each statement is about; others of all parts.
_PARTS = frozenset(["loss", "W1", "b1", "W2", "b2"])
_MADE_OF = {
    "scores": frozenset(["scores"]),
    "loss": frozenset(["loss"]),
    "gradient_W": frozenset(["W1", "W2"]),
    "gradient_b": frozenset(["b1", "b2"]),
    "regularization_gradient": frozenset(["regularization"]),
    **{f"gradient_{name}": frozenset([name]) for name in ("W1", "b1", "W2", "b2")},
}
_FORWARD_LAYERS = ("layers.affine_forward", "layers.relu_forward")
_FATAL = (StudentTimeout, StudentMissing)


def explain_two_layer_net(case: Case) -> Attribution:
    """Name the net's own mistakes; what it has from its layers follows from their checks."""
    layers = [result for result in case.results if result.role in LAYERS]
    return _explain_net(case, layers, is_deep=False)


def explain_deep_net(case: Case) -> Attribution:
    """The same for a net whose layers another question judges: their checks are the case's context."""
    return _explain_net(case, case.context, is_deep=True)


class _Asked:
    """The net as the search asks it: values as they came."""

    def __init__(self, net: Net) -> None:
        self.net = net

    def scores(self, problem: NetProblem) -> Any:
        try:
            return self.net.scores(problem)
        except (StudentError, StudentMissing, BadResult):
            return None  # the loss may be asked all the same

    def loss(self, problem: NetProblem, reg: float) -> Any:
        given = self.net.loss(problem, reg)
        result = given.turned() if given.is_swapped else given
        gradients = {
            name: _zero_if_none(result.gradients.get(name), problem, name) for name in problem.params
        }
        return (gradients, result.loss) if given.is_swapped else (result.loss, gradients)


def _zero_if_none(gradient: Any, problem: NetProblem, name: str) -> Any:
    return np.zeros(problem.params[name].shape) if gradient is None else gradient


@dataclass(frozen=True)
class _NetOutcome:
    """What was found about a net: the search's outcome, and the layers' failed checks.

    `is_deep`: the layers' checks belong to another question. `by_layers`: the parts that are as the net's own
    layers give them.
    """

    outcome: Outcome
    wrong_layers: Sequence[CheckResult]
    is_deep: bool
    by_layers: frozenset[str]

    def follows(self, statement: str) -> bool:
        """Whether what the statement is about is wrong by the layers alone."""
        return _MADE_OF.get(statement, _PARTS) <= self.by_layers

    @property
    def own(self) -> list[str]:
        return [m for m in self.outcome.mistakes if m not in self.inherited]

    @property
    def inherited(self) -> list[str]:
        """The mistakes that are a layer's."""
        of_layers = {mistake for layer in self.wrong_layers for mistake in layer.mistakes}
        return [m for m in self.outcome.mistakes if m in of_layers]

    def decides(self, mistake: str, statement: str) -> bool:
        """Whether the mistake is known to make the statement fail."""
        parts = self.outcome.slots.get(mistake, ())
        return any(statement in _STATEMENTS.get(part, ()) for part in parts)

    def deciding(self, mistakes: list[str], statement: str) -> list[str]:
        """Those that make the statement fail; all of them when none is known to and nothing else is wrong."""
        deciding = [m for m in mistakes if self.decides(m, statement)]
        return deciding if deciding or self.outcome.status == "partly" else mistakes

    def layers_behind(self, result: CheckResult) -> list[CheckResult]:
        """The layers' failed checks that show in a check, those with a mistake found in the net first.

        What stops the net is the first layer that stops or is absent, the forward passes before the others.
        """
        feeding = [layer for layer in self.wrong_layers if _feeds(layer, result)]
        shown = set(self.deciding(self.inherited, result.statement))
        stops = result.verdict is not Verdict.FAILED

        def rank(layer: CheckResult) -> tuple[bool, bool, bool]:
            goes_on = stops and layer.verdict is Verdict.FAILED
            return not shown & set(layer.mistakes), goes_on, layer.role not in _FORWARD_LAYERS

        return sorted(feeding, key=rank)


def _explain_net(case: Case, layers: Sequence[CheckResult], is_deep: bool) -> Attribution:
    role = f"{case.question}.loss"
    of_net = [one for one in case.results if one.role == role and one.verdict in WITHOUT_RIGHT_RESULT]
    broken = [one for one in of_net if not one.mistakes]
    overflow = _overflow(case, of_net, layers, is_deep)
    if not broken:
        return overflow
    # When no layer works at all, the file is broken, and nothing of it excuses the net.
    works = any(layer.verdict is Verdict.PASSED for layer in layers)
    # What a layer does to its inputs makes no net wrong.
    unlike = (*WRONG, Verdict.MISSING)
    wrong = [one for one in layers if works and one.verdict in unlike and one.statement != "inputs_unchanged"]
    outcome = _with_random_numbers(case, role, _searched(case, is_deep, _passed(case, role)))
    seen = parts_by_layers(_Asked(case.subject), case.student, case.student.seed) if wrong else frozenset()
    net = _NetOutcome(outcome, wrong, is_deep, seen)
    proved = [
        case.proved(m, role, outcome.explanations.get(m, ""), outcome.residual, outcome.remedies.get(m))
        for m in net.own
    ]
    return overflow + Attribution(
        checks=_attributed(broken, net),
        diagnoses=(*proved, *(_of_layers(case, net) if is_deep else ())),
        candidates=case.possible(outcome.candidates, role),
        parameters={(role, mistake): outcome.places.get(mistake, ()) for mistake in net.own},
    )


def _overflow(
    case: Case, of_net: Sequence[CheckResult], layers: Sequence[CheckResult], is_deep: bool
) -> Attribution:
    """A net overflows where its loss layer does; it pays itself where that is judged by another question."""
    of_layer, own = (
        [one for one in side if one.statement == "numeric_stability" and one.verdict in WRONG]
        for side in (layers, of_net)
    )
    if not of_layer or not own or of_layer[0].mistakes != own[0].mistakes:
        return Attribution()
    [layer], id = of_layer, own[0].id
    if not is_deep:
        return Attribution(checks={id: Attributed(mistakes=(), cause=layer.id)})
    proved = tuple(case.proved(mistake, layer.role, layer.message) for mistake in layer.mistakes)
    return Attribution(checks={id: Attributed(borrowed=True)}, diagnoses=proved)


def _with_random_numbers(case: Case, role: str, outcome: Outcome) -> Outcome:
    """The outcome with random numbers that the text of the loss draws, where nothing else is known."""
    site = case.student.sites.get(role)
    text = case.source(site.where.file) if site is not None and site.where is not None else None
    function = function_of(site, text) if site is not None and text is not None else None
    if outcome.status != "unexplained" or function is None or draws(function) is None:
        return outcome
    return outcome.with_mistakes(CATALOGUE, ("dropout-in-the-loss",))


def _passed(case: Case, role: str) -> frozenset[str]:
    """The parts of a net that its checks found right."""
    held = {one.statement for one in case.results if one.role == role and one.verdict is Verdict.PASSED}
    return frozenset(part for part, statement in _DECIDED_BY.items() if statement in held)


_DECIDED_BY = {
    "loss": "loss",
    "regularization": "regularization_gradient",
    **{name: f"gradient_{name}" for name in ("W1", "b1", "W2", "b2")},
}


def _searched(case: Case, is_deep: bool, passed: frozenset[str]) -> Outcome:
    course = case.penalties.get(case.question)
    try:
        outcome = diagnose_net(_Asked(case.subject), fatal=_FATAL, passed=passed, course=course)
    except _FATAL:
        return Outcome("unexplained", "")
    if not is_deep:
        return outcome
    # Of a net of any depth one with two layers was asked: a sentence about W2 has to say so.
    asked = {m: f"with one hidden layer, {outcome.explanations[m]}" for m in outcome.remedies}
    return dataclasses.replace(outcome, explanations={**outcome.explanations, **asked})


def _attributed(broken: Sequence[CheckResult], net: _NetOutcome) -> dict[str, Attributed]:
    """The net's own mistakes where they show; elsewhere what follows from a wrong layer.

    Where the layer's check belongs to another question, its first echo in this one pays for all.
    """
    found: dict[str, Attributed] = {}
    first_echo: str | None = None
    for result in broken:
        layers = net.layers_behind(result) if result.verdict in WRONG else []
        if own := _own(result, net):
            said = named(result, own, net.outcome)
        elif layers and not net.is_deep and net.follows(result.statement):
            said = Attributed(cause=layers[0].id)
        elif layers and net.is_deep and (inherited := net.deciding(net.inherited, result.statement)):
            said = named(result, inherited, net.outcome)
        elif layers and first_echo is not None and net.follows(result.statement):
            said = Attributed(cause=first_echo)
        elif layers:
            advice = f"mend `{layers[0].topic}` first, which it calls and which is not right"
            said = Attributed(help=advice, behind=layers[0].id)
            first_echo = result.id if net.follows(result.statement) else first_echo
        else:
            said = Attributed(hint=_unexplained(result, net.outcome))
        found[result.id] = dataclasses.replace(said, borrowed=not set(said.mistakes or ()) & set(net.own))
    return found


def _own(result: CheckResult, net: _NetOutcome) -> list[str]:
    """The net's own mistakes, where they are what makes the check fail."""
    own = net.deciding(net.own, result.statement)
    return own if own and (not net.inherited or net.decides(own[0], result.statement)) else []


def _unexplained(result: CheckResult, outcome: Outcome) -> str | None:
    told = outcome.open if outcome.status == "partly" else outcome.statement
    open_ = result.verdict is Verdict.FAILED and outcome.status in ("partly", "unexplained")
    return told if open_ and told else None


def _feeds(layer: CheckResult, result: CheckResult) -> bool:
    """Whether what a layer's check found can show in a check of the net."""
    if "numeric_stability" in (layer.statement, result.statement):
        # Both are about large scores; elsewhere the net's are small.
        return layer.statement == result.statement
    stopped = result.verdict is not Verdict.FAILED
    if layer.verdict is Verdict.MISSING and not stopped:
        return False  # a net that goes on does not use it
    # The loss is returned together with the gradients: what stops these stops it too.
    if result.statement == "scores" or (result.statement == "loss" and not stopped):
        forward = layer.role in _FORWARD_LAYERS
        of_loss = layer.role == "layers.softmax_loss" and layer.statement != "gradient"
        return forward or (result.statement == "loss" and of_loss)
    return layer.role != "layers.svm_loss"


def _of_layers(case: Case, net: _NetOutcome) -> tuple[Diagnosis, ...]:
    """The layers' mistakes that show in this question's net, in the roles of the layers."""
    return tuple(
        case.proved(mistake, layer.role, layer.message)
        for layer in net.wrong_layers
        for mistake in layer.mistakes
        if mistake in net.outcome.mistakes
    )
