"""One entry of a class: read it, grade what is there, or say why there is nothing to grade."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from grader.assignment import Assignment
from grader.grade.job import Announce, Job, describe_environment, tuned_marks, wanted
from grader.grade.questions import grade_student, seek_mends
from grader.grade.reports import refused_report, with_feedback, written_up
from grader.intake.editions import Edition
from grader.intake.landmarks import Landmarks
from grader.intake.submission import Entry, Submission, SubmissionRefused, open_submission
from grader.intake.work import Work, read_work, refuse_without_roles
from grader.result import Report
from grader.sandbox.bounded import Bounded, Overrun, bounded
from grader.sandbox.host import Sandbox
from grader.scoring.rescoring import rescored
from grader.scoring.resume import joined, left_to_run
from grader.student.notebooks.runs import NotebookHost, NotebookRuns
from grader.student.sandboxed import Sandboxed

__all__ = ["Refused", "grade_entry", "open_entry"]


class Refused(msgspec.Struct, frozen=True):
    """An entry that is no submission, and why."""

    id: str
    path: Path
    reason: str


def open_entry(entry: Entry, landmarks: Landmarks) -> Submission | Refused:
    """What lies at the entry, read within bounds."""
    try:
        return bounded(lambda: open_submission(entry, landmarks))
    except (SubmissionRefused, Overrun) as refusal:
        return Refused(entry.id, entry.path, str(refusal))


def grade_entry(
    entry: Entry | Submission | Refused,
    job: Job,
    sandbox: Sandbox,
    stored: Report | None = None,
    announce: Announce = lambda title: None,
    pages: Path | None = None,
    notebooks: NotebookHost | None = None,
    reader: Bounded = bounded,
) -> Report:
    """Grade what lies at one entry, or was opened. An unreadable one gets 0 points and the reason.

    `stored` is an earlier report: what it has of this very work, made in the same way, is not run again, and
    questions that are not asked stay as they are in it.
    `announce` hears the title of each check as it begins. `pages` is the folder for the notebooks with our
    findings; None writes none. `notebooks` is where they are run; None runs none. `reader` reads what was
    handed in within bounds.
    """
    start = time.perf_counter()
    environment = describe_environment(job, sandbox)
    work = _read(entry, job, reader)
    if isinstance(work, Refused):
        return _settled(_stamped(refused_report(work.id, work.reason, job), environment, start), stored)
    valid = stored if _is_valid(stored, work, environment) else None
    left = _left(work.edition, job, valid)
    if valid is not None and not left:
        return rescored(valid, job.rubric)
    asked = dataclasses.replace(job, questions=left)
    report, runs = _run(work, asked, sandbox, announce, notebooks)
    report = _stamped(report, environment, start)
    if pages is not None:
        report = with_feedback(report, work, runs, pages, job.rubric, reader)
    if stored is not None and (valid is not None or job.questions):
        return rescored(joined(stored, report), job.rubric)
    return report


def _read(entry: Entry | Submission | Refused, job: Job, reader: Bounded) -> Work | Refused:
    """The work that lies at the entry."""
    if isinstance(entry, Refused):
        return entry
    try:
        work = reader(functools.partial(_opened, entry, job.assignment, job.edition, job.course_files))
        refuse_without_roles(work)
    except (SubmissionRefused, Overrun) as refusal:
        return Refused(entry.id, entry.path, str(refusal))
    return work


def _opened(
    entry: Entry | Submission, assignment: Assignment, edition: Edition | None, course_files: Path | None
) -> Work:
    editions = assignment.editions
    if isinstance(entry, Entry):
        entry = open_submission(entry, editions.landmarks_of(edition))
    return read_work(entry, editions, edition, course_files)


def _run(
    work: Work, job: Job, sandbox: Sandbox, announce: Announce, notebooks: NotebookHost | None
) -> tuple[Report, NotebookRuns]:
    """What running the work shows, and the notebooks that were run for it."""
    layout, marks = job.assignment.layout, tuned_marks(work.edition, job.rubric)
    with (
        Sandboxed(
            sandbox, layout, work.files, work.sites, work.absent, job.setting.seed, work.supplied
        ) as student,
        NotebookRuns(
            notebooks, work.files, work.notebooks, job.assignment.notebooks, marks, work.supplied
        ) as runs,
    ):
        graded = grade_student(student, work.edition, job, work.files, announce, runs)
        if job.mend is not None:
            seek_mends(graded, student, work, job, job.mend)
        return written_up(graded, work, job, student, runs), runs


def _stamped(report: Report, environment: Mapping[str, Any], start: float) -> Report:
    """The report with what it was made with, and how long that took."""
    duration = round(time.perf_counter() - start, 3)
    return msgspec.structs.replace(report, environment=dict(environment), duration_s=duration)


def _settled(refused: Report, stored: Report | None) -> Report:
    """The stored report, where only the time that it took differs: it need not be written again."""
    if stored is None or msgspec.structs.replace(stored, duration_s=refused.duration_s) != refused:
        return refused
    return stored


def _is_valid(stored: Report | None, work: Work, environment: Mapping[str, Any]) -> bool:
    """Whether the stored report is one of this very work, made in the same way, and whole."""
    if stored is None or stored.faults or stored.submission.sha256 != work.submission.sha256:
        return False
    key: str = environment["job_key"]
    return stored.environment.get("job_key") == key


def _left(edition: Edition, job: Job, stored: Report | None) -> tuple[str, ...]:
    """The questions that are asked and of which the stored report does not have every check."""
    return tuple(row.id for row in left_to_run(wanted(job, edition), stored))
