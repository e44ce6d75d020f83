"""Run a notebook's cells behind the wall, top to bottom in a fresh namespace, going on after a failing cell.

An `Engine` runs one notebook and returns its `Run`, which stays open: values of the namespace are fetched
from it, and objects that stay in the worker can be called.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from grader.intake.notebooks.read import Notebook
from grader.sandbox.host import Limits, WorkerFailure, WorkerTimeout
from grader.student.calls import RANDOM_NUMBERS
from grader.student.notebooks.cell_replies import (
    MOST_TEXT,
    CellError,
    CellRun,
    Held,
    cell_run,
    fetched,
    text_of,
)
from grader.student.notebooks.course import Material, Sizes
from grader.student.noted import as_told, has_line
from grader.student.sandboxed import load_request

__all__ = [
    "FAST_PRELOAD",
    "Engine",
    "EngineName",
    "Plan",
    "Run",
    "limits_for",
]

Mode = Literal["quick", "full"]
EngineName = Literal["fast", "faithful"]

#: What the warm process loads for the fast engine.
FAST_PRELOAD = ("wall.nb_warm",)
#: The worker interrupts a cell at its limit, and may draw its plots for five seconds; this much later the
#: judge ends the worker.
_GRACE_S = 8.0


def limits_for(mode: Mode) -> Limits:
    """What the worker of one notebook may use. The slowest real ones take a minute in quick mode."""
    if mode == "quick":
        return Limits(memory_mb=3072, cpu_s=240, call_s=60, total_s=300, output_bytes=65536)
    return Limits(memory_mb=8192, cpu_s=7200, call_s=1800, total_s=7200, output_bytes=65536)


class EngineError(Exception):
    """The engine itself failed: never a student's fault."""


@dataclass(frozen=True)
class Plan:
    """What to run: one notebook among the submission's files.

    Args:
        files: the submission with every support file that it needs.
        supplied: those that its author did not write.
        material: what the notebook finds, and how its text is changed.
        sizes: how many images each split may have; None leaves them alone.
        short: trainings are cut short.
        pictures: keep what the first plots of each cell look like.
    """

    notebook: Notebook
    files: Mapping[str, bytes]
    material: Material
    sizes: Sizes | None = None
    short: bool = False
    cell_s: float = 120.0
    pictures: bool = False
    supplied: Collection[str] = ()

    @property
    def path(self) -> str:
        return self.notebook.path

    def sources(self) -> list[str]:
        """The code cells as they are run."""
        return [self.material.rewritten(cell.source, self.sizes) for cell in self.notebook.code]

    def modules(self) -> dict[str, bytes]:
        """The files as they are loaded; notebooks stay behind."""
        return {
            path: self._rewritten_file(data) if path.endswith(".py") else data
            for path, data in self.files.items()
            if not path.endswith(".ipynb")
        }

    def _rewritten_file(self, data: bytes) -> bytes:
        # latin-1 maps every byte to one character and back, whatever the file's encoding.
        return self.material.rewritten(data.decode("latin-1"), self.sizes).encode("latin-1")


class Worker(Protocol):
    """What runs the cells: a worker process, or a kernel in a sandbox of its own."""

    def request(self, message: Mapping[str, Any], timeout: float | None = None) -> dict[str, Any]:
        """Send one request and read the reply."""

    def close(self) -> None:
        """End it."""


