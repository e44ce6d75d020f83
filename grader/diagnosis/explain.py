"""From failed checks to the mistakes that explain them: every explainer in turn, then the lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from grader.checking.finding import Finding
from grader.diagnosis.attribution import Attributed, Attribution, Case, Explainer, merged
from grader.diagnosis.by_text import explain_by_text
from grader.diagnosis.imports import explain_imports
from grader.diagnosis.lines import place_of, span_of
from grader.diagnosis.raised import explain_raised
from grader.diagnosis.statements import explanations
from grader.result import CheckResult, Diagnosis, Verdict, Where

__all__ = ["Explained", "explain_failures"]


@dataclass(frozen=True)
class Explained:
    """A question's findings with their mistakes and causes, what was proved, and what stays open."""

    findings: Sequence[Finding]
    diagnoses: Sequence[Diagnosis] = ()
    candidates: Sequence[Diagnosis] = ()


@np.errstate(all="ignore")  # as the checks do
def explain_failures(case: Case, explainers: Sequence[Explainer]) -> Explained:
    """Name the mistakes behind one question's failed checks.

    What the text proves comes first: what is built on a function that returns nothing follows from it. Then
    the question's own explainers, in their order; then what is only asked, what raised, and last what checks
    saw themselves, each where nothing else named it. Of one check, field by field the later stands.
    """
    for explain in (explain_by_text, *explainers, explain_imports, explain_raised, explain_seen_by_checks):
        case = case.after(explain(case))
    case = case.after(_lines_of_checks(case))
    proved = [
        found
        if found.where is not None
        else msgspec.structs.replace(found, where=_place(case, found.roles, found.mistake))
        for found in merged(case.attributed.diagnoses)
    ]
    return Explained(case.findings, proved, merged(case.attributed.candidates))


def explain_seen_by_checks(case: Case) -> Attribution:
    """Mistakes that a check saw itself (a probe, counted lines) are diagnoses as well.

    Where it only compared numbers, what it says is the mistake's own fact.
    """
    known = {(d.mistake, role) for d in case.attributed.diagnoses for role in d.roles}
    added, facts = [], {}
    for finding in case.findings:
        result = finding.result
        if _tells_numbers(case, finding):
            facts[result.id] = Attributed(message=_fact(case, result.mistakes[0]))
        for mistake in () if finding.borrowed else result.mistakes:
            named = any(mistake == other for other, _ in known)
            if (
                case.catalogue[mistake].unfinished
                or (mistake, result.role) in known
                or (named and result.role not in case.student.sites)
            ):
                continue
            known.add((mistake, result.role))
            told = _fact(case, mistake) if finding.compared else result.message
            added.append(case.proved(mistake, result.role, finding.noted or told))
    return Attribution(checks=facts, diagnoses=tuple(added))


def _tells_numbers(case: Case, finding: Finding) -> bool:
    """Whether a check that saw a mistake says no more than that numbers differ."""
    result, said = finding.result, case.attributed.checks.get(finding.result.id, Attributed())
    saw = finding.compared and result.mistakes and not finding.borrowed
    return bool(saw) and said.message is None and result.verdict is Verdict.FAILED


def _fact(case: Case, mistake: str) -> str:
    return explanations(case.catalogue, [mistake], None)[mistake]


def _lines_of_checks(case: Case) -> Attribution:
    """The line in the student's file of every failed check with a mistake; else those of the function."""
    failed = [one for one in case.findings if one.result.mistakes and one.result.verdict is Verdict.FAILED]
    known = {one.result.id: _place_of(case, one) for one in failed}
    spans = {one.id: _span(case, one) for one in case.results if one.id not in known}
    return Attribution(checks={id: Attributed(where=where) for id, where in (known | spans).items() if where})


def _place_of(case: Case, finding: Finding) -> Where | None:
    """The line of a failed check's first mistake; of one that it only shows, where it is made."""
    mistake, own = finding.result.mistakes[0], finding.result.role
    made = [found.roles for found in case.attributed.diagnoses if found.mistake == mistake]
    owners = [role for roles in made for role in roles] if finding.borrowed else []
    return _place(case, (*owners, own), mistake)


def _span(case: Case, result: CheckResult) -> Where | None:
    """The lines of the function that a check is about, in the place of that of its `def`."""
    site = case.student.sites.get(result.role)
    if site is None or result.where is None or result.where != site.where:
        return None
    text = case.source(result.where.file)
    return span_of(site, text) if text is not None else None


def _place(case: Case, roles: Sequence[str], mistake: str) -> Where | None:
    for role in roles:
        site = case.student.sites.get(role)
        if site is not None and site.where is not None:
            parameters = case.attributed.parameters.get((role, mistake), ())
            text = case.source(site.where.file)
            return place_of(mistake, site, text, case.locate, parameters) if text is not None else site.where
    return None
