"""What fails on features follows from what was found in the question whose class was trained."""

from __future__ import annotations

from grader.assignment1.linear.question import trained_roles
from grader.assignment1.nets.question import NET_TRAINED
from grader.assignment1.training.attribution import changes_learning, is_low, is_source
from grader.diagnosis.attribution import Attributed, Attribution, Case
from grader.result import CheckResult

__all__ = ["explain_features"]


def explain_features(case: Case) -> Attribution:
    """Let each low accuracy follow from the first wrong check of its class's own question."""
    linear = case.subject.linear.kind
    trained = {
        "features.linear": (linear, trained_roles(linear)),
        "features.net": ("two_layer_net", NET_TRAINED),
    }
    found: dict[str, Attributed] = {}
    for result in filter(is_low, case.results):
        question, roles = trained[result.role]
        checks = [c for earlier in case.earlier if earlier.id == question for c in earlier.checks]
        wrong = [c for c in checks if is_source(c, roles) and _lowers(c)]
        if wrong:
            found[result.id] = Attributed(cause=wrong[0].follows_from or wrong[0].id)
    return Attribution(checks=found)


def _lowers(check: CheckResult) -> bool:
    return not check.mistakes or any(map(changes_learning, check.mistakes))
