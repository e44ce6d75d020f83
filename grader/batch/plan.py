"""What a batch is told to do: which submissions, graded how, behind which wall, and where the results go."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.assignment import Assignment, DataHandle
from grader.batch.known import Known
from grader.grade import Job
from grader.intake.submission import Entry
from grader.sandbox.host import Limits, Sandbox
from grader.student.notebooks.execute import EngineName
from grader.student.notebooks.runs import Execute, NotebookHost

__all__ = ["Batch", "SandboxChoice"]


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
        if self.execute == "never" or assignment.material is None:
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
    """What to grade, how, and where the results go. `resume` reuses reports of unchanged submissions.

    `known`: what there is to know of the class beside the submissions.
    """

    entries: Sequence[Entry]
    job: Job
    sandbox: SandboxChoice
    output: Path
    jobs: int = 1
    resume: bool = True
    known: Known = field(default_factory=Known)
