"""What failed checks of k-NN follow from: `predict` and the agreement show their parts' mistakes again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import msgspec

from grader.checking.check import role_of
from grader.diagnosis.causes import Causes
from grader.intake.site import Site
from grader.result import CheckResult, Verdict, Where

__all__ = ["explain_neighbours"]

_WAYS = ("knn.two_loops.distances", "knn.one_loop.distances", "knn.no_loops.distances")
_PARTS = {
    "knn.agreement.distances": _WAYS,
    "knn.predict.labels": (*_WAYS, "knn.predict_labels.votes"),
}
_STOPPED = (Verdict.ERROR, Verdict.TIMEOUT)
_WRONG = (Verdict.FAILED, *_STOPPED)


def explain_neighbours(question: str, causes: Causes, subject: Any) -> None:
    """Let what is built from several roles follow from the role that is wrong."""
    results = {finding.result.id: finding.result for finding in causes.findings}
    for i, finding in enumerate(causes.findings):
        parts = [results[part] for part in _PARTS.get(finding.result.id, ()) if part in results]
        result = _wrong_not_missing(finding.result, parts)
        guilty = _guilty(result, parts, subject.student.sites)
        if guilty is not None:
            causes.findings[i] = dataclasses.replace(finding, result=result, guilty=guilty)


def _wrong_not_missing(result: CheckResult, parts: list[CheckResult]) -> CheckResult:
    """A whole that gives nothing although every part is there follows from the part that is wrong."""
    verdicts = {part.verdict for part in parts}
    if result.verdict is Verdict.MISSING and Verdict.MISSING not in verdicts and Verdict.FAILED in verdicts:
        return msgspec.structs.replace(result, verdict=Verdict.FAILED)
    return result


def _guilty(result: CheckResult, parts: list[CheckResult], sites: Mapping[str, Site]) -> str | None:
    """The failed check of the part that is wrong; None when the whole fails for a reason of its own.

    Where no part even runs (a file that cannot be imported), nothing was shown to work.
    """
    if all(part.verdict in (*_STOPPED, Verdict.MISSING) for part in parts):
        return None
    if result.verdict is Verdict.FAILED:
        return next((part.id for part in parts if part.verdict is Verdict.FAILED), None)
    if result.verdict not in _STOPPED or result.where is None:
        return None
    role = _role_at(result.where, sites)
    wrong = {role_of(part.id.rpartition(".")[0]): part for part in parts if part.verdict in _WRONG}
    if role not in wrong and role == "knn.predict_labels":
        # The vote is right where it is asked alone; it stops on distances that are wrong.
        return next((part.id for part in wrong.values() if part.verdict is Verdict.FAILED), None)
    return wrong[role].id if role in wrong else None


def _role_at(where: Where, sites: Mapping[str, Site]) -> str | None:
    """The role of this question in whose lines a place lies: the last that begins before it."""
    began: dict[str, int] = {}
    for role, site in sites.items():
        if site.where is not None and site.where.file == where.file and role.startswith("knn."):
            began[role] = site.line or 0
    before = [role for role, line in began.items() if where.line is not None and 0 < line <= where.line]
    return max(before, key=lambda role: began[role], default=None)
