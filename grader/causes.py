"""From failed checks to the mistakes that explain them: which checks each mistake breaks, and where it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from grader.charging import Finding
from grader.mistakes import Outcome, catalogue, diagnose_linear_loss
from grader.proxies import BadResult, LossFunction
from grader.result import CheckResult, Diagnosis, Verdict
from grader.student import Student, StudentError, StudentMissing, StudentTimeout

__all__ = ["Causes", "explain_failures"]

#: Which statements about a loss each part of it decides.
_BROKEN_BY_SLOT = {
    "data_loss": ("zero_weights", "loss"),
    "regularization_loss": ("loss",),
    "data_gradient": ("gradient",),
    "regularization_gradient": ("regularization_gradient",),
}
_AGREEMENT = {
    "loss": ("data_loss", "regularization_loss"),
    "gradient": ("data_gradient", "regularization_gradient"),
}
_BROKEN = (Verdict.FAILED, Verdict.ERROR, Verdict.MISSING)


@dataclass
class Causes:
    """What was proved about a submission: findings with their mistakes, diagnoses, and what stays open."""

    findings: list[Finding]
    diagnoses: list[Diagnosis] = field(default_factory=list)
    candidates: list[Diagnosis] = field(default_factory=list)


Source = Callable[[str], str | None]


def explain_failures(
    question: str, findings: Sequence[Finding], subject: Any, student: Student, source: Source
) -> Causes:
    """Name the mistakes behind one question's failed checks.

    Args:
        subject: the question's proxy.
        source: the text of a file of the submission, None if it has none.
    """
    causes = Causes(list(findings))
    if question in ("svm", "softmax"):
        _explain_losses(question, causes, subject)
    _add_proved_by_checks(causes, student)
    causes.diagnoses = [_located(diagnosis, student, source) for diagnosis in _merged(causes.diagnoses)]
    causes.candidates = _merged(causes.candidates)
    return causes


def _explain_losses(question: str, causes: Causes, subject: Any) -> None:
    outcomes: dict[str, Outcome] = {}
    for name in ("naive", "vectorized"):
        role = f"{question}.{name}"
        statements = {f"{role}.{s}" for s in ("zero_weights", "loss", "gradient", "regularization_gradient")}
        if any(f.result.id in statements and f.result.verdict in _BROKEN for f in causes.findings):
            outcome = _diagnosed(getattr(subject, name))
            if outcome is not None:
                outcomes[name] = outcome
                _apply(outcome, role, causes)
    _explain_agreement(question, outcomes, causes)


def _diagnosed(function: LossFunction) -> Outcome | None:
    """The search's outcome; None when the function gives nothing to compare."""
    try:
        function.require_work()
        fatal = (StudentTimeout, StudentMissing)
        return diagnose_linear_loss(function.kind, function.value, fatal=fatal)  # type: ignore[arg-type]
    except (StudentError, StudentMissing, StudentTimeout, BadResult):
        return None


def _apply(outcome: Outcome, role: str, causes: Causes) -> None:
    """Enter the outcome in the role's findings and in the diagnoses."""
    for mistake in outcome.mistakes:
        text = outcome.explanations.get(mistake, "")
        causes.diagnoses.append(
            Diagnosis(
                mistake=mistake,
                roles=(role,),
                residual=outcome.residual,
                explanation=text,
                help=catalogue.lookup(mistake).remedy,
            )
        )
    causes.candidates += [
        Diagnosis(mistake=mistake, roles=(role,), exact=False, help=catalogue.lookup(mistake).remedy)
        for mistake in dict.fromkeys(m for candidate in outcome.candidates for m in candidate)
    ]
    causes.findings = [_with_mistakes(finding, role, outcome) for finding in causes.findings]


def _with_mistakes(finding: Finding, role: str, outcome: Outcome) -> Finding:
    result = finding.result
    of, _, statement = result.id.rpartition(".")
    if of != role or result.verdict not in _BROKEN or result.mistakes:
        return finding
    mistakes = [m for m in outcome.mistakes if statement in _statements(outcome.slots.get(m, ()))]
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
    return _replaced(finding, changed)


def _statements(slots: Sequence[str]) -> set[str]:
    # A mistake of no one part (an error on another shape) shows in the loss check, which tries two shapes.
    return {s for slot in slots for s in _BROKEN_BY_SLOT.get(slot, ("loss",))} or {"loss"}


def _explain_agreement(question: str, outcomes: Mapping[str, Outcome], causes: Causes) -> None:
    """A disagreement follows from the mistakes of the two sides, or from the one side that is wrong."""
    for i, finding in enumerate(causes.findings):
        what = finding.result.id.removeprefix(f"{question}.agreement.")
        if what not in _AGREEMENT or finding.result.verdict in (Verdict.PASSED, Verdict.MISSING):
            continue
        slots = set(_AGREEMENT[what])
        mistakes = [m for o in outcomes.values() for m in o.mistakes if slots & set(o.slots.get(m, ()))]
        if mistakes and finding.result.verdict is Verdict.FAILED:
            changed = msgspec.structs.replace(finding.result, mistakes=tuple(dict.fromkeys(mistakes)))
            causes.findings[i] = _replaced(finding, changed)
        elif guilty := _guilty_side(question, what, causes.findings):
            causes.findings[i] = Finding(finding.result, guilty=guilty)


def _guilty_side(question: str, what: str, findings: Sequence[Finding]) -> str | None:
    statements = ("zero_weights", "loss") if what == "loss" else ("gradient", "regularization_gradient")
    for finding in findings:
        of, _, statement = finding.result.id.rpartition(".")
        broken = finding.result.verdict not in (Verdict.PASSED, Verdict.SKIPPED, Verdict.MISSING)
        if broken and statement in statements and of.startswith(question):
            return finding.result.id
    return None


def _replaced(finding: Finding, result: CheckResult) -> Finding:
    return Finding(result, finding.not_run, finding.waits_for, finding.guilty)


def _add_proved_by_checks(causes: Causes, student: Student) -> None:
    """Mistakes that a check saw itself (a probe, counted lines) are diagnoses as well."""
    known = {(d.mistake, role) for d in causes.diagnoses for role in d.roles}
    for finding in causes.findings:
        role = finding.result.id.rpartition(".")[0]
        for mistake in finding.result.mistakes:
            named = any(mistake == other for other, _ in known)
            if (mistake, role) in known or (named and role not in student.sites):
                continue
            known.add((mistake, role))
            help_ = catalogue.lookup(mistake).remedy
            text = finding.result.message
            causes.diagnoses.append(Diagnosis(mistake=mistake, roles=(role,), explanation=text, help=help_))


def _merged(diagnoses: Sequence[Diagnosis]) -> list[Diagnosis]:
    """One entry a mistake, with all its roles."""
    merged: dict[str, Diagnosis] = {}
    for found in diagnoses:
        known = merged.get(found.mistake)
        if known is None:
            merged[found.mistake] = found
            continue
        residuals = [r for r in (known.residual, found.residual) if r is not None]
        merged[found.mistake] = msgspec.structs.replace(
            known,
            roles=tuple(dict.fromkeys(known.roles + found.roles)),
            residual=max(residuals) if residuals else None,
        )
    return list(merged.values())


def _located(diagnosis: Diagnosis, student: Student, source: Source) -> Diagnosis:
    """The diagnosis with the line in the student's file, or the function's own where the line is unsure."""
    site = next((student.sites[role] for role in diagnosis.roles if role in student.sites), None)
    if site is None or site.file is None:
        return diagnosis
    return msgspec.structs.replace(diagnosis, where=site.where)
