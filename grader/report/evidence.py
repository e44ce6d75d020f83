"""The numbers behind a failed check, and all that is known of it, in the same words for every reader."""

from __future__ import annotations

from grader.report.text import clean, number
from grader.report.words import place
from grader.result import CheckResult, Evidence, Report, Verdict

__all__ = ["broken", "comparison", "described", "facts", "helps"]

MOST = 3


def broken(check: CheckResult) -> tuple[Evidence, ...]:
    """The first few comparisons that did not hold."""
    return tuple(each for each in check.evidence if not holds(each))[:MOST]


def holds(evidence: Evidence) -> bool:
    if evidence.relative_error is not None and evidence.tolerance is not None:
        return evidence.relative_error <= evidence.tolerance
    return evidence.measured == evidence.expected


def comparison(check: CheckResult, evidence: Evidence) -> list[str]:
    """The two values and their relative error; in the course's own words where it compares gradients."""
    expected, got = evidence.expected, evidence.measured
    if isinstance(expected, float) and isinstance(got, float) and is_gradient(check):
        texts = [f"numerical: {expected:f}", f"analytic: {got:f}"]
    else:
        texts = [f"expected: {number(expected)}", f"got: {number(got)}"]
    if evidence.relative_error is not None:
        texts.append(f"rel. error: {evidence.relative_error:.1e}")
    return texts


def is_gradient(check: CheckResult) -> bool:
    return check.statement in ("gradient", "regularization_gradient") and check.topic != "agreement"


def facts(check: CheckResult) -> tuple[object, ...]:
    """What makes two failures the same to a reader: one typo can stop ten checks at the same line."""
    # What is missing has no place that matters; an error has.
    where = None if check.verdict is Verdict.MISSING else check.where
    return check.verdict, check.message, check.hint, check.help, where


def described(check: CheckResult, report: Report) -> list[str]:
    """Fact, numbers, mistake, help and place, a line each, for formats that know no columns."""
    lines = [clean(check.message), clean(check.hint)]
    lines += [f"{clean(each.what, 200)}: {', '.join(comparison(check, each))}" for each in broken(check)]
    lines += [f"mistake: {clean(mistake, 80)}" for mistake in check.mistakes]
    lines += [f"help: {clean(advice)}" for advice in helps(check, report)]
    lines += [f"where: {place(check.where)}"] if check.where else []
    return [line for line in lines if line]


def helps(check: CheckResult, report: Report) -> list[str]:
    """What to do: the words of its mistakes as `grader explain` has them, or the check's own."""
    if check.of_place:
        return [check.help]
    known = {diagnosis.mistake: diagnosis.help for diagnosis in report.diagnoses}
    said = [known.get(mistake, "") for mistake in check.mistakes]
    return [each for each in dict.fromkeys(said) if each] or [check.help] * bool(check.help)
