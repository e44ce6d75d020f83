"""What failed checks of k-NN follow from: `predict` and the agreement show their parts' mistakes again."""

from __future__ import annotations

from typing import Any

import msgspec

from grader.causes.common import Causes, replaced
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
    wrong = {f.result.id: f.result for f in causes.findings if f.result.verdict in _WRONG}
    for i, finding in enumerate(causes.findings):
        guilty = [wrong[part] for part in _PARTS.get(finding.result.id, ()) if part in wrong]
        if not guilty or finding.result.verdict not in _WRONG:
            continue
        mistakes = tuple(dict.fromkeys(mistake for result in guilty for mistake in result.mistakes))
        if mistakes and finding.result.verdict is Verdict.FAILED:
            causes.findings[i] = replaced(finding, msgspec.structs.replace(finding.result, mistakes=mistakes))
        else:
            causes.findings[i] = Finding(finding.result, guilty=guilty[0].id)
