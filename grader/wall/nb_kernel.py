"""Within a real Jupyter kernel: a bench beside the shell, so that the kernel can be asked what a worker can.

The driver (`nb_driver`) has a silent cell run for each request and sends it over a socket of their own. Runs
inside the wall.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

from . import shared
from .worker import Ask, Workbench, answer, nobody

__all__ = ["attend"]


def attend(shell: Any, channel: int, files: Mapping[str, int]) -> None:
    """Answer the driver's requests through `shell.wall()`.

    Args:
        channel: the descriptor of the socket to the driver.
        files: descriptors of what all submissions may read, see `shared`.
    """
    shared.keep(files)
    shell.wall = _Inside(shell, socket.socket(fileno=channel))


class _Inside:
    """The bench that holds the submission, beside the shell that runs the cells."""

    def __init__(self, shell: Any, channel: socket.socket) -> None:
        channel.set_inheritable(False)
        self.shell, self.channel = shell, channel
        self.reader = channel.makefile("rb", buffering=1 << 16)
        self.bench = Workbench()
        self.result: Any = None
        shell.events.register("pre_run_cell", self._before)
        shell.events.register("post_run_cell", self._after)

    def __call__(self) -> None:
        answer(self.reader, self.channel, self)

    def handle(self, request: dict[str, Any], ask: Ask = nobody) -> dict[str, Any]:
        """Do one request, as `Workbench.handle` does."""
        return self._outcome(request["number"]) if request["op"] == "outcome" else self.bench.handle(request)

    def _outcome(self, number: int) -> dict[str, Any]:
        """How cell `number` ended, which ran last, and what the wall noted meanwhile."""
        notebook, result = self.bench.opened(), self.result
        self.result = None  # a blank cell is not run, and has no result of its own
        error = result and (result.error_before_exec or result.error_in_exec)
        notes, self.bench.notes = self.bench.notes, []
        # Whatever ran before: the code of cell 7 is that of In [7].
        self.shell.execution_count = number + 1
        value = {
            "error": notebook.described(error, number) if error else None,
            "shortened": bool(notebook.short and notebook.short.shortened),
        }
        return {"ok": True, "value": value, "notes": notes}

    def _before(self, info: Any) -> None:
        if info.store_history:
            self.result = None
            if short := self.bench.opened().short:
                short.start_cell()

    def _after(self, result: Any) -> None:
        if result.info.store_history:
            self.result = result
