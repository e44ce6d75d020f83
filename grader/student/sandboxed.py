"""The student's functions behind the wall."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.intake.site import Site
from grader.result import Where
from grader.sandbox.host import Sandbox, WorkerFailure, WorkerKilled, WorkerProcess, WorkerTimeout
from grader.student.answers import same
from grader.student.calls import Answer, Student
from grader.student.layout import Layout
from grader.student.noted import has_line
from grader.student.reflection import could_reach_its_process, loadable

__all__ = ["Sandboxed", "load_request"]


class Sandboxed(Student):
    """Calls the submission's code in a worker process behind the wall; a dead worker is replaced."""

    def __init__(
        self,
        sandbox: Sandbox,
        layout: Layout,
        files: Mapping[str, bytes],
        sites: Mapping[str, Site],
        absent: Mapping[str, str] | None = None,
        seed: int = 231,
        supplied: Collection[str] = (),
    ) -> None:
        """`supplied`: the files that its author did not write."""
        super().__init__(sites, absent, seed)
        self._sandbox = sandbox
        self._layout, self._files, self._supplied = layout, files, supplied
        self._worker: WorkerProcess | None = None
        self._foreseen: deque[tuple[dict[str, Any], dict[str, Any]]] = deque()
        self._foresees = True
        limits = sandbox.limits
        self._calls, self._trainings = _Budget(limits.calls_s), _Budget(limits.trainings_s, " for trainings")
        self._mends = _Budget(limits.mends_s, " for mends")
        self.memory_mb = sandbox.limits.memory_mb

    def request(
        self, message: dict[str, Any], timeout: float | None = None, answer: Answer | None = None
    ) -> dict[str, Any]:
        if (known := self._answered(message)) is not None:
            return known
        # Only trainings say for themselves how long they may take.
        budget = self._calls if timeout is None else self._trainings
        limit = self._sandbox.limits.call_s if timeout is None else timeout
        try:
            with budget:
                return self._ready_worker().request(message, min(limit, budget.left_s), answer)
        except WorkerFailure as failure:
            self._sandbox.disturbed |= isinstance(failure, WorkerKilled)
            self.close()
            if isinstance(failure, WorkerTimeout) and budget.left_s <= 0:
                raise WorkerTimeout(budget.reason) from None
            raise

    def _foresee(self, messages: Sequence[dict[str, Any]]) -> None:
        if self._foresees:
            room = sum(message["room"] for message in messages)
            try:
                reply = self.request({"op": "all", "requests": list(messages), "room": room})
            except WorkerFailure:
                # Each is asked by itself then, and has the time of one; nor is what comes asked at once.
                self._foresees = False
                return
            if reply["ok"]:
                self._foreseen.extend(zip(messages, reply["value"], strict=True))
                for each in reply["value"]:
                    self._heed(each)  # the worker tells it once, and answers may be dropped

    def _answered(self, message: dict[str, Any]) -> dict[str, Any] | None:
        """The answer to what was foreseen. After anything else nothing is what was foreseen."""
        if self._foreseen:
            foreseen, reply = self._foreseen.popleft()
            if same(foreseen, message):
                return reply
            self._foreseen.clear()
        return None

    def cpu_seconds(self) -> float | None:
        return self._worker.cpu_seconds() if self._worker is not None else None

    def holds(self, where: Where) -> bool:
        return where.file not in self._supplied and self.reads(where)

    def reads(self, where: Where) -> bool:
        return has_line(self._files, where)

    def could_reach_its_process(self) -> bool:
        graded = {site.file for site in self.sites.values() if site.file is not None}
        own = {file: data for file, data in self._files.items() if file not in self._supplied}
        return any(could_reach_its_process(own[file]) for file in loadable(own, graded))

    def another(self) -> Sandboxed:
        """The same work once more, to be mended in a worker of its own that is yet to start.

        Whatever all such workers are asked is of one budget.
        """
        other = Sandboxed(
            self._sandbox, self._layout, self._files, self.sites, self.absent, self.seed, self._supplied
        )
        other._calls = other._trainings = other._mends = self._mends
        return other

    def close(self) -> None:
        """End the worker and everything that it started."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def __enter__(self) -> Sandboxed:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _ready_worker(self) -> WorkerProcess:
        if self._worker is None:
            self._worker = self._sandbox.start()
            self._worker.request(load_request(self._files, self._layout, self._supplied))
        return self._worker


@dataclass
class _Budget:
    """Seconds of the clock; a context manager around what takes of them.

    Raises:
        WorkerTimeout: on entry, nothing is left.
    """

    total_s: float
    purpose: str = ""
    spent_s: float = 0.0
    _began: float = 0.0

    @property
    def left_s(self) -> float:
        return self.total_s - self.spent_s

    @property
    def reason(self) -> str:
        return f"did not finish within the {self.total_s:g} s that a submission has in all{self.purpose}"

    def __enter__(self) -> None:
        if self.left_s <= 0:
            raise WorkerTimeout(self.reason)
        self._began = time.monotonic()

    def __exit__(self, *exc: object) -> None:
        self.spent_s += time.monotonic() - self._began


def load_request(
    files: Mapping[str, bytes], layout: Layout, supplied: Collection[str] = (), *, real_plots: bool = False
) -> dict[str, Any]:
    """The request that hands a submission's files to a worker; no error's place is in `supplied` ones."""
    return {
        "op": "load",
        "paths": list(files),
        "sizes": [len(data) for data in files.values()],
        "blob": np.frombuffer(b"".join(files.values()), dtype=np.uint8),
        "package": layout.package,
        "loose": layout.loose,
        "supplied": list(supplied),
        "real_plots": real_plots,
    }
