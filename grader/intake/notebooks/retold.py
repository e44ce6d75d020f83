"""A report in the terms of the notebooks: places in cells, and the answers that a person will mark."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from grader.intake.editions import Edition
from grader.intake.notebooks.answers import collect_answers
from grader.intake.notebooks.by_question import find_notebooks
from grader.intake.notebooks.saved import saved_notes
from grader.intake.notebooks.work import FoundWork
from grader.result import Diagnosis, QuestionResult, Report

__all__ = ["in_cells", "retold"]


def retold(report: Report, work: FoundWork, edition: Edition, questions: Collection[str] = ()) -> Report:
    """The report with places in cells, with the free-text answers, and with notes on how it was saved.

    Args:
        report: made of `work.files`.
        questions: those that were graded; empty for all.
    """
    found = collect_answers(work.files, edition)
    manual = tuple(answer for answer in found if not questions or answer.question in questions)
    sites = find_notebooks(work.files, edition)
    graded = [path for question, path in sites.items() if not questions or question in questions]
    notes = (*report.notes, *saved_notes(work.files, graded))
    report = msgspec.structs.replace(report, manual=manual, notes=notes)
    return in_cells(report, work) if work.cells else report


def in_cells(report: Report, work: FoundWork) -> Report:
    """The report with cells in place of the modules made of them."""
    return msgspec.structs.replace(
        report,
        questions=tuple(_question(question, work) for question in report.questions),
        diagnoses=tuple(_diagnosis(found, work) for found in report.diagnoses),
        candidates=tuple(_diagnosis(found, work) for found in report.candidates),
        notes=tuple(dict.fromkeys(work.told(note) for note in report.notes)),
        faults=tuple(work.told(fault) for fault in report.faults),
    )


def _question(question: QuestionResult, work: FoundWork) -> QuestionResult:
    checks = [
        msgspec.structs.replace(
            check, message=work.told(check.message), help=work.told(check.help), where=work.place(check.where)
        )
        for check in question.checks
    ]
    return msgspec.structs.replace(question, checks=tuple(checks))


def _diagnosis(found: Diagnosis, work: FoundWork) -> Diagnosis:
    return msgspec.structs.replace(
        found,
        explanation=work.told(found.explanation),
        help=work.told(found.help),
        where=work.place(found.where),
    )
