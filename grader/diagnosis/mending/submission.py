"""The mends of one submission: for what failed without a name, or was named without a line."""

from __future__ import annotations

import ast
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from grader.diagnosis.lines import function_of
from grader.diagnosis.mending.choice import Chosen, Verdicts
from grader.diagnosis.mending.mend import mend_role
from grader.diagnosis.mending.operators import Operator
from grader.diagnosis.mending.scenes import Ways
from grader.diagnosis.mending.wording import mend_of, told
from grader.diagnosis.reached import names_reached
from grader.diagnosis.source import parse_module
from grader.intake.site import Site
from grader.intake.syntax import code_only
from grader.result import CheckResult, Diagnosis, Mend, MendLevel, QuestionResult, Verdict, Where, placed
from grader.student.sandboxed import Sandboxed

__all__ = ["MendPlan", "Mender", "fresh_seed", "quotes"]

#: Runs checks, by their ids, with a student and a seed.
RunChecks = Callable[[Sandboxed, Sequence[str], int], Verdicts]

#: Characters of a line that are compared: what a worker tells of a line is cut, with what indents it.
_COMPARED = 100


class MendPlan(msgspec.Struct, frozen=True):
    """How mends are sought and told: `level` to the author; `change`: the report keeps the change itself.

    `several_s`: the effort for several edits of one function at once, `submission_s` for all that is tried;
    both in seconds of an ordinary processor, counted by what is tried. After `clock_s` of the clock nothing
    more is begun. Of the mends by several edits that were found, none took more than `several_s`.
    """

    level: MendLevel = "kind"
    change: bool = False
    several_s: float = 0.4
    submission_s: float = 15.0
    clock_s: float = 20.0


