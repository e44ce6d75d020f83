"""Grade many submissions: each report is stored as it is done, and the gradebook made of what is stored."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import msgspec

from grader.batch.executor import Executor, Listener, Processes, Serial
from grader.batch.interruption import Interruption
from grader.batch.judge import GradedEntry
from grader.batch.known import keep, read_known
from grader.batch.plan import Batch
from grader.batch.results import Results, publish
from grader.batch.rulings import read_rulings
from grader.batch.store import (
    REPORT_FILE,
    OutputError,
    alone,
    stored_report,
    write_report,
)
from grader.intake.submission import Entry
from grader.result import Report

__all__ = ["GradedBatch", "grade_batch"]


class Progress(Listener, Protocol):
    """Who is told how a batch goes on."""

    def done(self, entry: Entry, report: Report) -> None: ...


@dataclass
class GradedBatch:
    """How far a batch came: what could not be read, and where the harness itself failed, by submission."""

    total: int
    done: int = 0
    interrupted: bool = False
    refused: dict[str, str] = field(default_factory=dict)
    #: Reports with faults: kept, since they may not be stored.
    faulty: dict[str, Report] = field(default_factory=dict)
    results: Results = field(init=False)

    def add(self, entry: Entry, report: Report) -> None:
        self.done += 1
        if report.refused is not None:
            self.refused[entry.id] = report.refused
        if report.faults:
            self.faulty[entry.id] = report


def grade_batch(batch: Batch, progress: Progress, executor: Executor | None = None) -> GradedBatch:
    """Grade every entry; write its report as it is done, and the gradebook in the end, interrupted or not.

    A failure of the harness on one entry becomes that entry's report; the others are graded.

    Raises:
        MarksError: the folder's sheet of marks cannot be read, and would be lost.
        OutputError: the results cannot be written; those of before are as they were.
    """
    batch.output.mkdir(parents=True, exist_ok=True)
    graded = GradedBatch(len(batch.entries))
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
        graded.results = publish(batch.output, graded.faulty, batch.job)
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
    batch: Batch, progress: Progress, executor: Executor, graded: GradedBatch, interruption: Interruption
) -> None:
    watch = _Harmless(progress)
    with contextlib.closing(executor.outcomes(batch, batch.entries, watch)) as outcomes:
        for entry, outcome in outcomes:
            report = _stored(outcome, batch.output / entry.id)
            graded.add(entry, report)
            watch.done(entry, report)
            if interruption.came:
                raise KeyboardInterrupt


class _Harmless:
    """A display that fails must not cost the reports."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def begun(self, entry: Entry) -> None:
        with contextlib.suppress(Exception):
            self._progress.begun(entry)

    def at(self, entry: Entry, title: str) -> None:
        with contextlib.suppress(Exception):
            self._progress.at(entry, title)

    def done(self, entry: Entry, report: Report) -> None:
        with contextlib.suppress(Exception):
            self._progress.done(entry, report)


def _stored(outcome: GradedEntry, folder: Path) -> Report:
    return outcome.report if outcome.reused else write_report(outcome.report, outcome.files, folder)
