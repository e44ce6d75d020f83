"""Mistakes that the student's text proves, and the checks that fail by them. Read as a tree, never run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from grader.checking.finding import Finding
from grader.diagnosis.attribution import Attributed, Attribution, Case
from grader.diagnosis.lines import function_of
from grader.diagnosis.source import Function, parse_module
from grader.diagnosis.static import PLACEHOLDER, PROVED, computed_from_none, misspelt_result, placeholder
from grader.intake.site import Site
from grader.result import CheckResult, Verdict, Where

__all__ = ["explain_by_text"]

_UNKNOWN = ("NameError", "UnboundLocalError")
#: Parsing costs milliseconds, and hardly anybody writes files from a loss.
_MAY_WRITE = re.compile(r"savetxt|np\.save|\bdump\(|tofile|imsave|savefig|to_csv|open\(")


def explain_by_text(case: Case) -> Attribution:
    """Name undefined names behind NameErrors, absent returns behind None, and files written on the way."""
    made = Attribution()
    for role in dict.fromkeys(result.role for result in case.results):
        site = case.student.sites.get(role)
        where = site.where if site is not None else None
        text = case.source(where.file) if where is not None else None
        if site is None or where is None or text is None:
            continue
        broken = any(one.result.verdict in (Verdict.ERROR, Verdict.MISSING) for one in _of(case, role))
        if not broken and not _MAY_WRITE.search(text):
            continue
        for mistake, line, fact in _proved(site, text, case.returns.get(role, ())):
            found = _attributed(case, mistake, role, Where(where.file, line), fact)
            case, made = case.after(found), made + found
        found = _unknown_names(case, role, site, text)
        case, made = case.after(found), made + found
        found = _placeholders(case, role, site, text)
        case, made = case.after(found), made + found
    return made


def _unknown_names(case: Case, role: str, site: Site, text: str) -> Attribution:
    """Where a role stops for want of a name, or of an attribute that nothing in its file sets."""
    made = Attribution()
    for finding in _of(case, role):
        result, where = finding.result, finding.result.where
        if result.mistakes or where is None or site.where is None or where.file != site.where.file:
            continue
        gone = re.search(rf"'{site.name}' object has no attribute '(\w+)'", result.message or "")
        unset = gone is not None and not _sets(text, gone[1])
        if unset or (result.error_type in _UNKNOWN and not case.student.absent_modules):
            found = _attributed(case, "undefined-name", role, where, result.message or "")
            case, made = case.after(found), made + found
    return made


def _sets(text: str, attribute: str) -> bool:
    """Whether the file sets such an attribute somehow: stores it, defines it, or has its name in quotes."""
    tree = parse_module(text)
    return tree is None or any(
        getattr(node, "name", None) == attribute
        or (isinstance(node, ast.Attribute) and node.attr == attribute and isinstance(node.ctx, ast.Store))
        or (isinstance(node, ast.Constant) and node.value == attribute)
        for node in ast.walk(tree)
    )


def _placeholders(case: Case, role: str, site: Site, text: str) -> Attribution:
    """Computing with a name that is still None, where a role's checks stop by it, or get zeros."""
    function = function_of(site, text)
    missing = (one.result for one in _of(case, role) if one.result.verdict is Verdict.MISSING)
    if function is not None and site.where is not None and any(not one.mistakes for one in missing):
        computed = computed_from_none(function)
        if computed is not None:
            name, line, statement = computed
            fact = f"`{name}` is still None here, as line {line} set it: nothing is computed"
            there = Where(site.where.file, statement.lineno)
            return _attributed(case, PLACEHOLDER, role, there, fact)
    for finding in case.findings:
        result, where = finding.result, finding.result.where
        if result.role != role or result.mistakes or not _may_be_of_none(result) or where is None:
            continue
        inside = function is not None and site.where is not None and where.file == site.where.file
        unset = placeholder(function, where.line) if inside and function and where.line else None
        if unset is not None:
            name, line = unset
            fact = f"`{name}` is still None here, as line {line} set it: {result.message}"
            return _attributed(case, PLACEHOLDER, role, where, fact)
    return Attribution()


def _may_be_of_none(result: CheckResult) -> bool:
    """Whether it stopped as what computes with None, or asks something of it, does."""
    return result.error_type == "TypeError" or "'NoneType' object has no attribute" in result.message


def _of(case: Case, role: str) -> list[Finding]:
    return [finding for finding in case.findings if finding.result.role == role]


def _proved(site: Site, text: str, results: tuple[str, ...]) -> Iterator[tuple[str, int, str]]:
    """What the text of a function proves: the mistake, its line, and what is to be said."""
    function = function_of(site, text)
    if function is None:
        return
    for mistake, prove in PROVED.items():
        statement = prove(function)
        if statement is not None:
            yield mistake, statement.lineno, _fact(mistake, site, function, results)


def _fact(mistake: str, site: Site, function: Function, results: tuple[str, ...]) -> str:
    """What is to be said of a function whose result is lost on the way; empty for other mistakes.

    `results`: what the course calls the results that it returns.
    """
    if mistake == "undefined-name" and len(results) > 1 and misspelt_result(function) is not None:
        lost = "what is computed goes to a name that nothing reads"
        return f"{results[1]} of `{site.label}` is zero everywhere: {lost}"
    if mistake == "writes-files":
        return f"`{site.label}` writes to the disk"
    if mistake != "returns-nothing":
        return ""
    return f"`{site.label}` computes something but returns None: its end is reached without a `return`"


def _attributed(case: Case, mistake: str, role: str, where: Where, fact: str) -> Attribution:
    """The mistake, at the role's checks that show it and at those of others that end in the same way."""
    own = _of(case, role)
    broken = [finding.result for finding in own if _shows(mistake, finding, where, bool(fact))]
    if not broken and mistake != "writes-files":
        return Attribution()
    # A comparison with another role's work stops with the same words.
    ends = {(result.verdict, result.message) for result in broken}
    checks = {}
    for result in case.results:
        if result.mistakes or (result.verdict, result.message) not in ends:
            continue
        # Work that computes something and forgets to return it is wrong, not missing.
        lost = result.verdict is Verdict.MISSING
        raised_here = result.where is not None and result.where.file == where.file and result.error_type
        checks[result.id] = Attributed(
            verdict=Verdict.FAILED if lost else None,
            message=fact if (lost or mistake == PLACEHOLDER) and fact else None,
            mistakes=(mistake,),
            where=None if raised_here else where,
            help=case.catalogue[mistake].remedy,
            borrowed=result.role != role,
            unseen=result.role == role and mistake != "writes-files",
        )
    if broken and broken[0].error_type:
        where = broken[0].where or where
    general = case.catalogue[mistake].fact
    return Attribution(checks=checks, diagnoses=(case.proved(mistake, role, general, where=where),))


def _shows(mistake: str, finding: Finding, where: Where, loses_result: bool) -> bool:
    """Whether the finding is what this mistake leads to; `loses_result`: the text shows that one is lost."""
    if finding.result.mistakes:
        return False
    if mistake == PLACEHOLDER:
        stops = _may_be_of_none(finding.result) and finding.result.where == where
        return stops or finding.result.verdict is Verdict.MISSING
    if mistake == "undefined-name":
        there = finding.result.where == where and finding.result.error_type == "AttributeError"
        raised = there or finding.result.error_type in _UNKNOWN
        return raised or (finding.stub == "zeros" and loses_result)
    return mistake == "returns-nothing" and finding.stub == "nothing"
