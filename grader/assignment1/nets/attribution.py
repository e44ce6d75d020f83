"""The mistakes behind failed checks of nets and layers, and which failures only follow from a wrong layer."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from grader.assignment1.checks import ALL
from grader.assignment1.layers.proxy import LayerLoss
from grader.assignment1.linear.mistakes import diagnose_layer_loss
from grader.assignment1.nets.mistakes import diagnose_net
from grader.assignment1.nets.proxy import Net
from grader.assignment1.problems import NetProblem
from grader.assignment1.proxies import BadResult
from grader.checking.check import Setting, role_of, run_check
from grader.diagnosis import catalogue
from grader.diagnosis.causes import WITHOUT_RIGHT_RESULT, Causes, diagnosis, possible, replaced
from grader.diagnosis.outcome import Outcome
from grader.result import CheckResult, Verdict
from grader.scoring.charging import Finding
from grader.student.calls import StudentError, StudentMissing, StudentTimeout

__all__ = ["explain_nets"]

_WRONG = (Verdict.FAILED, Verdict.ERROR, Verdict.TIMEOUT)
_LOSS_LAYERS = ("svm_loss", "softmax_loss")
#: The statements about a net that each part of it decides.
_STATEMENTS = {
    "scores": ("loss.scores", "loss.loss", "loss.gradient_*"),
    "loss": ("loss.loss",),
    "regularization": ("loss.regularization_gradient",),
    "W1": ("loss.gradient_W1", "loss.gradient_W"),
    "W2": ("loss.gradient_W2", "loss.gradient_W"),
    "b1": ("loss.gradient_b1", "loss.gradient_b"),
    "b2": ("loss.gradient_b2", "loss.gradient_b"),
}


def explain_nets(question: str, causes: Causes, subject: Any) -> None:
    """Name the mistakes of layers, then of the net; what a net has from its layers follows from them."""
    if question == "two_layer_net":
        for name in _LOSS_LAYERS:
            _explain_loss_layer(getattr(subject.layers, name), f"{question}.layers.{name}", causes)
        layers = [f.result for f in causes.findings if ".layers." in f.result.id]
    else:
        layers = _judged_layers(subject, causes.setting)
    # When no layer works at all, the file is broken, and nothing of it excuses the net.
    works = any(result.verdict is Verdict.PASSED for result in layers)
    wrong_layers = [result for result in layers if works and _is_wrong(result)]
    _explain_net(question, causes, subject, wrong_layers)


def _is_wrong(layer: CheckResult) -> bool:
    """Whether what a layer returns is wrong, so that a net can be wrong by it."""
    return layer.verdict in _WRONG and not layer.id.endswith(".inputs_unchanged")


def _judged_layers(subject: Net, setting: Setting) -> list[CheckResult]:
    """The layers' results, which belong to another question."""
    wanted = [check for check in ALL.values() if check.of.startswith("two_layer_net.layers.")]
    subjects = {"two_layer_net": subject}
    known = [check for check in wanted if role_of(check.of) in subject.student.sites]
    results = []
    for check in known:
        # Where a check itself fails, the layer explains nothing.
        with contextlib.suppress(Exception):
            results.append(run_check(check, subject.student, setting, subjects))
    return results


# --- a loss layer ---------------------------------------------------------------------------------------


def _explain_loss_layer(layer: LayerLoss, of: str, causes: Causes) -> None:
    broken = [
        f for f in causes.findings if f.result.id.startswith(of) and f.result.verdict in WITHOUT_RIGHT_RESULT
    ]
    if not any(f.result.id.endswith((".loss", ".gradient")) for f in broken):
        return

    def value(x: Any, y: Any) -> tuple[Any, Any]:
        answer = layer(x, y)
        return answer.raw[0], answer.raw[1]

    try:
        outcome = diagnose_layer_loss("svm" if layer.kind == "svm" else "softmax", value, fatal=_FATAL)
    except (*_FATAL, StudentError, BadResult):
        return
    causes.diagnoses += [
        diagnosis(m, (role_of(of),), outcome.explanations.get(m, ""), outcome.residual)
        for m in outcome.mistakes
    ]
    causes.candidates += possible(outcome.candidates, (role_of(of),))
    for i, finding in enumerate(causes.findings):
        if finding in broken:
            slot = f"data_{finding.result.id.rpartition('.')[2]}"
            fitting = [m for m in outcome.mistakes if slot in outcome.slots.get(m, ())]
            causes.findings[i] = _named(finding, fitting or outcome.mistakes, outcome)


_FATAL = (StudentTimeout, StudentMissing)


# --- the net --------------------------------------------------------------------------------------------


class _Asked:
    """The net as the search asks it: values as they came."""

    def __init__(self, net: Net) -> None:
        self.net = net

    def scores(self, problem: NetProblem) -> Any:
        return self.net.scores(problem)

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
class _Story:
    """What was found about a net: the search's outcome, and the layers' failed checks."""

    question: str
    outcome: Outcome
    wrong_layers: list[CheckResult]

    @property
    def own(self) -> list[str]:
        return [m for m in self.outcome.mistakes if m not in self.inherited]

    @property
    def inherited(self) -> list[str]:
        """The mistakes that are a layer's."""
        of_layers = {mistake for layer in self.wrong_layers for mistake in layer.mistakes}
        return [m for m in self.outcome.mistakes if m in of_layers]

    def deciding(self, mistakes: list[str], statement: str) -> list[str]:
        """Those that make the statement fail; all of them when none is known to."""
        slots = self.outcome.slots
        return [m for m in mistakes if _decides(slots.get(m, ()), statement)] or mistakes

    def layers_behind(self, statement: str, verdict: Verdict) -> list[CheckResult]:
        """The layers' failed checks that show in a statement, those with a mistake found in the net first."""
        feeding = [layer for layer in self.wrong_layers if _feeds(layer.id, statement, verdict)]
        shown = set(self.deciding(self.inherited, statement))
        return sorted(feeding, key=lambda layer: not shown & set(layer.mistakes))


