"""What failed checks of k-NN follow from: `predict` and the agreement show their parts' mistakes again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.diagnosis.attribution import WRONG, Attributed, Attribution, Case
from grader.intake.site import Site
from grader.result import CheckResult, Verdict, Where

__all__ = ["explain_neighbours"]

_WAYS = ("knn.two_loops.distances", "knn.one_loop.distances", "knn.no_loops.distances")
_PARTS = {
    "knn.agreement.distances": _WAYS,
    "knn.predict.labels": (*_WAYS, "knn.predict_labels.votes"),
}
_STOPPED = (Verdict.ERROR, Verdict.TIMEOUT)


def explain_neighbours(case: Case) -> Attribution:
    """Let what is built from several roles follow from the role that is wrong."""
    results = {result.id: result for result in case.results}
    sites = {role: site for role, site in case.student.sites.items() if role in _ROLES}
    found: dict[str, Attributed] = {}
    for whole, names in _PARTS.items():
        parts = [results[part] for part in names if part in results]
        verdict = _verdict(results[whole], parts) if whole in results else Verdict.PASSED
        cause = _cause(results[whole], verdict, parts, sites) if verdict is not Verdict.PASSED else None
        if cause is not None:
            found[whole] = Attributed(verdict=verdict, cause=cause)
    return Attribution(checks=found)


_ROLES = ("knn.two_loops", "knn.one_loop", "knn.no_loops", "knn.predict_labels", "knn.predict")


def _verdict(whole: CheckResult, parts: Sequence[CheckResult]) -> Verdict:
    """That of the whole. One that gives nothing although every part is there is wrong by the part that is."""
    verdicts = {part.verdict for part in parts}
    if whole.verdict is Verdict.MISSING and Verdict.MISSING not in verdicts and Verdict.FAILED in verdicts:
        return Verdict.FAILED
    return whole.verdict


def _cause(
    whole: CheckResult, verdict: Verdict, parts: Sequence[CheckResult], sites: Mapping[str, Site]
) -> str | None:
    """The failed check of the part that is wrong; None when the whole fails for a reason of its own.

    Where no part even runs (a file that cannot be imported), nothing was shown to work.
    """
    if all(part.verdict in (*_STOPPED, Verdict.MISSING) for part in parts):
        return None
    if verdict is Verdict.FAILED:
        return next((part.id for part in parts if part.verdict is Verdict.FAILED), None)
    if verdict not in _STOPPED or whole.where is None:
        return None
    role = _role_at(whole.where, sites)
    wrong = {part.role: part for part in parts if part.verdict in WRONG}
    if role not in wrong and role == "knn.predict_labels":
        # The vote is right where it is asked alone; it stops on distances that are wrong.
        return next((part.id for part in wrong.values() if part.verdict is Verdict.FAILED), None)
    return wrong[role].id if role in wrong else None


def _role_at(where: Where, sites: Mapping[str, Site]) -> str | None:
    """The role in whose lines a place lies: the last that begins before it."""
    began: dict[str, int] = {}
    for role, site in sites.items():
        if site.where is not None and site.where.file == where.file:
            began[role] = site.line or 0
    before = [role for role, line in began.items() if where.line is not None and 0 < line <= where.line]
    return max(before, key=lambda role: began[role], default=None)
