"""Grade many submissions: each report is stored as it is done, and the gradebook made of what is stored."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from grader.batch.executor import Executor, Processes, Serial
from grader.batch.interruption import Interruption
from grader.batch.judge import Outcome
from grader.batch.known import Known, keep, read_known
from grader.batch.marks import write_sheet
from grader.batch.plan import Batch
from grader.batch.rulings import read_rulings
from grader.batch.store import (
    REPORT_FILE,
    OutputError,
    alone,
    read_report,
    stored_folders,
    stored_report,
    write_report,
)
from grader.grade import fault_report
from grader.intake.submission import Entry
from grader.report import gradebook_csv
from grader.report.text import plural
from grader.report.writing import write_aside
from grader.result import Report
from grader.scoring.rescoring import rescored, unmade
from grader.scoring.rubric import Rubric

__all__ = ["Graded", "Progress", "Results", "grade_batch", "publish", "read_reports"]


class Progress(Protocol):
    """Who is told how a batch goes on."""

    def begun(self, entry: Entry) -> None: ...

    def done(self, entry: Entry, report: Report) -> None: ...


class Results(NamedTuple):
    """What a folder of results holds, as it counts.

    `unused`: sentences about what people wrote that belongs to none; `missing`: who handed in nothing.
    """

    reports: list[Report]
    unused: list[str]
    missing: list[str]


@dataclass
class Graded:
    """How far a batch came: what could not be read, and where the harness itself failed, by submission."""

    total: int
    done: int = 0
    interrupted: bool = False
    refused: dict[str, str] = field(default_factory=dict)
    #: Reports with faults: kept, since they may not be stored.
    faulty: dict[str, Report] = field(default_factory=dict)
    results: Results = field(default_factory=lambda: Results([], [], []))

    def add(self, entry: Entry, report: Report) -> None:
        self.done += 1
        if report.refused is not None:
            self.refused[entry.id] = report.refused
        if report.faults:
            self.faulty[entry.id] = report


def grade_batch(batch: Batch, progress: Progress, executor: Executor | None = None) -> Graded:
    """Grade every entry; write its report as it is done, and the gradebook in the end, interrupted or not.

    A failure of the harness on one entry becomes that entry's report; the others are graded.

    Raises:
        MarksError: the folder's sheet of marks cannot be read, and would be lost.
        OutputError: the results cannot be written; those of before are as they were.
    """
    batch.output.mkdir(parents=True, exist_ok=True)
    graded = Graded(len(batch.entries))
    with alone(batch.output), Interruption() as interruption:
        known = read_known(batch.output).joined(batch.known, (entry.id for entry in batch.entries))
        read_rulings(batch.output, known)
        keep(known, batch.output)
        if not batch.resume:
            _discard(batch)
        try:
            _grade(batch, progress, executor or _local(batch), graded, interruption)
        except KeyboardInterrupt:
            graded.interrupted = True
        except OutputError as error:
            kept = f"{graded.done} of {graded.total} are graded"
            raise OutputError(f"{error}; {kept}; make room, and the same command goes on") from None
        graded.results = publish(batch.output, graded.faulty)
    return graded


def _local(batch: Batch) -> Executor:
    jobs = min(batch.jobs, len(batch.entries))
    return Serial() if jobs == 1 else Processes(jobs)


def _discard(batch: Batch) -> None:
    """Forget what is stored of the entries, so that a run that was interrupted goes on where it stopped.

    When only some questions are asked, the report stays for the others, as one that was made otherwise.
    """
    for entry in batch.entries:
        folder = batch.output / entry.id
        stored = stored_report(folder) if batch.job.questions else None
        if stored is not None:
            write_report(msgspec.structs.replace(stored, environment={}), {}, folder)
            continue
        with contextlib.suppress(OSError):
            (folder / REPORT_FILE).unlink()


def _grade(
    batch: Batch, progress: Progress, executor: Executor, graded: Graded, interruption: Interruption
) -> None:
    def begun(entry: Entry) -> None:
        with contextlib.suppress(Exception):  # a display that fails must not cost the reports
            progress.begun(entry)

    with contextlib.closing(executor.outcomes(batch, batch.entries, begun)) as outcomes:
        for entry, outcome in outcomes:
            report = _stored(outcome, batch.output / entry.id)
            graded.add(entry, report)
            with contextlib.suppress(Exception):
                progress.done(entry, report)
            if interruption.came:
                raise KeyboardInterrupt


def _stored(outcome: Outcome, folder: Path) -> Report:
    return outcome.report if outcome.reused else write_report(outcome.report, outcome.files, folder)


def publish(output: Path, faulty: Mapping[str, Report]) -> Results:
    """Make the gradebook and the sheet for marks of all that is stored, and of `faulty`, which may not be.

    A report that cannot be read is a fault.

    Raises:
        MarksError, OverridesError: what people wrote cannot be used.
        OutputError: the files cannot be written.
    """
    found = {folder.name: _read_or_fault(folder) for folder in stored_folders(output)} | dict(faulty)
    results = _results(list(found.values()), read_known(output), output, whole=True)
    try:
        write_sheet(results.reports, output)
        book = gradebook_csv(results.reports, results.missing)
        # With the mark that makes spreadsheets read it as UTF-8.
        write_aside(output / "gradebook.csv", book.encode("utf-8-sig"))
    except OSError as error:
        raise OutputError(f"{error.filename} cannot be written ({error.strerror})") from None
    return results


def _read_or_fault(folder: Path) -> Report:
    try:
        return read_report(folder)
    except (OutputError, msgspec.DecodeError) as error:
        return fault_report(Entry(folder.name, folder), str(error), {})


def read_reports(directory: Path, rubric: Rubric | None = None) -> Results:
    """The stored reports of a batch, by name, or the one of a submission's folder, as they count.

    Args:
        rubric: to score them by; the one that they were graded by when None.

    Raises:
        FileNotFoundError: the directory holds none.
        MarksError, OverridesError: what people wrote cannot be used.
        OutputError, msgspec.DecodeError: one of them cannot be read, or is not a report; the text names it.
    """
    folders, batch = stored_folders(directory), directory
    if not folders and (directory / REPORT_FILE).is_file():
        # What people write lies beside the submissions' folders.
        folders, batch = [directory], directory.resolve().parent
    if not folders:
        raise FileNotFoundError(
            f"{directory} holds no {REPORT_FILE}; grade something with -o {directory} first"
        )
    known = read_known(batch)
    if rubric is not None:
        known = msgspec.structs.replace(known, rubric=rubric)
    return _results([read_report(folder) for folder in folders], known, batch, whole=batch == directory)


def _results(found: Sequence[Report], known: Known, batch: Path, *, whole: bool) -> Results:
    """The reports as they count; `whole`: they are all that the batch has."""
    rulings = read_rulings(batch, known)
    scored = [rescored(report, known.rubric) for report in found] if known.rubric is not None else found
    reports = [rulings.applied(report) for report in scored]
    if not whole:
        return Results(reports, [], [])
    present = {report.submission.id for report in reports}
    missing = [name for name in known.missing if name not in present]
    return Results(reports, [*rulings.unused(reports), *_short(found, known)], missing)


def _short(found: Sequence[Report], known: Known) -> list[str]:
    """What the rubric asks that was not checked."""
    if known.rubric is None:
        return []
    short = {report.submission.id: unmade(report, known.rubric) for report in found}
    names = [name for name, questions in short.items() if questions]
    questions = ", ".join(dict.fromkeys(question for each in short.values() for question in each))
    if not names:
        return []
    of = plural(len(names), "submission")
    return [f"{questions}: the rubric asks checks that were not made of {of}; grade again"]
