"""Grade many submissions: each report is stored as it is done, and the gradebook made of what is stored."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import msgspec

from grader.batch.executor import Executor, Processes, Serial
from grader.batch.interruption import Interruption
from grader.batch.judge import Outcome
from grader.batch.marks import marked, read_sheet, write_sheet
from grader.batch.plan import Batch
from grader.batch.store import REPORT_FILE, OutputError, alone, read_report, stored_folders, write_report
from grader.grade import fault_report
from grader.intake.submission import Entry
from grader.report import gradebook_csv
from grader.report.writing import write_aside
from grader.result import Report

__all__ = ["Graded", "Progress", "grade_batch", "publish", "read_reports", "stored_reports"]


class Progress(Protocol):
    """Who is told how a batch goes on."""

    def begun(self, entry: Entry) -> None: ...

    def done(self, entry: Entry, report: Report) -> None: ...


@dataclass
class Graded:
    """How far a batch came: what could not be read, and where the harness itself failed, by submission."""

    total: int
    done: int = 0
    interrupted: bool = False
    refused: dict[str, str] = field(default_factory=dict)
    #: Reports with faults: kept, since they may not be stored.
    faulty: dict[str, Report] = field(default_factory=dict)

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
        read_sheet(batch.output)
        if not batch.resume:
            _discard(batch)
        try:
            _grade(batch, progress, executor or _local(batch), graded, interruption)
        except KeyboardInterrupt:
            graded.interrupted = True
        except OutputError as error:
            kept = f"{graded.done} of {graded.total} are graded"
            raise OutputError(f"{error}; {kept}; make room, and the same command goes on") from None
        publish(batch.output, graded.faulty)
    return graded


def _local(batch: Batch) -> Executor:
    jobs = min(batch.jobs, len(batch.entries))
    return Serial() if jobs == 1 else Processes(jobs)


def _discard(batch: Batch) -> None:
    """Forget what is stored of the entries, so that a run that was interrupted goes on where it stopped."""
    for entry in batch.entries:
        with contextlib.suppress(OSError):
            (batch.output / entry.id / REPORT_FILE).unlink()


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


def publish(output: Path, faulty: Mapping[str, Report]) -> None:
    """Make the gradebook and the sheet for marks of all that is stored, and of `faulty`, which may not be.

    Raises:
        MarksError: the sheet cannot be read.
        OutputError: they cannot be written.
    """
    reports = stored_reports(output, faulty)
    try:
        write_sheet(reports, output)
        write_aside(output / "gradebook.csv", gradebook_csv(reports).encode())
    except OSError as error:
        raise OutputError(f"{error.filename} cannot be written ({error.strerror})") from None


def stored_reports(output: Path, faulty: Mapping[str, Report]) -> list[Report]:
    """What is stored of a batch, with the sheet's marks. One that cannot be read is a fault, as are `faulty`.

    Raises:
        MarksError: the sheet cannot be read.
    """
    found = {folder.name: _read_or_fault(folder) for folder in stored_folders(output)} | dict(faulty)
    sheet = read_sheet(output)
    return [marked(report, sheet) for report in found.values()]


def _read_or_fault(folder: Path) -> Report:
    try:
        return read_report(folder)
    except (OutputError, msgspec.DecodeError) as error:
        return fault_report(Entry(folder.name, folder), str(error), {})


def read_reports(directory: Path) -> Sequence[Report]:
    """The stored reports of a batch, by name, or the one of a submission's folder, with the sheet's marks.

    Raises:
        FileNotFoundError: the directory holds none.
        MarksError: the sheet cannot be read.
        OutputError, msgspec.DecodeError: one of them cannot be read, or is not a report; the text names it.
    """
    folders, batch = stored_folders(directory), directory
    if not folders and (directory / REPORT_FILE).is_file():
        # The sheet of a batch lies beside its submissions' folders.
        folders, batch = [directory], directory.resolve().parent
    if not folders:
        raise FileNotFoundError(
            f"{directory} holds no {REPORT_FILE}; grade something with -o {directory} first"
        )
    sheet = read_sheet(batch)
    return [marked(read_report(folder), sheet) for folder in folders]
