"""Points: what failures cost. A mistake is charged once per question, its echoes are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from grader.result import CheckResult, QuestionResult, Verdict
from grader.rubric import QuestionRow, Rubric

__all__ = ["Finding", "charge"]

_BROKEN = (Verdict.FAILED, Verdict.ERROR, Verdict.TIMEOUT)


@dataclass(frozen=True)
class Finding:
    """A check's outcome before points.

    `not_run`: this run was told not to do it, so it counts for nothing, also not in the maximum.
    `waits_for`: the failed check because of which this one was skipped; a skip without one earns nothing.
    `guilty`: for a failed comparison of two roles, the failed check of the one that is wrong.
    """

    result: CheckResult
    not_run: bool = False
    waits_for: str | None = None
    guilty: str | None = None


def charge(row: QuestionRow, findings: Sequence[Finding], rubric: Rubric) -> QuestionResult:
    """Give every check its points, and every echo the id of the check that it follows from."""
    points = {f"{row.id}.{check.id}": check.points for check in row.checks}
    points |= {finding.result.id: 0.0 for finding in findings if finding.not_run}
    if rubric.policy == "charge-checks":
        charged = [_plain(finding.result, points) for finding in findings]
    else:
        charged = _by_cause(findings, points, rubric)
    total, most = sum(r.score for r in charged), sum(r.max_score for r in charged)
    return QuestionResult(row.id, row.title, round(total, 6), round(most, 6), tuple(charged))


def _plain(result: CheckResult, points: Mapping[str, float]) -> CheckResult:
    passed = result.verdict is Verdict.PASSED
    return _scored(result, points, points[result.id] if passed else 0.0)


def _scored(
    result: CheckResult, points: Mapping[str, float], score: float, follows: str | None = None
) -> CheckResult:
    return msgspec.structs.replace(result, score=score, max_score=points[result.id], follows_from=follows)


def _by_cause(findings: Sequence[Finding], points: Mapping[str, float], rubric: Rubric) -> list[CheckResult]:
    costs = _costs([finding.result for finding in findings], points, rubric)
    charged_at = {mistake: check for check, mistakes in costs.items() for mistake in mistakes}
    final: dict[str, CheckResult] = {}
    for finding in findings:
        final[finding.result.id] = _judged(finding, points, costs, charged_at)
    for finding in findings:
        if finding.waits_for is not None:
            cause = final.get(finding.waits_for)
            final[finding.result.id] = _after_its_cause(final[finding.result.id], cause)
    return list(final.values())


def _costs(
    results: Sequence[CheckResult], points: Mapping[str, float], rubric: Rubric
) -> dict[str, dict[str, float]]:
    """For every check that pays, the mistakes that it pays for and how much."""
    breaks: dict[str, list[str]] = {}
    for result in results:
        if result.verdict in _BROKEN:
            for mistake in result.mistakes:
                breaks.setdefault(mistake, []).append(result.id)
    costs: dict[str, dict[str, float]] = {}
    for mistake in sorted(breaks, key=lambda m: -max(points[check] for check in breaks[m])):
        # Two mistakes are not charged at one check while another that is broken has points left.
        free = [check for check in breaks[mistake] if check not in costs] or breaks[mistake]
        dearest = max(free, key=lambda check: points[check])
        costs.setdefault(dearest, {})[mistake] = rubric.deductions.get(mistake, points[dearest])
    return costs


def _judged(
    finding: Finding,
    points: Mapping[str, float],
    costs: Mapping[str, Mapping[str, float]],
    charged_at: Mapping[str, str],
) -> CheckResult:
    result = finding.result
    full = points[result.id]
    if result.verdict is Verdict.PASSED or finding.not_run or finding.waits_for is not None:
        return _scored(result, points, full)
    if result.verdict in _BROKEN:
        if result.id in costs:
            return _scored(result, points, max(0.0, full - sum(costs[result.id].values())))
        if result.mistakes:
            return _scored(result, points, full, charged_at[result.mistakes[0]])
        if finding.guilty is not None:
            return _scored(result, points, full, finding.guilty)
    return _scored(result, points, 0.0)


def _after_its_cause(skipped: CheckResult, cause: CheckResult | None) -> CheckResult:
    """What was not checked because of a charged mistake costs nothing more; because of absent work, all."""
    if cause is not None and cause.verdict is Verdict.FAILED and (cause.mistakes or cause.follows_from):
        return msgspec.structs.replace(skipped, follows_from=cause.follows_from or cause.id)
    return msgspec.structs.replace(skipped, score=0.0)
