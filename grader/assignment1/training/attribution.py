"""What follows from a training: a low accuracy from other mistakes, nothing where there was none."""

from __future__ import annotations

from collections.abc import Collection

from grader.assignment1.catalogue import CATALOGUE
from grader.diagnosis.attribution import Attributed, Attribution, Case, Explainer
from grader.result import CheckResult, Evidence, Verdict

__all__ = ["accuracy_follows_from", "changes_learning", "is_low", "is_source", "unmoved"]

#: Mistakes in these parts alone change nothing of what is learned.
_HARMLESS = {"data_loss", "regularization_loss", "inputs", "no_python_loops", "numeric_stability", "code"}
#: Statements whose failure alone changes nothing of what is learned.
_BESIDE = {"no_python_loops", "inputs_unchanged", "numeric_stability", "identical_points", "loss_history"}


def accuracy_follows_from(*roles: str) -> Explainer:
    """Give failed accuracy checks the mistakes behind them, or the failed check that they follow from.

    `roles`: those whose code runs when the question's class is trained and predicts.
    """

    def explain(case: Case) -> Attribution:
        sources = [finding for finding in case.findings if is_source(finding.result, roles)]
        mistakes = dict.fromkeys(m for f in sources for m in f.result.mistakes if changes_learning(m))
        own = [f.result.id for f in sources if not f.result.mistakes and f.cause is None]
        if mistakes:
            said = Attributed(mistakes=tuple(mistakes))
        elif own:
            said = Attributed(cause=own[0])
        else:
            return Attribution()
        return Attribution(checks={result.id: said for result in case.results if is_low(result)})

    return explain


def unmoved(case: Case) -> Attribution:
    """Of a training that moves no weight nothing is to be seen of what it leads to."""
    still = [one.id for one in case.results if one.verdict is Verdict.FAILED and "no-update" in one.mistakes]
    return Attribution(checks=dict.fromkeys(still, Attributed(unseen=True)))


def is_low(result: CheckResult) -> bool:
    """Whether it is an accuracy, and too low: one that is too high follows from no mistake."""
    if result.statement != "validation_accuracy" or result.verdict is not Verdict.FAILED:
        return False
    return not any(_is_reached(evidence) for evidence in result.evidence)


def _is_reached(evidence: Evidence) -> bool:
    measured, expected = evidence.measured, evidence.expected
    return isinstance(measured, float) and isinstance(expected, float) and measured >= expected


def is_source(result: CheckResult, roles: Collection[str]) -> bool:
    """Whether what a check of one of these roles found can be why less is learned."""
    wrong = result.role in roles and result.verdict in (Verdict.FAILED, Verdict.ERROR)
    return wrong and (bool(result.mistakes) or result.statement not in _BESIDE)


def changes_learning(mistake: str) -> bool:
    return not set(CATALOGUE.slots(mistake)) <= _HARMLESS
