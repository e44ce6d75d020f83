"""Checks of Assignment 1, run on a student that a test makes up, and explained."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from grader.assignment1 import ASSIGNMENT
from grader.assignment1.lines.finders import locate
from grader.checking.check import Check, Setting
from grader.checking.finding import Finding
from grader.checking.run import run_check
from grader.diagnosis.attribution import Case
from grader.diagnosis.explain import Explained, explain_failures
from grader.diagnosis.source import read
from grader.result import CheckResult, Verdict
from grader.student.calls import Student

__all__ = ["ALL", "case_of", "explained", "found", "line_in", "made_up", "result_of", "subject"]

ALL = ASSIGNMENT.checks


def subject(who: Student, question: str) -> Any:
    """The question's work as checks see it."""
    return ASSIGNMENT.proxy(who, question)


def found(check: Check, who: Student, setting: Setting, subjects: dict[str, Any]) -> Finding:
    """What a check finds; `subjects` keeps proxies, so that equal calls are made once."""
    if check.question not in subjects:
        subjects[check.question] = subject(who, check.question)
    return run_check(check, subjects[check.question], who, setting)


def result_of(check: Check, who: Student, setting: Setting, subjects: dict[str, Any]) -> CheckResult:
    """The result of a check."""
    return found(check, who, setting, subjects).result


def made_up(id: str, verdict: Verdict, **more: Any) -> CheckResult:
    """A result of that check, which was not run."""
    check = ALL[id]
    return CheckResult(id=id, title=id, verdict=verdict, role=check.role, statement=check.statement, **more)


def case_of(question: str, findings: Iterable[Finding], who: Any, **more: Any) -> Case:
    """What an explainer gets, without the student's text."""
    return Case(
        question=question, findings=tuple(findings), student=who, catalogue=ASSIGNMENT.catalogue, **more
    )


def explained(
    question: str, findings: Iterable[Finding], who: Student, context: Sequence[CheckResult] = ()
) -> Explained:
    """The findings of one question, explained without the student's text."""
    case = case_of(question, findings, who, subject=subject(who, question), context=tuple(context))
    return explain_failures(case, ASSIGNMENT.question(question).explain)


def line_in(source: str, function: str, mistake: str, parameters: Sequence[str] = ()) -> int | None:
    """The line of a mistake in a function; None when the text leaves it open."""
    found = read(source, function)
    statement = locate(found, mistake, parameters) if found is not None else None
    return statement.lineno if statement is not None else None
