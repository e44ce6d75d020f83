"""The mistakes behind failed checks of the SVM and softmax losses, found by simulation."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import msgspec

from grader.assignment1.linear.mistakes import diagnose_linear_loss
from grader.assignment1.proxies import BadResult, LinearQuestion, LossFunction
from grader.diagnosis import catalogue
from grader.diagnosis.causes import UNFINISHED, WITHOUT_RIGHT_RESULT, Causes, diagnosis, possible, replaced
from grader.diagnosis.outcome import Outcome
from grader.diagnosis.problems import LADDER
from grader.result import Verdict
from grader.scoring.charging import Finding
from grader.student.calls import StudentError, StudentMissing, StudentTimeout

__all__ = ["explain_linear_losses"]

#: Which statements about a loss each part of it decides.
_BROKEN_BY_SLOT = {
    "data_loss": ("zero_weights", "loss"),
    "regularization_loss": ("loss",),
    "data_gradient": ("gradient",),
    "regularization_gradient": ("regularization_gradient",),
}
_WRONG = (Verdict.FAILED, Verdict.ERROR, Verdict.TIMEOUT)
_AGREEMENT = {
    "loss": ("data_loss", "regularization_loss"),
    "gradient": ("data_gradient", "regularization_gradient"),
}


#: Proved by how the function behaves. They say nothing of its values, so nothing else follows from them.
_OF_BEHAVIOUR = ("result-depends-on-hidden-state", "inputs-modified")
#: Proved by the shapes on which the function runs. On others it raises, in every check that has such.
_STOPPING = frozenset(mistake for rung in LADDER for mistake in rung.mistakes)
#: What a function passes without computing anything right.
_EMPTY_PRAISE = ("no_python_loops", "inputs_unchanged")


def explain_linear_losses(question: str, causes: Causes, subject: LinearQuestion) -> None:
    outcomes: dict[str, Outcome] = {}
    for name in ("naive", "vectorized"):
        role = f"{question}.{name}"
        statements = {f"{role}.{s}" for s in ("zero_weights", "loss", "gradient", "regularization_gradient")}
        if any(
            f.result.id in statements and f.result.verdict in WITHOUT_RIGHT_RESULT for f in causes.findings
        ):
            outcome = _diagnosed(getattr(subject, name))
            if outcome is not None:
                outcomes[name] = outcome
                _apply(outcome, role, causes)
    _explain_agreement(question, outcomes, causes)
    _withhold_empty_praise(question, causes)


def _withhold_empty_praise(question: str, causes: Causes) -> None:
    """Without a right (or explained) loss and gradient, equal nonsense without loops earns nothing."""
    wrong = set()
    for name in ("naive", "vectorized"):
        role = f"{question}.{name}"
        decisive = [f for f in causes.findings if f.result.id in (f"{role}.loss", f"{role}.gradient")]
        unexplained = [f for f in decisive if f.result.verdict in _WRONG and not _is_explained(f)]
        if decisive and len(unexplained) == len(decisive):
            wrong.add(role)
    for i, finding in enumerate(causes.findings):
        of, _, statement = finding.result.id.rpartition(".")
        if of in wrong and statement not in _EMPTY_PRAISE:
            # Nor does a mistake charged elsewhere excuse values that nothing explains.
            causes.findings[i] = replaced(finding, msgspec.structs.replace(finding.result, mistakes=()))
        elif of in wrong or (of == f"{question}.agreement" and len(wrong) == 2):
            reason = "not counted: neither the loss nor the gradient is right"
            skipped = msgspec.structs.replace(
                finding.result, verdict=Verdict.SKIPPED, message=reason, mistakes=()
            )
            causes.findings[i] = replaced(finding, skipped)


def _is_explained(finding: Finding) -> bool:
    return any(mistake not in _OF_BEHAVIOUR for mistake in finding.result.mistakes)


def _diagnosed(function: LossFunction) -> Outcome | None:
    """The search's outcome; None when the function gives nothing to compare."""
    try:
        function.require_work()
        fatal = (StudentTimeout, StudentMissing, BadResult)
        return diagnose_linear_loss(function.kind, function.value, fatal=fatal)  # type: ignore[arg-type]
    except (StudentError, StudentMissing, StudentTimeout, BadResult):
        return None


