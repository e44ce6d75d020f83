"""A low validation accuracy is an echo of the mistake that the same question's other checks found."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import msgspec

from grader.diagnosis import catalogue
from grader.diagnosis.causes import Causes, replaced
from grader.result import CheckResult, QuestionResult, Verdict
from grader.scoring.charging import Finding

__all__ = ["attribute_accuracy", "attribute_features"]

#: Mistakes in these parts alone change nothing of what is learned.
_HARMLESS = {"data_loss", "regularization_loss", "inputs", "no_python_loops", "numeric_stability", "code"}
#: The parts of a question whose code runs when its class is trained and predicts.
_TRAINED = {"vectorized", "train", "predict", "init", "loss", "layers", "no_loops", "predict_labels"}
#: Statements whose failure alone changes nothing of what is learned.
_BESIDE = {"no_python_loops", "inputs_unchanged", "numeric_stability", "identical_points", "loss_history"}


def attribute_features(causes: Causes, earlier: Sequence[QuestionResult], linear: str) -> None:
    """What fails on features follows from what was found in the question whose class was trained.

    `linear` is the question of the linear classifier.
    """
    trained = {"features.linear": linear, "features.net": "two_layer_net"}
    for i, finding in enumerate(causes.findings):
        if not _is_accuracy(finding) or finding.result.verdict is not Verdict.FAILED:
            continue
        of = trained.get(finding.result.id.rpartition(".")[0])
        checks = [c for question in earlier if question.id == of for c in question.checks]
        wrong = [
            c for c in checks if _is_source(c) and (not c.mistakes or any(map(_changes_learning, c.mistakes)))
        ]
        if wrong:
            guilty = wrong[0].follows_from or wrong[0].id
            causes.findings[i] = dataclasses.replace(finding, guilty=guilty)


def attribute_accuracy(causes: Causes) -> None:
    """Give failed accuracy checks the mistakes behind them, or the failed check that they follow from."""
    sources = [f for f in causes.findings if _is_source(f.result)]
    mistakes = [m for f in sources for m in f.result.mistakes if _changes_learning(m)]
    for i, finding in enumerate(causes.findings):
        if not _is_accuracy(finding) or finding.result.verdict is not Verdict.FAILED:
            continue
        if mistakes:
            changed = msgspec.structs.replace(finding.result, mistakes=tuple(dict.fromkeys(mistakes)))
            causes.findings[i] = replaced(finding, changed)
        elif unexplained := [f for f in sources if not f.result.mistakes and f.guilty is None]:
            causes.findings[i] = dataclasses.replace(finding, guilty=unexplained[0].result.id)


def _is_accuracy(finding: Finding) -> bool:
    return finding.result.id.endswith("validation_accuracy")


def _is_source(result: CheckResult) -> bool:
    """Whether what a check found can be why less is learned."""
    _, part, *rest = result.id.split(".")
    if result.verdict not in (Verdict.FAILED, Verdict.ERROR) or part not in _TRAINED:
        return False
    # The nets of the course end in softmax.
    return rest[0] != "svm_loss" and (bool(result.mistakes) or rest[-1] not in _BESIDE)


def _changes_learning(mistake: str) -> bool:
    return not set(catalogue.slots_of(catalogue.lookup(mistake))) <= _HARMLESS
