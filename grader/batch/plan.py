"""What a batch is told to do: which submissions, graded how, behind which wall, and where the results go."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.assignment1.training.data import TrainingData
from grader.batch.known import Known
from grader.grade import Job
from grader.intake.submission import Entry
from grader.notebooks.execute import EngineName
from grader.notebooks.runs import Execute, NotebookRoom
from grader.sandbox.host import Limits, Sandbox

__all__ = ["Batch", "SandboxChoice"]


@dataclass(frozen=True)
class SandboxChoice:
    """Which wall to build; each judge process builds its own. Workers share what `training` holds."""

    level: str = "auto"
    python: Path | None = None
    limits: Limits = field(default_factory=Limits)
    training: TrainingData | None = None
    execute: Execute = "never"
    engine: EngineName = "fast"

    @contextlib.contextmanager
    def notebooks(self, *, pictures: bool = False) -> Iterator[NotebookRoom | None]:
        """Where notebooks are run; None when none are. `pictures`: keep their plots for feedback."""
        if self.execute == "never":
            yield None
            return
        data = self.training or TrainingData()
        with NotebookRoom(
            self.execute,
            level=self.level,
            python=self.python,
            dataset=lambda: data.dataset,
            engine=self.engine,
            pictures=pictures,
        ) as room:
            yield room

    def build(self) -> Sandbox:
        given = self.training.given if self.training is not None else None
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
