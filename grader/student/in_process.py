"""The student's functions in this process: nothing is kept apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from grader.intake.site import Site
from grader.student.calls import ROOM, Answer, Reply, StepCount, Student
from grader.wall.wire import ObjectRef
from grader.wall.worker import Workbench

__all__ = ["InProcess"]


class InProcess(Student):
    """Calls live functions in this process: the reference in tests, a notebook's own namespace."""

    def __init__(self, live: Mapping[str, Any], sites: Mapping[str, Site], seed: int = 231) -> None:
        super().__init__(sites, seed=seed)
        self._bench = Workbench(live)

    def counted(
        self, role: str, *args: Any, on: ObjectRef | None = None, room: int = ROOM
    ) -> tuple[Reply, StepCount]:
        """Here nothing is compiled anew, and Python's own tracing counts lines instead of steps."""
        reply = self.call(role, *args, on=on, probe="count_lines")
        return reply, StepCount(reply.probed)

    def _foresee(self, messages: Sequence[dict[str, Any]]) -> None:
        """Here a request costs nothing that many at once would save."""

    def request(
        self, message: dict[str, Any], timeout: float | None = None, answer: Answer | None = None
    ) -> dict[str, Any]:
        """Handle the request here. Arrays are copied, as the wire would."""
        if answer is None:
            return self._bench.handle(_copied(message))
        return self._bench.handle(_copied(message), lambda question: _copied(answer(_copied(question))))


def _copied(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {name: _copied(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_copied(item) for item in value)
    return value
