"""Grade many submissions: local processes, resumed by content, one folder of results each."""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from grader.assignment import Assignment, DataHandle
from grader.batch.marks import marked, read_sheet, write_sheet
from grader.grade import Job, describe_environment, fault_report, grade_entry
from grader.intake.submission import Entry
from grader.notebooks.execute import EngineName
from grader.notebooks.runs import Execute, NotebookHost
from grader.report import gradebook_csv, render
from grader.result import Report, decode_report, encode_report
from grader.sandbox.host import Limits, Sandbox

__all__ = ["Batch", "OutputError", "SandboxChoice", "grade_batch", "read_reports", "write_gradebook"]

REPORT_FILE = "report.json"


class OutputError(Exception):
    """A file of the results cannot be written, or not be read again; the text names it."""


@dataclass(frozen=True)
class SandboxChoice:
    """Which wall to build; each judge process builds its own.

    `images`: what notebooks run on. `shared`: whether workers get what classes are trained on.
    """

    level: str = "auto"
    python: Path | None = None
    limits: Limits = field(default_factory=Limits)
    images: DataHandle | None = None
    shared: bool = False
    execute: Execute = "never"
    engine: EngineName = "fast"

    @contextlib.contextmanager
    def notebooks(self, assignment: Assignment, *, pictures: bool = False) -> Iterator[NotebookHost | None]:
        """Where notebooks are run; None when none are. `pictures`: keep their plots for feedback."""
        if self.execute == "never":
            yield None
            return
        images = self.images
        dataset = (lambda: images.dataset) if images is not None else None
        with NotebookHost(
            self.execute,
            assignment.material(self.execute, dataset),
            level=self.level,
            python=self.python,
            engine=self.engine,
            pictures=pictures,
        ) as host:
            yield host

    def build(self) -> Sandbox:
        given = self.images.given if self.images is not None and self.shared else None
        return Sandbox(self.level, self.python, self.limits, shared=given)


@dataclass(frozen=True)
class Batch:
    """What to grade, how, and where the results go. `resume` reuses reports of unchanged submissions."""

    entries: Sequence[Entry]
    job: Job
    sandbox: SandboxChoice
    output: Path
    jobs: int = 1
    resume: bool = True


Progress = Callable[[str, Report], None]


def grade_batch(batch: Batch, progress: Progress) -> list[Report]:
    """Grade every entry; write its report as it is done; return them in the entries' order.

    A failure of the harness on one entry becomes that entry's report; the others are graded.

    Raises:
        MarksError: the folder's sheet of marks cannot be read, and would be lost.
        OutputError: the gradebook or the sheet cannot be written.
    """
    batch.output.mkdir(parents=True, exist_ok=True)
    sheet = read_sheet(batch.output)
    done: dict[str, Report] = {}
    for entry, report in _reports(batch):
        done[entry.id] = report = _written(report, batch.output / entry.id)
        with contextlib.suppress(Exception):  # a display that fails must not cost the other reports
            progress(entry.id, report)
    reports = [done[entry.id] for entry in batch.entries]
    marks = [marked(report, sheet) for report in reports]
    try:
        write_sheet(reports, batch.output)
        write_gradebook(marks, batch.output)
    except OSError as error:
        raise OutputError(f"{error.filename} cannot be written ({error.strerror})") from None
    return marks


def write_gradebook(reports: Sequence[Report], output: Path) -> None:
    (output / "gradebook.csv").write_text(gradebook_csv(reports), "utf-8", newline="")


def read_reports(directory: Path) -> list[Report]:
    """The stored reports of a batch, by name, or the one of a submission's folder, with the sheet's marks.

    Raises:
        FileNotFoundError: the directory holds none.
        MarksError: the sheet cannot be read.
        OutputError, msgspec.DecodeError: one of them cannot be read, or is not a report; the text names it.
    """
    files, folder = sorted(directory.glob(f"*/{REPORT_FILE}")), directory
    if not files and (directory / REPORT_FILE).is_file():
        # The sheet of a batch lies beside its submissions' folders.
        files, folder = [directory / REPORT_FILE], directory.resolve().parent
    if not files:
        raise FileNotFoundError(
            f"{directory} holds no {REPORT_FILE}; grade something with -o {directory} first"
        )
    sheet = read_sheet(folder)
    return [marked(_read_report(file), sheet) for file in files]


