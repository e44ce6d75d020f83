"""A report as the submission's author may read it: without the checks that the rubric hides from them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from grader.result import CheckResult, Diagnosis, QuestionResult, Report, SkipReason, Verdict
from grader.scoring.rescoring import rescored
from grader.scoring.rubric import QuestionRow, Rubric

__all__ = ["hidden_checks", "students_report"]

_BROKEN = (Verdict.FAILED, Verdict.ERROR, Verdict.TIMEOUT)
_NOT_CHECKED = "not checked: it builds on a part that is not shown here"
_FAULT = "the grader itself failed on a part of this; your instructor's report says where"


def hidden_checks(
    rubric: Rubric, rows: Iterable[QuestionRow] | None = None, now: datetime | None = None
) -> frozenset[str]:
    """The ids of the checks that authors may not see at that time, of these rows or of all.

    `after-deadline` is hidden until `late.due` of the rubric has passed, and for good where it names none.
    """
    late = rubric.late is not None and (now or datetime.now(UTC)) > rubric.late.due
    seen = ("shown", "after-deadline") if late else ("shown",)
    rows = rubric.question if rows is None else rows
    return frozenset(id for row in rows for id, when in row.visibilities.items() if when not in seen)


def students_report(report: Report, rubric: Rubric | None, now: datetime | None = None) -> Report:
    """All that whoever handed it in may read; whatever is rendered for them is rendered from this.

    Hidden checks are gone with their points, their messages and all that was concluded from them alone; what
    is shown has the points that a rubric without them gives. Points by hand stay, but what counts in the end
    is left out, because it would tell the hidden points. The secret seed and, where the rubric keeps them
    back, the changes of mends are gone in any case.

    Args:
        rubric: that by which it was scored; None of an earlier grader, which hid nothing.
    """
    hidden = hidden_checks(rubric, _rows(report, rubric), now) if rubric is not None else ()
    report = _without_secrets(report, tells_changes=rubric is not None and rubric.mends == "change")
    if rubric is None or not hidden:
        return report
    bare = msgspec.structs.replace(
        report,
        score=0.0,
        max_score=0.0,
        questions=tuple(_shown_questions(report, hidden)),
        adjustments=(),
        final=None,
        faults=(_FAULT,) if report.faults else (),
    )
    return _concluded(rescored(bare, _rubric_without(rubric, hidden)))


def _rows(report: Report, rubric: Rubric) -> Sequence[QuestionRow]:
    """Those that it was scored by; of what could not be read, all."""
    questions = tuple(question.id for question in report.questions)
    return rubric.questions(report.submission.edition_names, questions) if questions else rubric.question


def _without_secrets(report: Report, *, tells_changes: bool) -> Report:
    environment = {name: value for name, value in report.environment.items() if name != "secret_seed"}
    if tells_changes:
        return msgspec.structs.replace(report, environment=environment)
    mends = tuple(msgspec.structs.replace(mend, change=()) for mend in report.mends)
    return msgspec.structs.replace(report, environment=environment, mends=mends)


def _rubric_without(rubric: Rubric, hidden: Collection[str]) -> Rubric:
    """The rubric as if there were no hidden checks."""

    def row(of: QuestionRow) -> QuestionRow:
        checks = tuple(check for check in of.checks if f"{of.id}.{check.id}" not in hidden)
        return msgspec.structs.replace(of, checks=checks, points=None)

    rows = tuple(each for each in map(row, rubric.question) if each.checks)
    return msgspec.structs.replace(rubric, question=rows)


def _shown_questions(report: Report, hidden: Collection[str]) -> Iterator[QuestionResult]:
    found = {check.id: check for question in report.questions for check in question.checks}
    for question in report.questions:
        checks = tuple(_apart(check, found, hidden) for check in question.checks if check.id not in hidden)
        if checks:
            yield msgspec.structs.replace(question, checks=checks)


def _apart(check: CheckResult, found: Mapping[str, CheckResult], hidden: Collection[str]) -> CheckResult:
    """The check with the first shown ones in place of the hidden ones that it follows from or waits for."""
    waits_for = _first_shown(check.waits_for, found, hidden)
    cause = _first_shown(check.cause, found, hidden)
    behind = None if check.behind in hidden else check.behind
    check = msgspec.structs.replace(check, waits_for=waits_for, cause=cause, behind=behind, follows_from=None)
    if check.reason is not SkipReason.NEEDS or waits_for == found[check.id].waits_for:
        return check
    if waits_for is None:
        return msgspec.structs.replace(check, message=_NOT_CHECKED, reason=SkipReason.NOT_RUN)
    return msgspec.structs.replace(check, message=f'not checked: it builds on "{found[waits_for].title}"')


def _first_shown(id: str | None, found: Mapping[str, CheckResult], hidden: Collection[str]) -> str | None:
    passed: set[str] = set()
    while id in hidden and id is not None and id in found and id not in passed:
        passed.add(id)
        id = found[id].waits_for or found[id].cause
    return None if id in hidden else id


def _concluded(report: Report) -> Report:
    """The report with the diagnoses and mends that its own checks show."""
    checks = [check for question in report.questions for check in question.checks]
    ids, broken = {check.id for check in checks}, {c.role for c in checks if c.verdict in _BROKEN}
    named: dict[str, set[str]] = {}
    for check in checks:
        for mistake in check.mistakes:
            named.setdefault(mistake, set()).add(check.role)

    def shown(found: tuple[Diagnosis, ...]) -> Iterator[Diagnosis]:
        for each in found:
            judged = named.get(each.mistake, broken)
            roles = tuple(role for role in each.roles if role in judged)
            if roles or each.mistake in named:
                yield msgspec.structs.replace(each, roles=roles or each.roles)

    return msgspec.structs.replace(
        report,
        diagnoses=tuple(shown(report.diagnoses)),
        candidates=tuple(shown(report.candidates)),
        mends=tuple(
            msgspec.structs.replace(mend, held=tuple(id for id in mend.held if id in ids))
            for mend in report.mends
            if mend.role in broken
        ),
    )
