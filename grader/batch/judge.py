"""A judge: grades one submission after the other behind its own wall, in this process or in one of its own.

A judge process reads what to grade from its end of a socket and ends with it, so that none outlives a batch.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any

from grader.batch.pages import authors_pages
from grader.batch.plan import Batch
from grader.batch.store import stored_report
from grader.grade import Announce, Job, Refused, describe_environment, fault_report, grade_entry
from grader.intake.submission import Entry, Submission
from grader.report.feedback import FEEDBACK
from grader.result import Report
from grader.sandbox.bounded import LastingReader
from grader.sandbox.host import Sandbox
from grader.student.notebooks.runs import NotebookHost

__all__ = ["GradedEntry", "Handed", "Judge", "main"]

#: A submission where it lies, or opened already.
Handed = Entry | Submission | Refused

#: What a judge that is told to end may take to remove its files, before it is gone all the same.
_FAREWELL_S = 1.0
#: Without trainings, what was disturbed later than after so many seconds is not graded again.
_AGAIN_S = 15.0


@dataclass(frozen=True)
class GradedEntry:
    """One submission graded. `files` go beside its report; a report that was stored already has none."""

    report: Report
    files: Mapping[str, bytes] = field(default_factory=dict)
    reused: bool = False


class Judge:
    """A context manager: the wall and the room for notebooks last as long as it does."""

    sandbox: Sandbox
    notebooks: NotebookHost | None

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self._held = contextlib.ExitStack()
        self._pages = Path(self._held.enter_context(tempfile.TemporaryDirectory(prefix="grader-pages-")))
        self._reader = self._held.enter_context(LastingReader())
        self._failure: Exception | None = None
        self._environment: dict[str, Any] = {}
        try:
            self.sandbox = self._held.enter_context(batch.sandbox.build())
            self.notebooks = self._held.enter_context(
                batch.sandbox.notebooks(batch.job.assignment, pictures=True)
            )
            self._environment = describe_environment(batch.job, self.sandbox)
        except Exception as error:  # noqa: BLE001 - it is in the report of every submission
            self._failure = error
        except BaseException:
            self._held.close()
            raise

    def grade(self, entry: Handed, announce: Announce) -> GradedEntry:
        """Grade it, or reuse what is stored of it. A failure of ours on one is its report.

        `announce` hears the title of each check as it begins.
        """
        try:
            if self._failure is not None:
                raise self._failure
            self.sandbox.disturbed, began = False, time.monotonic()
            outcome = self._grade(entry, announce)
            # What kills its own worker does so again, and has it coming.
            soon = self.batch.job.setting.training is not None or time.monotonic() - began < _AGAIN_S
            return self._grade(entry, announce) if self.sandbox.disturbed and soon else outcome
        except Exception as error:  # noqa: BLE001 - one submission must not take the batch along
            return failed(entry.id, self.batch.job, f"{type(error).__name__}: {error}", self._environment)

    def _grade(self, entry: Handed, announce: Announce) -> GradedEntry:
        stored = stored_report(self.batch.output / entry.id)
        with tempfile.TemporaryDirectory(dir=self._pages) as pages:
            report = grade_entry(
                entry,
                self.batch.job,
                self.sandbox,
                stored,
                announce=announce,
                pages=Path(pages),
                notebooks=self.notebooks,
                reader=self._reader,
            )
            files = {file.name: file.read_bytes() for file in Path(pages).iterdir()}
        if report == stored:
            return GradedEntry(report, reused=True)
        kept = {file.name for file in (self.batch.output / entry.id).glob(f"*{FEEDBACK}")}
        return GradedEntry(
            report, files | authors_pages(report, self.batch.job.rubric, sorted(kept | files.keys()))
        )

    def __enter__(self) -> Judge:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()


def failed(name: str, job: Job, fault: str, environment: Mapping[str, Any]) -> GradedEntry:
    """The outcome of the submission `name`, on which the harness itself failed."""
    report = fault_report(name, job, fault, environment)
    return GradedEntry(report, authors_pages(report, job.rubric))


def main(descriptor: int) -> None:
    """A judge process: hears a `Batch`, the folder for temporary files, then one submission at a time."""
    with Connection(descriptor) as link, contextlib.suppress(EOFError, BrokenPipeError):
        batch, folder = link.recv()
        tempfile.tempdir = folder
        signal.signal(signal.SIGTERM, _end)
        entries: queue.SimpleQueue[Handed] = queue.SimpleQueue()
        threading.Thread(target=_listen, args=(link, entries), daemon=True).start()
        try:
            with Judge(batch) as judge:
                while True:
                    link.send(judge.grade(entries.get(), link.send))
        finally:
            with contextlib.suppress(OSError):  # others may still be there; the last one removes it
                Path(folder).rmdir()


def _listen(link: Connection, entries: queue.SimpleQueue[Handed]) -> None:
    """Take in entries; once nobody sends any more, end this process, whatever it is at."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            entries.put(link.recv())
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_FAREWELL_S)
    os._exit(1)


def _end(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit
