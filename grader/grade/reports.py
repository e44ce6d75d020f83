"""The report of one submission, from what was found, and the pages with its notebooks."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from grader.grade.job import Job, wanted
from grader.grade.questions import Graded
from grader.intake.excerpts import quoting
from grader.intake.notebooks.answers import Inline, inline_questions
from grader.intake.notebooks.saved import saved_notes
from grader.intake.work import Work
from grader.report.feedback import ShownNotebook, told_of, write_feedback
from grader.report.relocated import relocated
from grader.result import ManualAnswer, Report, SubmissionInfo
from grader.sandbox.bounded import Bounded, Overrun
from grader.scoring.rubric import Rubric
from grader.scoring.students_view import students_report
from grader.student.notebooks.runs import NotebookRuns
from grader.student.sandboxed import Sandboxed

__all__ = ["fault_report", "refused_report", "with_feedback", "written_up"]


def written_up(graded: Graded, work: Work, job: Job, student: Sandboxed, runs: NotebookRuns) -> Report:
    """The report of the work that was graded, every place named as its author wrote it."""
    submission, edition = work.submission, work.edition
    info = SubmissionInfo(submission.id, submission.root, edition.name, submission.sha256, edition.builds_on)
    saved = _saved_notes(work, job)
    report = msgspec.structs.replace(
        graded.report(info, (*work.notes, *student.notes, *runs.notes, *saved)),
        manual=tuple(_to_mark(inline_questions(work.notebooks, edition), job)),
        to_do=tuple(saved),
        limits=tuple(student.limits),
        discrepancies=tuple(runs.discrepancies),
    )
    quoted = quoting(work.files, work.notebooks.values())
    return relocated(report, lambda where: work.cells.place(quoted(where)), work.cells.text)


def _saved_notes(work: Work, job: Job) -> list[str]:
    """How the notebooks of the graded questions were saved."""
    graded = {its.path: its for question, its in work.notebooks.items() if _is_asked(question, job)}
    return saved_notes(graded.values())


def _to_mark(answers: Sequence[Inline], job: Job) -> Iterator[ManualAnswer]:
    """The free-text answers that a person will mark."""
    for item in answers:
        if _is_asked(item.question, job):
            yield ManualAnswer(question=item.question, prompt=item.prompt, answer=item.answer)


def _is_asked(question: str, job: Job) -> bool:
    return not job.questions or question in job.questions


def with_feedback(
    report: Report, work: Work, runs: NotebookRuns, pages: Path, rubric: Rubric, reader: Bounded
) -> Report:
    """Write the notebooks with the findings into the folder `pages`; the report says where that failed."""
    shown, notebooks = students_report(report, rubric), _shown_notebooks(work, runs)
    if not notebooks:
        return report
    said = told_of(notebooks, shown)
    quiet = [notebook for notebook in notebooks if notebook not in said]
    faults = write_feedback(shown, quiet, pages) if quiet else ()
    try:
        faults += reader(functools.partial(write_feedback, shown, said, pages)) if said else ()
    except Overrun as overrun:
        note = f"the notebooks are not shown with the findings: {overrun}"
        report = msgspec.structs.replace(report, notes=(*report.notes, note))
    return msgspec.structs.replace(report, faults=(*report.faults, *faults))


def _shown_notebooks(work: Work, runs: NotebookRuns) -> list[ShownNotebook]:
    """What the feedback pages show of each notebook that can be read."""
    called = {
        role: tuple(name for name in (site.method, site.name) if name not in (None, "__init__"))
        for role, site in work.edition.roles.items()
    }
    answers = inline_questions(work.notebooks, work.edition)
    return [
        ShownNotebook(
            path=path,
            questions=frozenset(question for question, its in work.notebooks.items() if its is notebook),
            cells=notebook.cells,
            called=called,
            answers=[(item.question, item.position) for item in answers if item.path == path],
            pictures={cell.number: cell.pictures for cell in runs.done[path].cells}
            if path in runs.done
            else {},
        )
        for path, notebook in {its.path: its for its in work.notebooks.values()}.items()
        if not notebook.unreadable
    ]


def refused_report(name: str, reason: str, job: Job) -> Report:
    """The report of the entry `name`, which is no submission: no points."""
    edition = job.edition
    rows = wanted(job, edition) if edition else []
    known, builds_on = (edition.name, edition.builds_on) if edition else (None, ())
    return Report(
        submission=SubmissionInfo(name, ".", known, None, builds_on),
        score=0.0,
        max_score=sum(check.points for row in rows for check in row.checks),
        questions=(),
        refused=reason,
        assignment=job.rubric.title,
    )


def fault_report(name: str, job: Job, fault: str, environment: Mapping[str, Any]) -> Report:
    """The report of the submission `name`, on which the harness itself failed: nothing is charged."""
    return Report(
        submission=SubmissionInfo(name, ".", None, None),
        score=0.0,
        max_score=0.0,
        questions=(),
        faults=(fault,),
        environment=dict(environment),
        assignment=job.rubric.title,
    )
