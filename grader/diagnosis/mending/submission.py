"""The mends of one submission: for what failed without a name, or was named without a line."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from grader.diagnosis.mending.choice import Verdicts
from grader.diagnosis.mending.mend import Mended, mend_role
from grader.diagnosis.mending.operators import Operator
from grader.diagnosis.mending.scenes import Mendable
from grader.diagnosis.mending.wording import mend_of
from grader.intake.site import Site
from grader.result import CheckResult, Diagnosis, Mend, MendLevel, QuestionResult, Verdict, Where
from grader.student.sandboxed import Sandboxed

__all__ = ["Budget", "Mender", "Ways", "fresh_seed"]

#: The ways to mend a role, from the sites of all roles.
Ways = Callable[[str, Mapping[str, Site]], Sequence[Mendable]]
#: Runs checks, by their ids, with a student and a seed.
RunChecks = Callable[[Sandboxed, Sequence[str], int], Verdicts]


class Budget(msgspec.Struct, frozen=True):
    """Seconds of an ordinary processor, counted by what is tried: for one function, and for all together."""

    function_s: float = 6.0
    submission_s: float = 15.0


@dataclass
class Mender:
    """Mends one student's roles; what is spent adds up over all questions.

    `run` runs checks; `ways` are the assignment's; `level` says how far is told.
    """

    student: Sandboxed
    ways: Ways
    operators: Sequence[Operator]
    run: RunChecks
    budget: Budget
    level: MendLevel = "kind"
    seed: int = 231
    spent_s: float = 0.0
    mends: list[Mend] = field(default_factory=list)
    _done: set[str] = field(default_factory=set)

    def question(
        self, question: QuestionResult, diagnoses: Sequence[Diagnosis]
    ) -> tuple[QuestionResult, list[Diagnosis]]:
        """The question and its diagnoses with the places and hints that mends add; nothing else changes."""
        found = {}
        for role, its in _by_role(question.checks).items():
            if role not in self._done and self._is_wanted(role, its, diagnoses):
                self._done.add(role)
                mend = self._mended(role, its)
                if mend is not None:
                    found[role] = mend
        self.mends += found.values()
        checks = tuple(self._with_mend(check, found.get(check.role)) for check in question.checks)
        placed = [self._placed(diagnosis, found) for diagnosis in diagnoses]
        return msgspec.structs.replace(question, checks=checks), placed

    def _is_wanted(self, role: str, checks: Sequence[CheckResult], diagnoses: Sequence[Diagnosis]) -> bool:
        """Something failed that no mistake explains, or that has no line; nothing is unfinished."""
        site = self.student.sites.get(role)
        if site is None or any(check.verdict is Verdict.MISSING for check in checks):
            return False
        failed = [c for c in checks if _is_wrong(c) and c.follows_from is None]
        unnamed = [c for c in failed if not c.mistakes]
        own = [d for d in diagnoses if role in d.roles and d.exact]
        lineless = [d for d in own if d.where == site.where]
        return bool(unnamed or (failed and lineless))

    def _mended(self, role: str, checks: Sequence[CheckResult]) -> Mend | None:
        ways = self.ways(role, self.student.sites)
        left = min(self.budget.function_s, self.budget.submission_s - self.spent_s)
        if not ways or left <= 0:
            return None
        ids = [check.id for check in checks]
        seed = fresh_seed(self.seed, role)
        names = [site.method or site.name for site in self.student.sites.values()]
        came_to: Mended = mend_role(
            self.student,
            ways,
            self.operators,
            names,
            lambda student: self.run(student, ids, seed),
            {check.id: check.verdict for check in checks},
            left,
        )
        self.spent_s += came_to.spent_s
        if came_to.chosen is None:
            return None
        return mend_of(role, ways[0].functions[0], came_to.chosen, came_to.tried, self.level)

    def _with_mend(self, check: CheckResult, mend: Mend | None) -> CheckResult:
        """A check that failed, with the mend's line, and its hint where nothing has a name."""
        if mend is None or not _is_wrong(check) or check.id not in mend.held:
            return check
        site = self.student.sites[mend.role]
        where = (
            mend.lines[0].where if check.where in (None, site.where) or not check.mistakes else check.where
        )
        if check.mistakes:
            return msgspec.structs.replace(check, where=where)
        return msgspec.structs.replace(check, where=where, help=mend.text)

    def _placed(self, diagnosis: Diagnosis, mends: Mapping[str, Mend]) -> Diagnosis:
        """A diagnosis that names only the `def`, at the line of the one edit that mends its role."""
        for role in diagnosis.roles:
            mend = mends.get(role)
            if mend is not None and len(mend.lines) == 1 and diagnosis.where == self._def_of(role):
                return msgspec.structs.replace(diagnosis, where=mend.lines[0].where)
        return diagnosis

    def _def_of(self, role: str) -> Where | None:
        return self.student.sites[role].where


def fresh_seed(seed: int, role: str) -> int:
    """The seed of problems that a function has not met: the same in every run, and not the checks' own."""
    digest = hashlib.blake2b(f"{seed} {role}".encode(), digest_size=4, person=b"mend").digest()
    return int.from_bytes(digest, "little") >> 1


def _by_role(checks: Sequence[CheckResult]) -> dict[str, list[CheckResult]]:
    found: dict[str, list[CheckResult]] = {}
    for check in checks:
        found.setdefault(check.role, []).append(check)
    return found


def _is_wrong(check: CheckResult) -> bool:
    return check.verdict in (Verdict.FAILED, Verdict.ERROR)