@dataclass
class Run:
    """A notebook that was run. `stopped` says why cells after the last of `cells` were not reached.

    `shortened`: trainings were cut short, so that accuracies mean nothing.
    """

    path: str
    planned: int
    worker: Worker | None = None
    cells: list[CellRun] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stopped: str = ""
    shortened: bool = False

    @property
    def failures(self) -> list[CellRun]:
        return [cell for cell in self.cells if cell.error is not None]

    @property
    def finished(self) -> bool:
        """Every cell ran to its end."""
        return not self.stopped and not self.failures and len(self.cells) == self.planned

    def fetch(self, *names: str) -> dict[str, Any]:
        """The values of these names; an object that cannot be sent is `Held`. Undefined ones are left out.

        Raises:
            WorkerFailure: the worker is gone, or does not answer.
        """
        reply = self._ask({"op": "fetch", "names": list(names)})
        found = reply.get("value")
        if not isinstance(found, dict):
            return {}
        return {name: fetched(found[name]) for name in names if isinstance(found.get(name), dict)}

    def call(self, target: Held, method: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Call a method of an object in the worker, as `sandbox.worker` describes; its whole reply."""
        return self._ask(
            {
                "op": "call",
                "target": target.ref,
                "method": method,
                "args": args,
                "kwargs": kwargs,
                "keep": False,
                "probe": None,
                "seed": RANDOM_NUMBERS,
            }
        )

    def get(self, target: Held, name: str) -> dict[str, Any]:
        """An attribute of an object in the worker; the worker's whole reply."""
        return self._ask({"op": "get", "target": target.ref, "name": name})

    def close(self) -> None:
        """End the worker."""
        if self.worker is not None:
            self.worker.close()
            self.worker = None

    def _ask(self, message: Mapping[str, Any]) -> dict[str, Any]:
        if self.worker is None:
            raise WorkerFailure("was closed")
        return self.worker.request(message)


class Host(Protocol):
    """Starts workers: forks of the warm process, which was made with `preload=FAST_PRELOAD` and the data's
    folder as `shared`, with IPython's shell where it is installed; or real kernels, each served by nbclient
    in a bubblewrap sandbox of its own.
    """

    def start(self) -> Worker: ...


class Engine:
    """Runs notebooks in the workers of one host."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def run(self, plan: Plan) -> Run:
        """Run every cell, in order. A cell that fails, or a dead worker, is part of the result.

        Raises:
            EngineError, SandboxError: the run could not be made.
        """
        return _run(self.host.start(), plan)


def _run(worker: Worker, plan: Plan) -> Run:
    sources = plan.sources()
    run = Run(plan.path, len(sources), worker)
    try:
        _open(run, plan, sources)
        for number in range(1, len(sources) + 1):
            _run_cell(run, plan, number)
    except WorkerFailure as failure:
        run.stopped = str(failure)
    except BaseException:
        run.close()
        raise
    return run


def _open(run: Run, plan: Plan, sources: Sequence[str]) -> None:
    layout = plan.material.layout
    assert run.worker is not None
    run.worker.request(load_request(plan.modules(), layout, plan.supplied, real_plots=True))
    opening = {
        "op": "notebook",
        "name": plan.path,
        "sources": list(sources),
        "python2": plan.notebook.python2,
        "seed": RANDOM_NUMBERS,
        "folders": list(layout.folders),
        "short": dict(layout.trainings) if plan.short else None,
    }
    reply = run.worker.request(opening)
    if reply.get("ok") is not True:
        raise EngineError(f"{text_of(reply, 'type')}: {text_of(reply, 'text')}")
    _take_notes(run, plan, reply)


def _run_cell(run: Run, plan: Plan, number: int) -> None:
    """Run one cell; a worker that dies of it is that cell's error."""
    assert run.worker is not None
    try:
        asked = {"op": "cell", "number": number, "limit_s": plan.cell_s, "pictures": plan.pictures}
        reply = run.worker.request(asked, plan.cell_s + _GRACE_S)
    except WorkerFailure as failure:
        kind = "CellTimeout" if isinstance(failure, WorkerTimeout) else "WorkerDied"
        run.cells.append(CellRun(number, error=CellError(kind, str(failure))))
        raise
    _take_notes(run, plan, reply)
    run.cells.append(cell_run(number, reply, plan.path, plan.pictures))
    run.shortened = run.shortened or reply.get("shortened") is True


def _take_notes(run: Run, plan: Plan, reply: Mapping[str, Any]) -> None:
    notes = reply.get("notes")
    for note in notes if isinstance(notes, list) else ():
        text = as_told(str(note)[:MOST_TEXT], functools.partial(has_line, plan.files))
        if text not in run.notes and len(run.notes) < 50:
            run.notes.append(text)
