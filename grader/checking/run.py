"""Run checks: each after those that it needs, each once; whatever the student's code does is a verdict."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import msgspec
import numpy as np

from grader.checking.check import Check, NotRun, Setting
from grader.checking.expect import Expect
from grader.checking.finding import Finding
from grader.result import CheckResult, SkipReason, Verdict
from grader.student.answers import BadResult
from grader.student.calls import NotJudged, Student, StudentError, StudentMissing, StudentTimeout

__all__ = ["Runner", "run_check"]

_TOO_SLOW = (
    "look for a loop that does not end, or that does anew for each number what one operation does for all"
)
_UNREADABLE = "the slip is in this line, or at the end of the one above it"
_PRINT = "print what this line works on, with its type and shape, just before it"
#: What to do about an error that has no name, by its type.
_ADVICE = {
    "SyntaxError": _UNREADABLE,
    "IndentationError": (
        "begin this line as far to the right as the others of its block; a block above that has none needs "
        "one, `pass` if nothing else"
    ),
    "TabError": "indent with spaces alone: an editor turns tabs into spaces",
    **dict.fromkeys(("AttributeError", "IndexError", "KeyError", "TypeError", "ValueError"), _PRINT),
}


# Work with 1e308 or inf in it makes the comparison overflow, which the verdict says and no warning needs to.
@np.errstate(all="ignore")
def run_check(check: Check, subject: Any, student: Student, setting: Setting) -> Finding:
    """Run one check. `subject`: the proxy of its question.

    Raises:
        NotRun: this run was asked not to do it.
        Exception: whatever is a fault of ours; everything that the student's code does becomes a verdict.
    """
    expect = Expect(setting.notes)
    verdict, fact, help_, where, stub, error_type = Verdict.PASSED, "", "", None, None, ""
    try:
        check.judge(subject, setting, expect)
    except BadResult as bad:
        expect.fail(bad.fact, help=bad.help)
    except NotJudged as unjudged:
        raise NotRun(str(unjudged)) from unjudged
    except StudentMissing as missing:
        verdict, fact, stub = Verdict.MISSING, str(missing), missing.stub
    except StudentTimeout as timeout:
        verdict, fact, help_ = Verdict.TIMEOUT, str(timeout), _TOO_SLOW
    except StudentError as error:
        verdict, fact, where, error_type = Verdict.ERROR, error.fact, error.where, error.error_type
        help_ = _ADVICE.get(error_type, "") if where is not None and where.line is not None else ""
    if verdict is Verdict.PASSED and expect.failed:
        verdict, fact, help_, where = Verdict.FAILED, expect.fact, expect.help, expect.where
    elif verdict is Verdict.PASSED:
        fact = f"note: {expect.noted}" if expect.noted else ""
    if where is None and verdict is not Verdict.PASSED and (site := student.sites.get(check.role)):
        where = site.where
    result = _result(
        check,
        verdict,
        fact,
        help=help_,
        evidence=tuple(expect.evidence),
        mistakes=tuple(expect.mistakes) if verdict in (Verdict.FAILED, Verdict.PASSED) else (),
        where=where,
        error_type=error_type,
        pictures=tuple(expect.pictures) if verdict is Verdict.FAILED else (),
    )
    return Finding(result, noted=expect.noted, stub=stub, compared=expect.is_compared)


def _result(check: Check, verdict: Verdict, message: str, **more: Any) -> CheckResult:
    return CheckResult(
        id=check.id,
        title=check.title,
        verdict=verdict,
        message=message,
        role=check.role,
        statement=check.statement,
        topic=check.topic,
        **more,
    )


class Runner:
    """Runs checks of one student's questions. `faults` gathers failures of the grader itself.

    Proxies are made once, so that equal calls are made once. A fault leaves a check out of the maximum, so
    that it costs nobody a point; unless it came over what a function answered that no check found right.
    """

    def __init__(
        self,
        checks: Mapping[str, Check],
        proxy: Callable[[Student, str], Any],
        student: Student,
        setting: Setting,
        announce: Callable[[str], None] = lambda title: None,
    ) -> None:
        """
        Args:
            checks: all of the assignment, by id. proxy: makes a question's proxy.
            announce: hears the title of each check as it begins.
        """
        self.checks, self.proxy = checks, proxy
        self.student, self.setting, self.announce = student, setting, announce
        self.faults: list[str] = []
        self._subjects: dict[str, Any] = {}
        self._done: dict[str, Finding] = {}
        #: Checks that failed over something else than this machine: it may be the answers that are odd.
        self._stumbled: set[str] = set()

    def subject(self, question: str) -> Any:
        """The proxy of a question."""
        if question not in self._subjects:
            self._subjects[question] = self.proxy(self.student, question)
        return self._subjects[question]

    def run(self, ids: Iterable[str]) -> list[Finding]:
        """The outcomes of these checks, in their order."""
        found = [self._finding(self.checks[id]) for id in ids]
        odd = {
            one.result.id for one in found if one.result.id in self._stumbled and not _is_sound(one, found)
        }
        return [_unjudged(one) if one.result.id in odd else _counted(one, odd) for one in found]

    def _finding(self, check: Check) -> Finding:
        if check.id not in self._done:
            asked = self.setting.training is not None or not check.written.trains
            needed = (self._finding(self.checks[id]) for id in (check.needs if asked else ()))
            broken = next((one for one in needed if one.result.verdict is not Verdict.PASSED), None)
            self._done[check.id] = self._run(check) if broken is None else _waiting(check, broken)
        return self._done[check.id]

    def _run(self, check: Check) -> Finding:
        with contextlib.suppress(Exception):  # a display that fails is no reason to stop
            self.announce(check.title)
        try:
            return run_check(check, self.subject(check.question), self.student, self.setting)
        except NotRun as reason:
            return _skipped(check, f"not run: {reason}", SkipReason.NOT_RUN)
        except Exception as error:  # noqa: BLE001 - a fault of ours must cost nobody else's checks, nor points
            self.faults.append(f"{check.id}: {type(error).__name__}: {error}")
            if not isinstance(error, _OF_THE_MACHINE):
                self._stumbled.add(check.id)
            text = "not run: the grader itself failed here; no points were taken"
            return _skipped(check, text, SkipReason.FAULT)


#: What no answer of a student's brings about.
_OF_THE_MACHINE = (OSError, MemoryError, ImportError)


def _is_sound(stumbled: Finding, found: Iterable[Finding]) -> bool:
    """Whether other checks of the same function found it right, and none found it wrong."""
    judged = [one.result.verdict for one in found if one.result.role == stumbled.result.role]
    return Verdict.PASSED in judged and set(judged) <= {Verdict.PASSED, Verdict.SKIPPED}


def _unjudged(finding: Finding) -> Finding:
    """The same as an error of the function's, which earns nothing."""
    text = "what it answered cannot be judged: the grader itself fails on it, and a person should look at it"
    result = msgspec.structs.replace(finding.result, verdict=Verdict.ERROR, message=text, reason=None)
    return Finding(result)


def _counted(finding: Finding, odd: Collection[str]) -> Finding:
    """A check that waits for one that cannot be judged counts in the maximum."""
    return dataclasses.replace(finding, not_run=False) if finding.waits_for in odd else finding


def _skipped(check: Check, text: str, reason: SkipReason) -> Finding:
    return Finding(_result(check, Verdict.SKIPPED, text, reason=reason), not_run=True)


def _waiting(check: Check, needed: Finding) -> Finding:
    text = f'not checked: it builds on "{needed.result.title}"'
    result = _result(check, Verdict.SKIPPED, text, reason=SkipReason.NEEDS)
    return Finding(result, not_run=needed.not_run, waits_for=needed.result.id)
