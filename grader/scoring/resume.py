"""What an earlier report saves of the work: questions that need not be run again, and those that stay."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import msgspec

from grader.diagnosis.attribution import merged
from grader.result import Diagnosis, Mend, QuestionResult, Report
from grader.scoring.rubric import QuestionRow

__all__ = ["joined", "left_to_run"]


def left_to_run(rows: Sequence[QuestionRow], stored: Report | None) -> list[QuestionRow]:
    """The rows of which some check is not in the stored report."""
    questions = stored.questions if stored is not None else ()
    made = {check.id for question in questions for check in question.checks}
    return [row for row in rows if any(f"{row.id}.{check.id}" not in made for check in row.checks)]


def joined(stored: Report, new: Report) -> Report:
    """The new report, and from the stored one the questions that the new one does not have.

    Points of mistakes are not added up: see `rescored`.
    """
    run = {question.id for question in new.questions}
    kept = [question for question in stored.questions if question.id not in run]
    if not kept or stored.submission.edition != new.submission.edition:
        return new
    notes = (*stored.notes, *new.notes)
    if stored.submission.sha256 != new.submission.sha256:
        names = ", ".join(question.id for question in kept)
        notes = (*notes, f"{names}: as found in an earlier version of the work")
    diagnoses = (*_of(kept, stored.diagnoses), *new.diagnoses)
    candidates = (*_of(kept, stored.candidates), *new.candidates)
    return msgspec.structs.replace(
        new,
        questions=(*kept, *new.questions),
        diagnoses=tuple(merged(diagnoses)),
        candidates=tuple(merged(candidates)),
        mends=(*_mends_of(kept, stored.mends), *new.mends),
        manual=(*(answer for answer in stored.manual if answer.question not in run), *new.manual),
        notes=tuple(dict.fromkeys(notes)),
        to_do=tuple(dict.fromkeys((*stored.to_do, *new.to_do))),
        discrepancies=tuple(dict.fromkeys((*stored.discrepancies, *new.discrepancies))),
        faults=(*stored.faults, *new.faults),
        limits=tuple(dict.fromkeys((*stored.limits, *new.limits))),
    )


def _mends_of(questions: Collection[QuestionResult], mends: Sequence[Mend]) -> Iterator[Mend]:
    """The mends of roles that these questions judge."""
    judged = {check.role for question in questions for check in question.checks}
    return (mend for mend in mends if mend.role in judged)


def _of(questions: Collection[QuestionResult], diagnoses: Sequence[Diagnosis]) -> Iterator[Diagnosis]:
    """The diagnoses of roles that these questions judge, with those roles."""
    judged = {check.role for question in questions for check in question.checks}
    for each in diagnoses:
        if roles := tuple(role for role in each.roles if role in judged):
            yield msgspec.structs.replace(each, roles=roles)
