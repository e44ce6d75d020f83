"""Samples graded behind one wall, each once for all tests that ask."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from grader.assignment import Assignment
from grader.batch.plan import SandboxChoice
from grader.checking.check import Setting
from grader.grade import Job, grade_entry
from grader.intake.submission import single
from grader.result import Report
from grader.sandbox.bounded import LastingReader
from grader.sandbox.host import Limits, Sandbox
from grader.scoring import rubric

__all__ = ["Samples", "samples_of"]


class Samples:
    """Grades samples of an assignment, and keeps their reports."""

    def __init__(self, assignment: Assignment, sandbox: Sandbox, reader: LastingReader) -> None:
        self.assignment, self.rubric = assignment, rubric.load(assignment.name, assignment)
        self._sandbox, self._reader = sandbox, reader
        self._reports: dict[object, Report] = {}

    def report(
        self, sample: Path, questions: tuple[str, ...] = (), seed: int = 231, *, train: bool = False
    ) -> Report:
        key = (sample, questions, seed, train)
        if key not in self._reports:
            open_data = self.assignment.training
            setting = Setting(seed, training=open_data("auto", seed, None) if train and open_data else None)
            job = Job(self.assignment, self.rubric, questions=questions, setting=setting)
            self._reports[key] = grade_entry(single(sample), job, self._sandbox, reader=self._reader)
        return self._reports[key]


@contextlib.contextmanager
def samples_of(assignment: Assignment) -> Iterator[Samples]:
    with SandboxChoice("auto", None, Limits()).build() as sandbox, LastingReader() as reader:
        yield Samples(assignment, sandbox, reader)
