"""The notebooks of one submission, each run when a check first asks, by what a whole batch shares."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal

from grader.intake.notebooks.read import Notebook
from grader.intake.notebooks.saved import discrepancy_notes
from grader.sandbox.host import Sandbox
from grader.sandbox.kernels import KernelSandbox
from grader.student.notebooks.course import Material, QuestionNotebook, Sizes
from grader.student.notebooks.execute import (
    FAST_PRELOAD,
    Engine,
    Plan,
    Run,
    limits_for,
)

__all__ = ["Execute", "NotebookHost", "NotebookRuns"]

Execute = Literal["quick", "full", "never"]


class NotebookHost:
    """Sandbox and data for notebooks, made when first needed. A context manager.

    Stays in the thread that first used it, as a `Sandbox` does.
    """

    def __init__(
        self,
        execute: Literal["quick", "full"],
        material: Material,
        *,
        level: str = "auto",
        python: Path | None = None,
        engine: Literal["fast", "faithful"] = "fast",
        pictures: bool = False,
    ) -> None:
        """
        Args:
            material: closed with this.
            pictures: keep what the plots look like, for the feedback pages.
            engine: IPython's shell in a warm fork, or a real kernel in a bubblewrap sandbox.
        """
        self.execute: Literal["quick", "full"] = execute
        self.material = material
        self.cell_s = 120.0 if execute == "quick" else 1800.0
        self.pictures = pictures
        self._level, self._python = level, python
        self._kind = engine
        self._sandbox: Sandbox | None = None
        self._kernels: KernelSandbox | None = None

    @property
    def sandbox(self) -> Sandbox:
        """
        Raises:
            SandboxError: the wall cannot be built.
        """
        if self._sandbox is None:
            self._sandbox = Sandbox(
                self._level,
                self._python,
                limits_for(self.execute),
                preload=FAST_PRELOAD,
                shared=self.material.folder,
            )
        return self._sandbox

    @property
    def engine(self) -> Engine:
        """
        Raises:
            SandboxError: the wall cannot be built, or no kernel can be run here.
        """
        if self._kind == "fast":
            return Engine(self.sandbox)
        if self._kernels is None:
            self._kernels = KernelSandbox(self._python, limits_for(self.execute), self.material.folder)
        return Engine(self._kernels)

    def close(self) -> None:
        """End every process and remove the data."""
        if self._sandbox is not None:
            self._sandbox.close()
        self._sandbox = None
        self.material.close()

    def __enter__(self) -> NotebookHost:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class NotebookRuns:
    """One submission's notebooks. A context manager: leaving it ends the workers that are still there."""

    def __init__(
        self,
        host: NotebookHost | None,
        files: Mapping[str, bytes],
        notebooks: Mapping[str, Notebook],
        asked: Mapping[str, QuestionNotebook],
        marks: Mapping[str, float] | None = None,
        supplied: Collection[str] = (),
    ) -> None:
        """
        Args:
            host: None runs no notebook.
            files: the submission with every support file that it needs.
            supplied: those that its author did not write.
            notebooks: question → its notebook.
            asked: question → what it asks of that.
            marks: accuracies to reach on real images, by the keys of an edition's `accuracies`.
        """
        self.host = host
        self.files, self.notebooks, self.asked = files, notebooks, asked
        self.marks, self.supplied = dict(marks or {}), supplied
        self._runs: dict[str, Run] = {}

    @property
    def execute(self) -> Execute:
        return "never" if self.host is None else self.host.execute

    def not_run(self, question: str) -> str:
        """Why that question's notebook is not run; "" if it is."""
        if self.execute == "never":
            return "notebooks were not run (--execute never)"
        return "" if question in self.notebooks else "no notebook was handed in"

    def run(self, question: str) -> Run:
        """The run of that question's notebook. Its worker stays until another notebook is run.

        Raises:
            EngineError, SandboxError: a fault of ours.
        """
        assert self.host is not None
        notebook = self.notebooks[question]
        path = notebook.path
        if path not in self._runs:
            # A notebook may hold gigabytes; checks come question by question.
            self.close()
            plan = Plan(
                notebook,
                self.files,
                self.host.material,
                sizes=self._sizes(question),
                short=self.execute == "quick",
                cell_s=self.host.cell_s,
                pictures=self.host.pictures,
                supplied=self.supplied,
            )
            self._runs[path] = self._done(plan, question)
        return self._runs[path]

    def _sizes(self, question: str) -> Sizes | None:
        assert self.host is not None
        return self.asked[question].sizes if self.execute == "quick" else self.host.material.most

    def larger(self, question: str, run: Run) -> Sizes | None:
        """The sizes to try again with, if the first failure may come of a quick run's few images."""
        first = next(iter(run.failures), None)
        if first is None or first.error is None or first.error.type not in ("IndexError", "ValueError"):
            return None
        return self.asked[question].larger(first.error.text)

    def _done(self, plan: Plan, question: str) -> Run:
        """The plan's run; a quick one that may lack images is made again with more.

        The first one counts where the second has no time to end.
        """
        assert self.host is not None
        first = self.host.engine.run(plan)
        sizes = self.larger(question, first) if plan.short else None
        if sizes is None:
            return first
        # Given up sooner: where it does not end, the first one counts, and is told to need more images.
        again = self.host.engine.run(dataclasses.replace(plan, sizes=sizes, cell_s=plan.cell_s / 2))
        timed_out = any(cell.error and cell.error.timed_out for cell in again.failures)
        kept, other = (first, again) if again.stopped or timed_out else (again, first)
        other.close()
        return kept

    @property
    def done(self) -> Mapping[str, Run]:
        """The runs so far, by path."""
        return self._runs

    @property
    def notes(self) -> list[str]:
        """What a report says of the runs so far; what several say alike, once."""
        told: dict[str, list[str]] = {}
        for path, run in self._runs.items():
            for note in run.notes:
                told.setdefault(note, []).append(path)
        notes = [f"{', '.join(paths)}: {note}" for note, paths in told.items()]
        if short := self._short:
            notes.insert(
                0, f"run on few images, with trainings cut short: {', '.join(short)} (--execute quick)"
            )
        return [*notes, *self.discrepancies]

    @property
    def discrepancies(self) -> list[str]:
        """What a report says of saved numbers that the runs do not show."""
        told, read = [], {notebook.path: notebook for notebook in self.notebooks.values()}
        for path, run in self._runs.items():
            printed = {cell.number: cell.text for cell in run.cells}
            told += discrepancy_notes(read[path], printed, shortened=path in self._short)
        return told

    @property
    def _short(self) -> list[str]:
        """The notebooks that were not run in full."""
        return [path for path, run in self._runs.items() if self.execute == "quick" or run.shortened]

    def close(self) -> None:
        for run in self._runs.values():
            run.close()

    def __enter__(self) -> NotebookRuns:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