def _explain_net(question: str, causes: Causes, net: Net, wrong_layers: list[CheckResult]) -> None:
    of = f"{question}.loss."
    broken = [
        i
        for i, f in enumerate(causes.findings)
        if f.result.id.startswith(of) and f.result.verdict in WITHOUT_RIGHT_RESULT and not f.result.mistakes
    ]
    if not broken:
        return
    story, role = _Story(question, _diagnosed(question, net), wrong_layers), f"{question}.loss"
    outcome = story.outcome
    causes.diagnoses += [
        diagnosis(m, (role,), outcome.explanations.get(m, ""), outcome.residual, outcome.remedies.get(m))
        for m in story.own
    ]
    causes.candidates += possible(outcome.candidates, (role,))
    causes.places |= {(role, mistake): outcome.places.get(mistake, ()) for mistake in story.own}
    first_echo: str | None = None
    for i in broken:
        causes.findings[i], first_echo = _explained(causes.findings[i], story, first_echo)
        if not set(causes.findings[i].result.mistakes) & set(story.own):
            causes.echoes.add(causes.findings[i].result.id)
    if question != "two_layer_net":
        _add_layers(causes, story)


def _diagnosed(question: str, net: Net) -> Outcome:
    try:
        outcome = diagnose_net(_Asked(net), fatal=_FATAL)
    except _FATAL:
        return Outcome("unexplained", "")
    if question == "two_layer_net":
        return outcome
    # Of a net of any depth one with two layers was asked: a sentence about W2 has to say so.
    asked = {m: f"with one hidden layer, {outcome.explanations[m]}" for m in outcome.remedies}
    return dataclasses.replace(outcome, explanations={**outcome.explanations, **asked})


def _explained(finding: Finding, story: _Story, first_echo: str | None) -> tuple[Finding, str | None]:
    """The finding with the net's own mistakes; else following from the wrong layer.

    Where the layer's check belongs to another question, its first echo in this one pays for all:
    `first_echo` is that one's id.
    """
    result = finding.result
    statement = result.id.removeprefix(f"{story.question}.")
    own = story.deciding(story.own, statement)
    if own and (not story.inherited or _decides(story.outcome.slots.get(own[0], ()), statement)):
        return _named(finding, own, story.outcome), first_echo
    layers = story.layers_behind(statement, result.verdict) if result.verdict in _WRONG else []
    if layers and story.question == "two_layer_net":
        return dataclasses.replace(finding, guilty=layers[0].id), first_echo
    if layers and story.inherited:
        return _named(finding, story.deciding(story.inherited, statement), story.outcome), first_echo
    if layers:
        if first_echo is not None:
            return dataclasses.replace(finding, guilty=first_echo), first_echo
        return replaced(finding, msgspec.structs.replace(result, help=f"see {layers[0].id}")), result.id
    if story.outcome.status == "unexplained" and story.outcome.statement and result.verdict is Verdict.FAILED:
        return replaced(finding, msgspec.structs.replace(result, help=story.outcome.statement)), first_echo
    return finding, first_echo


def _feeds(layer: str, statement: str, verdict: Verdict) -> bool:
    """Whether what a layer's check found can show in a statement about the net."""
    of, _, what = layer.rpartition(".")
    name = role_of(of).partition(".")[2]
    if what == "numeric_stability":
        return False  # it is about large scores, and the net's are small
    stopped = verdict is not Verdict.FAILED
    # The loss is returned together with the gradients: what stops these stops it too.
    if statement == "loss.scores" or (statement == "loss.loss" and not stopped):
        forward = name in ("affine_forward", "relu_forward")
        return forward or (statement == "loss.loss" and name == "softmax_loss" and what != "gradient")
    return name != "svm_loss"


def _add_layers(causes: Causes, story: _Story) -> None:
    """The layers' mistakes that show in this question's net, in the roles of the layers."""
    for layer in story.wrong_layers:
        shown = [mistake for mistake in layer.mistakes if mistake in story.outcome.mistakes]
        role = role_of(layer.id.rpartition(".")[0])
        causes.diagnoses += [diagnosis(mistake, (role,), layer.message) for mistake in shown]


def _decides(parts: Iterable[str], statement: str) -> bool:
    patterns = [pattern for part in parts for pattern in _STATEMENTS.get(part, ())]
    return any(
        statement == pattern or (pattern.endswith("*") and statement.startswith(pattern[:-1]))
        for pattern in patterns
    )


def _named(finding: Finding, mistakes: Iterable[str], outcome: Outcome) -> Finding:
    """The finding with proved mistakes; those that its check saw itself stay first."""
    names = tuple(dict.fromkeys([*finding.result.mistakes, *mistakes]))
    if not names:
        return finding
    fact = outcome.explanations.get(names[0]) or finding.result.message
    help_ = outcome.remedies.get(names[0]) or catalogue.lookup(names[0]).remedy
    return replaced(
        finding, msgspec.structs.replace(finding.result, mistakes=names, message=fact, help=help_)
    )
