"""What every explanation of failed checks works with: findings, diagnoses, and their roles."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from grader.checking.check import NOTE, Setting, role_of
from grader.diagnosis import catalogue
from grader.result import CheckResult, Diagnosis, Verdict
from grader.scoring.charging import Finding
from grader.student.calls import Student

__all__ = [
    "UNFINISHED",
    "WITHOUT_RIGHT_RESULT",
    "Causes",
    "Source",
    "add_proved_by_checks",
    "diagnosis",
    "merged",
    "possible",
    "replaced",
]

#: Verdicts after which a search for the mistake is worth while.
WITHOUT_RIGHT_RESULT = (Verdict.FAILED, Verdict.ERROR, Verdict.MISSING)

#: Work that was not done is `missing`; it is no mistake to accuse anybody of.
UNFINISHED = ("gradient-not-implemented", "unfinished")

#: The text of a file of the submission, None if it has none.
Source = Callable[[str], str | None]


@dataclass
class Causes:
    """What was proved about a submission: findings with their mistakes, diagnoses, and what stays open."""

    findings: list[Finding]
    diagnoses: list[Diagnosis] = field(default_factory=list)
    candidates: list[Diagnosis] = field(default_factory=list)
    # Ids of checks whose mistakes are another role's: a net shows those of its layers.
    echoes: set[str] = field(default_factory=set)
    # The parameters of a net in whose gradients a role's mistake is.
    places: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    # What checks that are made for an explanation only may ask for.
    setting: Setting = field(default_factory=Setting)


def diagnosis(
    mistake: str,
    roles: tuple[str, ...],
    explanation: str,
    residual: float | None = None,
    remedy: str | None = None,
) -> Diagnosis:
    """A proved mistake; its remedy is the catalogue's if there is no better one."""
    help_ = remedy or catalogue.lookup(mistake).remedy
    return Diagnosis(mistake=mistake, roles=roles, residual=residual, explanation=explanation, help=help_)


def possible(candidates: Iterable[Sequence[str]], roles: tuple[str, ...]) -> list[Diagnosis]:
    """The mistakes of several sets that explain the results equally well."""
    return [
        Diagnosis(mistake=mistake, roles=roles, exact=False, help=catalogue.lookup(mistake).remedy)
        for mistake in dict.fromkeys(m for candidate in candidates for m in candidate)
    ]


def replaced(finding: Finding, result: CheckResult) -> Finding:
    """The finding with another result."""
    return dataclasses.replace(finding, result=result)


def add_proved_by_checks(causes: Causes, student: Student) -> None:
    """Mistakes that a check saw itself (a probe, counted lines) are diagnoses as well."""
    known = {(d.mistake, role) for d in causes.diagnoses for role in d.roles}
    for finding in causes.findings:
        if finding.result.id in causes.echoes:
            continue
        role = role_of(finding.result.id.rpartition(".")[0])
        for mistake in finding.result.mistakes:
            if mistake in UNFINISHED:
                continue
            named = any(mistake == other for other, _ in known)
            if (mistake, role) in known or (named and role not in student.sites):
                continue
            known.add((mistake, role))
            causes.diagnoses.append(diagnosis(mistake, (role,), finding.result.message.removeprefix(NOTE)))


def merged(diagnoses: Sequence[Diagnosis]) -> list[Diagnosis]:
    """One entry a mistake, with all its roles."""
    merged: dict[str, Diagnosis] = {}
    for found in diagnoses:
        known = merged.get(found.mistake)
        if known is None:
            merged[found.mistake] = found
            continue
        residuals = [r for r in (known.residual, found.residual) if r is not None]
        merged[found.mistake] = msgspec.structs.replace(
            known,
            roles=tuple(dict.fromkeys(known.roles + found.roles)),
            residual=max(residuals) if residuals else None,
            points=known.points + found.points,
        )
    return list(merged.values())
