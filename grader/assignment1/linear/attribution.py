"""The mistakes behind failed checks of the SVM and softmax losses, found by simulation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.assignment1.catalogue import CATALOGUE
from grader.assignment1.linear.mistakes import diagnose_linear_loss
from grader.assignment1.linear.proxy import LossFunction
from grader.assignment1.shifted import with_shift
from grader.checking.finding import Finding
from grader.diagnosis.attribution import (
    WITHOUT_RIGHT_RESULT,
    WRONG,
    Attributed,
    Attribution,
    Case,
    stops_alike,
)
from grader.diagnosis.catalogue import Slot
from grader.diagnosis.outcome import Outcome
from grader.diagnosis.problems import TRIALS
from grader.result import CheckResult, Evidence, SkipReason, Verdict
from grader.student.answers import BadResult
from grader.student.calls import StudentError, StudentMissing, StudentTimeout

__all__ = ["explain_linear_losses", "withhold_unearned"]

#: Which statements about a loss each part of it decides.
_BROKEN_BY_SLOT: Mapping[str, tuple[str, ...]] = {
    "data_loss": ("zero_weights", "loss"),
    "regularization_loss": ("loss",),
    "data_gradient": ("gradient",),
    "regularization_gradient": ("regularization_gradient",),
    "numeric_stability": ("numeric_stability",),
}
#: The parts that are right where a statement holds.
_RIGHT_BY_STATEMENT: Mapping[str, tuple[Slot, ...]] = {
    "loss": ("data_loss", "regularization_loss"),
    "gradient": ("data_gradient",),
    "regularization_gradient": ("regularization_gradient",),
}
_DECIDED = ("zero_weights", "loss", "gradient", "regularization_gradient")
#: By the statement of an agreement, those of a side that tell the same at reg = 0, and at another reg.
_AGREEMENT = {
    "loss": (("zero_weights", "loss"), ("loss",)),
    "gradient": (("gradient",), ("regularization_gradient",)),
}
#: Proved by how the function behaves. They say nothing of its values, so nothing else follows from them.
_OF_BEHAVIOUR = ("result-depends-on-hidden-state", "inputs-modified")
#: Proved by the shapes on which the function runs. On others it raises, in every check that has such.
_STOPPING = frozenset(mistake for trial in TRIALS for mistake in trial.mistakes)
#: What a function passes without computing anything right.
_WITHOUT_VALUES = ("no_python_loops", "inputs_unchanged")


def explain_linear_losses(case: Case) -> Attribution:
    """Name the mistakes of both losses; what compares them follows from these, or from the wrong side."""
    found = Attribution()
    for function in (case.subject.naive, case.subject.vectorized):
        own = [one for one in case.results if one.role == function.role]
        if any(one.statement in _DECIDED and one.verdict in WITHOUT_RIGHT_RESULT for one in own):
            outcome = _diagnosed(function, _passed(own), case.penalties.get(case.question))
            if outcome is not None:
                outcome = with_shift(case, function.role, outcome)
                found += _attributed(case, function.role, outcome, own)
    return found + Attribution(checks=_agreement(case.after(found)))


def _passed(own: Sequence[CheckResult]) -> frozenset[Slot]:
    """The parts that the checks of a role found right."""
    held = [one.statement for one in own if one.verdict is Verdict.PASSED]
    return frozenset(slot for statement in held for slot in _RIGHT_BY_STATEMENT.get(statement, ()))


def _diagnosed(function: LossFunction, passed: frozenset[Slot], course: float | None) -> Outcome | None:
    """The search's outcome; None when the function gives nothing to compare."""
    try:
        function.require_work()
        fatal = (StudentTimeout, StudentMissing, BadResult)
        return diagnose_linear_loss(function.kind, function.value, fatal=fatal, passed=passed, course=course)
    except (StudentError, StudentMissing, StudentTimeout, BadResult):
        return None


def _attributed(case: Case, role: str, outcome: Outcome, own: Sequence[CheckResult]) -> Attribution:
    """The outcome in the role's checks, and as diagnoses."""
    said = {one.id: _said(one, outcome) for one in own if not one.mistakes and _is_open(one)}
    return Attribution(
        checks={id: one for id, one in said.items() if one is not None},
        diagnoses=tuple(
            case.proved(
                mistake,
                role,
                outcome.explanations.get(mistake, ""),
                outcome.residual,
                outcome.remedies.get(mistake),
            )
            for mistake in outcome.mistakes
            if not case.catalogue[mistake].unfinished
        ),
        candidates=case.possible(outcome.candidates, role),
    )


def _is_open(result: CheckResult) -> bool:
    """Whether a check failed, or waits for one that did though the search looks at what it asks itself."""
    waits = result.statement == "numeric_stability" and result.reason is SkipReason.NEEDS
    return waits or result.verdict in WITHOUT_RIGHT_RESULT


