"""Which failed check follows from which mistake, or from which other check: what explainers say, added up.

An explainer looks at a `Case` and returns an `Attribution`; it changes nothing. `Case.after` gives the next
explainer the findings with all that was attributed before it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from grader.checking.finding import Finding
from grader.diagnosis.catalogue import Catalogue
from grader.diagnosis.lines import Locate
from grader.result import CheckResult, Diagnosis, QuestionResult, SkipReason, Verdict, Where
from grader.student.calls import Student

__all__ = [
    "WITHOUT_RIGHT_RESULT",
    "WRONG",
    "Attributed",
    "Attribution",
    "Case",
    "Explainer",
    "merged",
    "stops_alike",
]

#: Verdicts on work that was done and is not right.
WRONG = (Verdict.FAILED, Verdict.ERROR, Verdict.TIMEOUT)
#: Verdicts after which a search for the mistake is worth while.
WITHOUT_RIGHT_RESULT = (Verdict.FAILED, Verdict.ERROR, Verdict.MISSING)

#: The text of a file of the submission, None if it has none.
Source = Callable[[str], str | None]


def stops_alike(one: CheckResult, other: CheckResult) -> bool:
    """Whether two checks stop in the same way: at one place, or with one message."""
    if one.verdict is not other.verdict or one.verdict is Verdict.FAILED:
        return False
    return one.message == other.message or (one.where is not None and one.where == other.where)


@dataclass(frozen=True, kw_only=True)
class Attributed:
    """What is attributed to one check; what is None stays as it is.

    `cause`: the failed check that this one follows from. `borrowed`: its mistakes are another role's.
    `of_place`, `unseen`, `hint`, `behind`: see `CheckResult`.
    """

    verdict: Verdict | None = None
    message: str | None = None
    help: str | None = None
    mistakes: tuple[str, ...] | None = None
    where: Where | None = None
    reason: SkipReason | None = None
    cause: str | None = None
    borrowed: bool | None = None
    of_place: bool | None = None
    unseen: bool | None = None
    hint: str | None = None
    behind: str | None = None

    def over(self, earlier: Attributed) -> Attributed:
        """Both together; this one stands where both say something."""
        return dataclasses.replace(earlier, **self._said)

    def to(self, finding: Finding) -> Finding:
        """The finding with what is attributed to it."""
        said = self._said
        if said.get("verdict", Verdict.SKIPPED) is not Verdict.SKIPPED:
            said["reason"] = None  # a reason is that of a skip
        own = {name: said.pop(name) for name in ("cause", "borrowed") if name in said}
        return dataclasses.replace(finding, result=msgspec.structs.replace(finding.result, **said), **own)

    @property
    def _said(self) -> dict[str, Any]:
        values = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """What an explainer found: what each check (by id) follows from, the proved and the possible mistakes.

    `parameters`: those of a net in whose gradients a role's mistake is, by role and mistake.
    """

    checks: Mapping[str, Attributed] = field(default_factory=dict)
    diagnoses: tuple[Diagnosis, ...] = ()
    candidates: tuple[Diagnosis, ...] = ()
    parameters: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def __add__(self, later: Attribution) -> Attribution:
        """Both together. Of one check, field by field the later stands."""
        both = {id: said.over(self.checks.get(id, Attributed())) for id, said in later.checks.items()}
        return Attribution(
            checks={**self.checks, **both},
            diagnoses=self.diagnoses + later.diagnoses,
            candidates=self.candidates + later.candidates,
            parameters={**self.parameters, **later.parameters},
        )


@dataclass(frozen=True, kw_only=True)
class Case:
    """One question's findings as they stand, and all else that an explainer may look at.

    Args:
        subject: the question's proxy.
        locate: the assignment's way to the line of a mistake.
        returns: what the course's functions call the results that they return, by role.
        modules: the modules that the course's code imports.
        penalties: the factor of reg·ΣW² in the course's own loss, by question.
        context: outcomes of other questions' checks, run to explain this one.
        earlier: the questions graded before, whose classes this one may use.
        attributed: what earlier explainers said; the findings show it already.
    """

    question: str
    findings: tuple[Finding, ...]
    student: Student
    catalogue: Catalogue
    subject: Any = None
    source: Source = lambda file: None
    locate: Locate = lambda function, mistake, parameters: None
    returns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    modules: frozenset[str] = frozenset()
    penalties: Mapping[str, float] = field(default_factory=dict)
    context: tuple[CheckResult, ...] = ()
    earlier: Sequence[QuestionResult] = ()
    attributed: Attribution = field(default_factory=Attribution)

    def after(self, found: Attribution) -> Case:
        """The case with this attributed as well."""
        changed = [
            found.checks[one.result.id].to(one) if one.result.id in found.checks else one
            for one in self.findings
        ]
        return dataclasses.replace(self, findings=tuple(changed), attributed=self.attributed + found)

    @property
    def results(self) -> list[CheckResult]:
        return [finding.result for finding in self.findings]

    def proved(
        self,
        mistake: str,
        role: str,
        explanation: str,
        residual: float | None = None,
        remedy: str | None = None,
        where: Where | None = None,
    ) -> Diagnosis:
        """A proved mistake; its remedy is the catalogue's if there is no better one."""
        return Diagnosis(
            mistake=mistake,
            roles=(role,),
            residual=residual,
            explanation=explanation,
            help=remedy or self.catalogue[mistake].remedy,
            where=where,
        )

    def possible(self, candidates: Iterable[Sequence[str]], role: str) -> tuple[Diagnosis, ...]:
        """The mistakes of several sets that explain the results equally well."""
        return tuple(
            Diagnosis(mistake=mistake, roles=(role,), exact=False, help=self.catalogue[mistake].remedy)
            for mistake in dict.fromkeys(m for candidate in candidates for m in candidate)
        )


Explainer = Callable[[Case], Attribution]


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
