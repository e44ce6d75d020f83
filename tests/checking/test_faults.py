"""Who pays when the grader itself fails in a check: nobody, unless no check found the answers right."""

from __future__ import annotations

from typing import Any

import pytest

from grader.checking.check import Check, CheckFunction, Setting, check
from grader.checking.expect import Expect
from grader.checking.finding import Finding
from grader.checking.run import Runner
from grader.intake.site import Site
from grader.result import SkipReason, Verdict
from grader.student.in_process import InProcess


@check("value", about="f")
def value(subject: Any, expect: Expect) -> None:
    """The value is right."""
    expect.true(subject["value"], "it is wrong")


@check("stumbles", about="f")
def stumbles(subject: Any, expect: Expect) -> None:
    """The grader fails here."""
    raise subject["fault"]


@check("after", about="f", needs=stumbles)
def after(subject: Any, expect: Expect) -> None:
    """It builds on what fails."""


def run(checks: list[CheckFunction], **subject: Any) -> dict[str, Finding]:
    """The findings by statement."""
    all_checks = {f"q.f.{one.statement}": Check("q", "", one) for one in checks}
    who = InProcess({}, {"q.f": Site(None, "f")})
    runner = Runner(all_checks, lambda student, question: subject, who, Setting())
    found = runner.run(all_checks)
    assert len(runner.faults) == 1
    return {one.result.statement: one for one in found}


def test_right_work_pays_for_no_fault_of_ours() -> None:
    found = run([value, stumbles, after], value=True, fault=TypeError())
    assert found["stumbles"].result.reason is SkipReason.FAULT
    assert (found["stumbles"].not_run, found["after"].not_run) == (True, True)


@pytest.mark.parametrize("checks", [[value, stumbles, after], [stumbles, after]])
def test_who_makes_the_grader_fail_without_a_right_value_earns_nothing(checks: list[CheckFunction]) -> None:
    found = run(checks, value=False, fault=TypeError())
    assert found["stumbles"].result.verdict is Verdict.ERROR
    assert (found["stumbles"].not_run, found["after"].not_run) == (False, False)


@pytest.mark.parametrize("fault", [OSError(), MemoryError(), ModuleNotFoundError()])
def test_a_fault_of_the_machine_costs_nobody_a_point(fault: Exception) -> None:
    found = run([value, stumbles], value=False, fault=fault)
    assert found["stumbles"].result.reason is SkipReason.FAULT
    assert found["stumbles"].not_run