@dataclass
class Mender:
    """Mends one student's roles; what is spent adds up over all questions.

    `files` are what the student handed in, `run` runs checks, `place` leads to the cells of a notebook.
    """

    student: Sandboxed
    files: Mapping[str, bytes]
    operators: Sequence[Operator]
    plan: MendPlan
    run: RunChecks
    place: Callable[[Where | None], Where | None] = lambda where: where
    spent_s: float = 0.0
    clock_s: float = 0.0
    mends: list[Mend] = field(default_factory=list)
    _done: set[str] = field(default_factory=set)
    _wrong: set[str] = field(default_factory=set)
    _hopeless: bool = False

    def question(
        self, question: QuestionResult, diagnoses: Sequence[Diagnosis], ways: Sequence[Ways]
    ) -> tuple[QuestionResult, list[Diagnosis]]:
        """The question and its diagnoses with the places and hints that mends add; nothing else changes."""
        found = {}
        self._wrong |= {role for role, its in _by_role(question.checks).items() if any(map(_is_wrong, its))}
        for role, its in _by_role(question.checks).items():
            if role not in self._done and self._is_wanted(role, its, diagnoses):
                self._done.add(role)
                mend = self._mended(role, its, ways)
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
        # What is not here cannot be mended.
        failed = [
            c for c in checks if _is_wrong(c) and c.follows_from is None and c.error_type != "ImportError"
        ]
        unnamed = [c for c in failed if not c.mistakes]
        own = [d for d in diagnoses if role in d.roles and d.exact]
        lineless = [d for d in own if self._is_open(d.where, role)]
        return bool(unnamed or (failed and lineless)) and not self._calls_wrong_work(site)

    def _calls_wrong_work(self, site: Site) -> bool:
        """Whether it calls a function of another role that is wrong: a mend would be beside the point.

        Also by way of the submission's own functions, as nets call layers.
        """
        function = function_of(site, self._text(site))
        others = (self.student.sites[role] for role in sorted(self._wrong) if role in self.student.sites)
        called = {other.name for other in others if other.method is None and other != site}
        return function is not None and bool(called & names_reached(function, self.files))

    def _mended(self, role: str, checks: Sequence[CheckResult], ways: Sequence[Ways]) -> Mend | None:
        mendables = [one for way in ways for one in way(role, self.student.sites)]
        left = min(self.plan.several_s, self.plan.submission_s - self.spent_s)
        if not mendables or left < 0 or self._hopeless or self.clock_s > self.plan.clock_s:
            return None
        ids, seed = [check.id for check in checks], fresh_seed(self.student.seed, role)
        began = time.monotonic()
        came_to = mend_role(
            self.student,
            mendables,
            self.operators,
            [site.method or site.name for site in self.student.sites.values()],
            lambda student: self.run(student, ids, seed),
            {check.id: check.verdict for check in checks},
            left,
        )
        self.spent_s, self.clock_s = self.spent_s + came_to.spent_s, self.clock_s + time.monotonic() - began
        self._hopeless = came_to.hopeless
        site = mendables[0].functions[0]
        if came_to.chosen is None or not self._has_lines(site, came_to.chosen):
            return None
        mend = mend_of(role, site, came_to.chosen, came_to.tried)
        if not quotes(self._text(site), mend.change):
            mend = msgspec.structs.replace(mend, change=())
        text = told(placed(mend, self.place), site.label, self.plan.level)
        keeps = self.plan.change or self.plan.level == "change"
        return msgspec.structs.replace(mend, text=text, change=mend.change if keeps else ())

    def _has_lines(self, site: Site, chosen: Chosen) -> bool:
        """Whether the lines that the worker told are code of the file, as it is read here."""
        code = code_only(self._text(site)).split("\n")
        told = (*chosen.lines, *(() if chosen.or_line is None else (chosen.or_line,)))
        return all(0 < line <= len(code) and code[line - 1].strip() for line in told)

    def _text(self, site: Site) -> str:
        return self.files.get(site.defined_in or site.file or "", b"").decode("utf-8", "replace")

    def _with_mend(self, check: CheckResult, mend: Mend | None) -> CheckResult:
        """A check that failed, with the mend's line, and its hint where nothing has a name."""
        if mend is None or not _is_wrong(check) or check.id not in mend.held or self.plan.level == "nothing":
            return check
        place = mend.lines[0].where
        if check.mistakes:
            is_open = len(mend.lines) == 1 and self._is_open(check.where, mend.role)
            told = _with_change(check.help, mend)
            return msgspec.structs.replace(check, where=place, help=told) if is_open else check
        return msgspec.structs.replace(check, where=place, help=mend.text, hint="")

    def _placed(self, diagnosis: Diagnosis, mends: Mapping[str, Mend]) -> Diagnosis:
        """A diagnosis that has no line, at that of the one edit that mends its role, with what that says."""
        for role in diagnosis.roles if self.plan.level != "nothing" else ():
            mend = mends.get(role)
            if mend is not None and len(mend.lines) == 1 and self._is_open(diagnosis.where, role):
                told = _with_change(diagnosis.help, mend)
                return msgspec.structs.replace(diagnosis, where=mend.lines[0].where, help=told)
        return diagnosis

    def _is_open(self, where: Where | None, role: str) -> bool:
        """Whether a place is no line: that of a function, or all its lines."""
        return where in (None, self.student.sites[role].where) or where.end_line is not None


def _with_change(remedy: str, mend: Mend) -> str:
    """The mistake's own remedy, as `grader explain` tells it, and what the change says of the line."""
    return " ".join(filter(None, (remedy, mend.text[:1].upper() + mend.text[1:])))


def quotes(source: str, change: Sequence[str]) -> bool:
    """Whether each line that a change takes away is a statement of the text, as it is read here."""
    module = parse_module(source)
    try:
        lines = ast.unparse(module).split("\n") if module is not None else []
    except RecursionError:
        return False
    # Long lines of a change are cut.
    own = {line.strip()[:_COMPARED] for line in lines}
    return all(line[1:].strip()[:_COMPARED] in own for line in change if line[:1] == "-")


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