def _said(result: CheckResult, outcome: Outcome) -> Attributed | None:
    mistakes = _explaining(result, outcome)
    if mistakes:
        fact, remedy = outcome.explanations.get(mistakes[0]), outcome.remedies.get(mistakes[0])
        remedy = remedy or CATALOGUE[mistakes[0]].remedy
        if CATALOGUE[mistakes[0]].unfinished:  # next to nothing is as good as nothing
            return Attributed(verdict=Verdict.MISSING, message=fact, help=remedy)
        verdict = Verdict.FAILED if result.verdict is Verdict.SKIPPED else None
        return Attributed(verdict=verdict, mistakes=mistakes, message=fact or None, help=remedy)
    unnamed = outcome.open if outcome.status == "partly" else outcome.statement
    if outcome.status in ("partly", "unexplained") and unnamed and result.verdict is Verdict.FAILED:
        return Attributed(hint=unnamed)
    return None


def _explaining(result: CheckResult, outcome: Outcome) -> tuple[str, ...]:
    """The mistakes that make this check fail."""
    explaining = [m for m in outcome.mistakes if m not in _OF_BEHAVIOUR]
    mistakes = [m for m in explaining if result.statement in _statements(outcome.slots.get(m, ()))]
    if result.verdict is Verdict.ERROR:
        # What stops the function comes first; what it does to large scores is not why it stopped.
        stopping = [m for m in explaining if m in _STOPPING]
        of_values = [m for m in mistakes if _BROKEN_BY_SLOT.keys() & set(outcome.slots.get(m, ()))]
        mistakes = stopping + [m for m in of_values if m not in stopping]
    if not mistakes and outcome.status == "explained" and result.verdict is Verdict.FAILED:
        # The whole function is explained, so a term that is there even at reg = 0 shows here as well.
        side = "gradient" if "gradient" in result.statement else "loss"
        mistakes = [m for m in explaining if any(side in slot for slot in outcome.slots.get(m, ()))]
    # Work that is not done has no mistake.
    return () if result.verdict is Verdict.MISSING else tuple(mistakes)


def _statements(slots: Sequence[str]) -> set[str]:
    # A mistake of no one part (an error on another shape) shows in the loss check, which tries two shapes.
    return {s for slot in slots for s in _BROKEN_BY_SLOT.get(slot, ("loss",))} or {"loss"}


def _agreement(case: Case) -> dict[str, Attributed]:
    """A disagreement follows from the side that is wrong, or that stops in the same way."""
    sides = [
        one for one in case.results if one.role in (case.subject.naive.role, case.subject.vectorized.role)
    ]
    wrong = [one for one in sides if one.verdict in WRONG]
    found: dict[str, Attributed] = {}
    for result in case.results:
        if result.role != f"{case.question}.agreement" or result.verdict not in WRONG or result.mistakes:
            continue
        same = [one for one in wrong if stops_alike(one, result)]
        shown = _statements_behind(result)
        behind = same or [one for one in wrong if one.statement in shown]
        behind = behind or [one for one in wrong if _could_fail(one.mistakes, shown)]
        if behind:
            found[result.id] = Attributed(cause=behind[0].id)
    return found


def _statements_behind(agreement: CheckResult) -> Sequence[str]:
    """What a side fails that makes it differ as the agreement's evidence shows: the first is at reg = 0."""
    at_zero, with_reg = _AGREEMENT[agreement.statement]
    return at_zero if any(map(_differs, agreement.evidence[:1])) else with_reg


def _could_fail(mistakes: Sequence[str], statements: Sequence[str]) -> bool:
    """Whether such a mistake is in what these statements decide, though the side passed them."""
    return any(set(statements) & _statements(CATALOGUE.slots(mistake)) for mistake in mistakes)


def _differs(evidence: Evidence) -> bool:
    error, most = evidence.relative_error, evidence.tolerance
    return error is None or most is None or error > most


def withhold_unearned(case: Case) -> Attribution:
    """Without a right (or explained) loss and gradient, equal nonsense without loops earns nothing."""
    wrong = set()
    for role in (case.subject.naive.role, case.subject.vectorized.role):
        decisive = [f for f in case.findings if f.result.role == role and f.result.statement in _AGREEMENT]
        broken = [f for f in decisive if f.result.verdict in WRONG]
        absent = [f for f in decisive if f.result.verdict is Verdict.MISSING]
        if broken and len(broken + absent) == len(decisive) and not any(map(_is_explained, broken)):
            wrong.add(role)
    found: dict[str, Attributed] = {}
    for result in case.results:
        if result.role in wrong and result.statement not in _WITHOUT_VALUES:
            # Nor does a mistake charged elsewhere excuse values that nothing explains.
            found[result.id] = Attributed(mistakes=())
        elif result.role in wrong or (result.role == f"{case.question}.agreement" and len(wrong) == 2):
            fact = "not counted: neither the loss nor the gradient is right"
            found[result.id] = Attributed(
                verdict=Verdict.SKIPPED, message=fact, mistakes=(), reason=SkipReason.NEEDS
            )
    return Attribution(checks=found)


def _is_explained(finding: Finding) -> bool:
    return any(mistake not in _OF_BEHAVIOUR for mistake in finding.result.mistakes)