def _read_report(file: Path) -> Report:
    try:
        return decode_report(file.read_bytes())
    except OSError as error:
        raise OutputError(f"{file} cannot be read ({error.strerror})") from None
    except msgspec.DecodeError as error:
        raise msgspec.DecodeError(f"{file} is no report of this grader: {error}") from None


def _written(report: Report, folder: Path) -> Report:
    """The report, which lies in `folder` now, or says that it does not."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / REPORT_FILE).write_bytes(encode_report(report))
        (folder / "report.txt").write_text(render(report, "console"), "utf-8")
    except OSError as error:
        fault = f"the report could not be written to {folder} ({error.strerror})"
        return msgspec.structs.replace(report, faults=(*report.faults, fault))
    return report


def _reports(batch: Batch) -> Iterator[tuple[Entry, Report]]:
    if batch.jobs == 1 or len(batch.entries) == 1:
        with (
            batch.sandbox.build() as sandbox,
            batch.sandbox.notebooks(batch.job.assignment, pictures=True) as notebooks,
        ):
            for entry in batch.entries:
                yield entry, _grade_or_reuse(entry, batch, sandbox, notebooks)
        return
    yield from _in_processes(batch)


def _in_processes(batch: Batch) -> Iterator[tuple[Entry, Report]]:
    """Grade in a pool; entries that were under way when a process broke get another chance, one at a time."""
    unfinished = {entry.id: entry for entry in batch.entries}
    try:
        for entry, report in _pool_results(batch, list(unfinished.values()), batch.jobs):
            del unfinished[entry.id]
            yield entry, report
    except BrokenProcessPool:
        for entry in unfinished.values():
            try:
                yield from _pool_results(batch, [entry], 1)
            except BrokenProcessPool:
                yield (
                    entry,
                    fault_report(entry, batch.job, "the process that graded it ended unexpectedly", {}),
                )


def _pool_results(batch: Batch, entries: Iterable[Entry], jobs: int) -> Iterator[tuple[Entry, Report]]:
    # Spawned, not forked: a judge process starts clean, whatever the caller's process holds.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _start_judge, (batch,)) as pool:
        futures: dict[Future[Report], Entry] = {pool.submit(_judge, entry): entry for entry in entries}
        for future in as_completed(futures):
            yield futures[future], _result(futures[future], batch.job, future)


def _result(entry: Entry, job: Job, future: Future[Report]) -> Report:
    try:
        return future.result()
    except BrokenProcessPool:
        raise
    except Exception as error:  # noqa: BLE001 - the report of one must not take those of others along
        return fault_report(entry, job, f"{type(error).__name__}: {error}", {})


class _Judge:
    """The batch, the sandbox and the room for notebooks of this judge process, or why it has none."""

    batch: Batch
    sandbox: Sandbox
    notebooks: NotebookHost | None
    failure: Exception | None = None


def _start_judge(batch: Batch) -> None:
    _Judge.batch = batch
    rooms = contextlib.ExitStack()
    atexit.register(rooms.close)
    try:
        _Judge.sandbox = rooms.enter_context(batch.sandbox.build())
        _Judge.notebooks = rooms.enter_context(batch.sandbox.notebooks(batch.job.assignment, pictures=True))
    except Exception as error:  # noqa: BLE001 - the pool would print its traceback and tell no reason
        _Judge.failure = error


def _judge(entry: Entry) -> Report:
    if _Judge.failure is not None:
        raise _Judge.failure
    return _grade_or_reuse(entry, _Judge.batch, _Judge.sandbox, _Judge.notebooks)


def _grade_or_reuse(entry: Entry, batch: Batch, sandbox: Sandbox, notebooks: NotebookHost | None) -> Report:
    environment: dict[str, Any] = {}
    pages = batch.output / entry.id
    try:
        environment = describe_environment(batch.job, sandbox)
        stored = _stored(pages / REPORT_FILE, environment["job_key"]) if batch.resume else None
        return grade_entry(entry, batch.job, sandbox, stored, pages=pages, notebooks=notebooks)
    except Exception as error:  # noqa: BLE001 - one submission must not take the batch along
        return fault_report(entry, batch.job, f"{type(error).__name__}: {error}", environment)


def _stored(file: Path, job_key: str) -> Report | None:
    """The report of an earlier run that was told the same."""
    try:
        report = decode_report(file.read_bytes())
    except (OSError, msgspec.DecodeError):
        return None
    return report if report.environment.get("job_key") == job_key and not report.faults else None
