"""What failed checks of k-NN follow from: `predict` and the agreement show their parts' mistakes again."""

from __future__ import annotations

from typing import Any

from grader.causes.common import Causes
from grader.charging import Finding
from grader.result import Verdict

__all__ = ["explain_neighbours"]

_WAYS = ("knn.two_loops.distances", "knn.one_loop.distances", "knn.no_loops.distances")
_PARTS = {
    "knn.agreement.distances": _WAYS,
    "knn.predict.labels": (*_WAYS, "knn.predict_labels.votes"),
}
_WRONG = (Verdict.FAILED, Verdict.ERROR, Verdict.TIMEOUT)


def explain_neighbours(question: str, causes: Causes, subject: Any) -> None:
    """Let what is built from several roles follow from the role that is wrong."""
    wrong = {finding.result.id for finding in causes.findings if finding.result.verdict in _WRONG}
    for i, finding in enumerate(causes.findings):
        guilty = next((part for part in _PARTS.get(finding.result.id, ()) if part in wrong), None)
        if guilty is not None and finding.result.verdict in _WRONG:
            causes.findings[i] = Finding(finding.result, guilty=guilty)