def _apply(outcome: Outcome, role: str, causes: Causes) -> None:
    """Enter the outcome in the role's findings and in the diagnoses."""
    causes.diagnoses += [
        diagnosis(mistake, (role,), outcome.explanations.get(mistake, ""), outcome.residual)
        for mistake in outcome.mistakes
        if mistake not in UNFINISHED
    ]
    causes.candidates += possible(outcome.candidates, (role,))
    causes.findings = [_with_mistakes(finding, role, outcome) for finding in causes.findings]


def _with_mistakes(finding: Finding, role: str, outcome: Outcome) -> Finding:
    result = finding.result
    of, _, statement = result.id.rpartition(".")
    if of != role or result.verdict not in WITHOUT_RIGHT_RESULT or result.mistakes:
        return finding
    explaining = [m for m in outcome.mistakes if m not in _OF_BEHAVIOUR]
    mistakes = [m for m in explaining if statement in _statements(outcome.slots.get(m, ()))]
    if result.verdict is Verdict.ERROR:
        # What stops the function comes first; what it does to large scores is not why it stopped.
        stopping = [m for m in explaining if m in _STOPPING]
        of_values = [m for m in mistakes if _BROKEN_BY_SLOT.keys() & set(outcome.slots.get(m, ()))]
        mistakes = stopping + [m for m in of_values if m not in stopping]
    if not mistakes and outcome.status == "explained" and result.verdict is Verdict.FAILED:
        # The whole function is explained, so a term that is there even at reg = 0 shows here as well.
        side = "gradient" if "gradient" in statement else "loss"
        mistakes = [m for m in explaining if any(side in slot for slot in outcome.slots.get(m, ()))]
    if mistakes:
        first = outcome.explanations.get(mistakes[0])
        help_ = catalogue.lookup(mistakes[0]).remedy
        changed = msgspec.structs.replace(
            result, mistakes=tuple(mistakes), message=first or result.message, help=help_
        )
    elif outcome.status == "unexplained" and outcome.statement and result.verdict is Verdict.FAILED:
        changed = msgspec.structs.replace(result, help=outcome.statement)
    else:
        return finding
    return replaced(finding, changed)


def _statements(slots: Sequence[str]) -> set[str]:
    # A mistake of no one part (an error on another shape) shows in the loss check, which tries two shapes.
    return {s for slot in slots for s in _BROKEN_BY_SLOT.get(slot, ("loss",))} or {"loss"}


def _explain_agreement(question: str, outcomes: Mapping[str, Outcome], causes: Causes) -> None:
    """A disagreement follows from the mistakes of the two sides, or from the one side that is wrong."""
    for i, finding in enumerate(causes.findings):
        what = finding.result.id.removeprefix(f"{question}.agreement.")
        settled = finding.result.mistakes or finding.result.verdict in (Verdict.PASSED, Verdict.MISSING)
        if what not in _AGREEMENT or settled:
            continue
        slots = set(_AGREEMENT[what])
        named = [(m, o) for o in outcomes.values() for m in o.mistakes if m not in _OF_BEHAVIOUR]
        mistakes = [m for m, o in named if slots & set(o.slots.get(m, ()))]
        if mistakes and finding.result.verdict is Verdict.FAILED:
            changed = msgspec.structs.replace(finding.result, mistakes=tuple(dict.fromkeys(mistakes)))
            causes.findings[i] = replaced(finding, changed)
        elif guilty := _guilty_side(question, what, causes.findings):
            causes.findings[i] = dataclasses.replace(finding, guilty=guilty)


def _guilty_side(question: str, what: str, findings: Sequence[Finding]) -> str | None:
    """The failed check of the one side that is wrong; None when both are, or neither."""
    statements = ("zero_weights", "loss") if what == "loss" else ("gradient", "regularization_gradient")
    sides = (f"{question}.naive", f"{question}.vectorized")
    broken: dict[str, str] = {}
    for finding in findings:
        of, _, statement = finding.result.id.rpartition(".")
        if finding.result.verdict in _WRONG and statement in statements and of in sides:
            broken.setdefault(of, finding.result.id)
    return next(iter(broken.values())) if len(broken) == 1 else None
