"""Points: what failures cost. A mistake is charged once per question, its echoes are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from grader.checking.finding import Finding
from grader.result import CheckResult, QuestionResult, Verdict
from grader.scoring.rubric import QuestionRow, Rubric

__all__ = ["charge"]

_BROKEN = (Verdict.FAILED, Verdict.ERROR, Verdict.TIMEOUT)
#: Rounding of sums of points.
_NOTHING = 1e-9


class Charged(NamedTuple):
    """A question with its points, and what each mistake cost in it."""

    question: QuestionResult
    costs: dict[str, float]


def charge(row: QuestionRow, findings: Sequence[Finding], rubric: Rubric) -> Charged:
    """Give every check its points, and every echo the id of the check that it follows from."""
    points = {f"{row.id}.{check.id}": check.points for check in row.checks}
    points |= {finding.result.id: 0.0 for finding in findings if finding.not_run}
    charges: Mapping[str, Mapping[str, float]] = {}
    if rubric.policy == "charge-checks":
        checks = tuple(_plain(finding, points) for finding in findings)
    else:
        broken = [finding.result for finding in findings if finding.result.verdict in _BROKEN]
        charges = _charges(broken, points, rubric)
        payments = _Payments({finding.result.id: finding for finding in findings}, points, charges)
        checks = tuple(payments.score(finding) for finding in findings)
    seen = row.visibilities
    checks = tuple(msgspec.structs.replace(check, visibility=seen[check.id]) for check in checks)
    total, most = sum(c.score for c in checks), sum(c.max_score for c in checks)
    question = QuestionResult(row.id, row.title, round(total, 6), round(most, 6), checks)
    return Charged(question, _costs(checks, charges))


def _plain(finding: Finding, points: Mapping[str, float]) -> CheckResult:
    passed = finding.result.verdict is Verdict.PASSED
    return _scored(finding, points, points[finding.result.id] if passed else 0.0)


def _scored(
    finding: Finding, points: Mapping[str, float], score: float, follows: str | None = None
) -> CheckResult:
    """The result with its points, and with all that other points could be given by."""
    return msgspec.structs.replace(
        finding.result,
        score=score,
        max_score=points[finding.result.id],
        follows_from=follows,
        waits_for=finding.waits_for,
        cause=finding.cause,
    )


def _costs(checks: Sequence[CheckResult], charges: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """What each mistake cost. Beside these charges, a check with mistakes loses its points to the first."""
    costs: dict[str, float] = {}
    for check in checks:
        lost = charges.get(check.id)
        if lost is None:
            lost = {check.mistakes[0]: check.max_score - check.score} if check.mistakes else {}
        for mistake, cost in lost.items():
            costs[mistake] = costs.get(mistake, 0.0) + cost
    return costs


# --- where mistakes are charged -------------------------------------------------------------------------


def _charges(
    broken: Sequence[CheckResult], points: Mapping[str, float], rubric: Rubric
) -> dict[str, dict[str, float]]:
    """For every check that pays, the mistakes that it pays for and how much; never more than it has."""
    breaks: dict[str, list[str]] = {}
    for result in broken:
        for mistake in result.mistakes:
            breaks.setdefault(mistake, []).append(result.id)
    price = {}
    for mistake, checks in breaks.items():
        dearest_first = sorted(checks, key=lambda check: -points[check])
        most = rubric.deductions.get(mistake, float("inf"))
        price[mistake] = {check: min(points[check], most) for check in dearest_first}
    charges: dict[str, dict[str, float]] = {}
    for check, mistake in _assigned(price).items():
        charges[check] = {mistake: price[mistake][check]}
    for mistake in breaks:
        if not any(mistake in charged for charged in charges.values()):
            _share(mistake, price[mistake], points, charges)
    return charges


def _share(
    mistake: str,
    price: Mapping[str, float],
    points: Mapping[str, float],
    charges: dict[str, dict[str, float]],
) -> None:
    """Charge what has no check of its own at the one that has most left."""
    left = {check: points[check] - sum(charges.get(check, {}).values()) for check in price}
    check = max(left, key=lambda name: left[name])
    charges.setdefault(check, {})[mistake] = max(0.0, min(price[check], left[check]))


def _assigned(price: Mapping[str, Mapping[str, float]]) -> dict[str, str]:
    """For every check that pays alone for a mistake, that mistake: the assignment that costs most.

    Mistakes come one by one; each may move those before it to other checks that they break (augmenting
    paths with the largest gain, as in the Hungarian method). `scipy.optimize` would settle other ties of
    equally dear assignments otherwise, and takes longer to import than a submission to be charged.
    """
    holders: dict[str, str] = {}
    for mistake in price:
        gain, came = _chains(mistake, price, holders)

        def total(check: str, gain: Mapping[str, float] = gain) -> float:
            holder = holders.get(check)
            return gain[check] - (price[holder][check] if holder is not None else 0.0)

        check = max(gain, key=total)
        if total(check) < (_NOTHING if check in holders else -_NOTHING):
            continue  # it would only take the place of another
        while (before := came[check]) is not None:
            holders[check], check = holders[before], before
        holders[check] = mistake
    return holders


def _chains(
    mistake: str, price: Mapping[str, Mapping[str, float]], holders: Mapping[str, str]
) -> tuple[dict[str, float], dict[str, str | None]]:
    """The most that is gained when `mistake` comes in and each holder moves on, by the check where it ends.

    Beside it, for each check, the one whose holder moves there; None where `mistake` itself does.
    """
    gain = dict(price[mistake])
    came: dict[str, str | None] = dict.fromkeys(gain)
    for _ in holders:
        for check in [check for check in gain if check in holders]:
            holder = holders[check]
            for other, cost in price[holder].items():
                moved = gain[check] - price[holder][check] + cost
                if moved > gain.get(other, float("-inf")) + _NOTHING:
                    gain[other], came[other] = moved, check
    return gain, came


# --- who pays -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Payments:
    """One question's findings by id, its points, and what is charged where."""

    findings: Mapping[str, Finding]
    points: Mapping[str, float]
    charges: Mapping[str, Mapping[str, float]]

    def score(self, finding: Finding) -> CheckResult:
        result, full = finding.result, self.points[finding.result.id]
        if result.verdict is Verdict.PASSED or finding.not_run:
            return _scored(finding, self.points, full)
        payer = self._payer(finding)
        if payer is None:
            return _scored(finding, self.points, 0.0)
        if payer != result.id:
            return _scored(finding, self.points, full, payer)
        lost = sum(self.charges[payer].values()) if payer in self.charges else full
        return _scored(finding, self.points, max(0.0, full - lost))

    def _payer(self, finding: Finding, echoes: tuple[str, ...] = ()) -> str | None:
        """The check at which this one's cause is charged; None when nothing excuses it.

        A skip is excused by a mistake that was charged, never by absent work, by what nobody explained, or by
        what leaves nothing to be seen.
        """
        result = finding.result
        if result.id in echoes:  # each the other's cause: then each pays
            return None
        echoes = (*echoes, result.id)
        if result.verdict in _BROKEN:
            return self._payer_of_broken(finding, echoes)
        cause = self.findings.get(finding.waits_for or "")
        if result.verdict is not Verdict.SKIPPED or cause is None:
            return None
        if cause.result.unseen:
            return None
        explained = cause.result.mistakes or cause.cause or cause.result.verdict is Verdict.SKIPPED
        return self._payer(cause, echoes) if explained else None

    def _payer_of_broken(self, finding: Finding, echoes: tuple[str, ...]) -> str | None:
        result = finding.result
        if result.id in self.charges or result.unseen:
            return result.id
        if result.mistakes:
            return next(check for check, mistakes in self.charges.items() if result.mistakes[0] in mistakes)
        if finding.cause is None:
            return result.id
        cause = self.findings.get(finding.cause)
        # The cause check of another question was charged there, and absent work where it is absent.
        if cause is None or cause.result.verdict is Verdict.MISSING:
            return finding.cause
        return self._payer(cause, echoes)
