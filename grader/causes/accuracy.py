"""A low validation accuracy is an echo of the mistake that the same question's other checks found."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from grader.causes.common import Causes, replaced
from grader.charging import Finding
from grader.mistakes import catalogue
from grader.result import QuestionResult, Verdict

__all__ = ["attribute_accuracy", "attribute_features"]

#: Mistakes in these parts alone change nothing of what is learned.
_HARMLESS = {"data_loss", "regularization_loss", "inputs", "no_python_loops", "numeric_stability", "code"}
#: Whose classes the checks of `features` train.
_TRAINED_BY = {"linear": ("svm", "softmax"), "net": ("two_layer_net",)}


def attribute_features(causes: Causes, earlier: Sequence[QuestionResult]) -> None:
    """What fails on features follows from what was found in the question whose class was trained."""
    for i, finding in enumerate(causes.findings):
        questions = _TRAINED_BY.get(finding.result.id.split(".")[1], ())
        if not _is_accuracy(finding) or finding.result.verdict is not Verdict.FAILED:
            continue
        checks = [c for q in earlier if q.id in questions for c in q.checks]
        wrong = [c for c in checks if c.verdict in (Verdict.FAILED, Verdict.ERROR) and ".naive." not in c.id]
        if guilty := [c for c in wrong if not c.mistakes or any(map(_changes_learning, c.mistakes))]:
            causes.findings[i] = Finding(finding.result, guilty=guilty[0].follows_from or guilty[0].id)


def attribute_accuracy(causes: Causes) -> None:
    """Give failed accuracy checks the mistakes behind them, or the failed check that they follow from."""
    broken = [f for f in causes.findings if f.result.verdict in (Verdict.FAILED, Verdict.ERROR)]
    sources = [f for f in broken if not _is_accuracy(f) and "agreement" not in f.result.id]
    sources = [f for f in sources if ".naive." not in f.result.id]
    mistakes = [m for f in sources for m in f.result.mistakes if _changes_learning(m)]
    for i, finding in enumerate(causes.findings):
        if not _is_accuracy(finding) or finding.result.verdict is not Verdict.FAILED:
            continue
        if mistakes:
            changed = msgspec.structs.replace(finding.result, mistakes=tuple(dict.fromkeys(mistakes)))
            causes.findings[i] = replaced(finding, changed)
        elif unexplained := [f for f in sources if not f.result.mistakes]:
            causes.findings[i] = Finding(finding.result, guilty=unexplained[0].result.id)


def _is_accuracy(finding: Finding) -> bool:
    return finding.result.id.endswith("validation_accuracy")


def _changes_learning(mistake: str) -> bool:
    return not set(catalogue.slots_of(catalogue.lookup(mistake))) <= _HARMLESS
