"""One worker as the judge sees it: a hardened child of the warm process."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Mapping
from typing import Any

from grader.sandbox.limits import Limits
from grader.sandbox.link import OutputFlood, linked
from grader.sandbox.peer import Peer, WorkerDied, WorkerKilled, WorkerOverLimit
from grader.sandbox.warm import SandboxError, WarmProcess
from grader.sandbox.workplace import Workplace
from grader.wall.greeting import BROKEN, READY

__all__ = ["CRASHES", "WorkerProcess"]

_READY_S = 30.0
_DYING_S = 1.0
_KILLED_S = 10.0


class WorkerProcess(Peer):
    """A hardened child."""

    def __init__(
        self,
        warm: WarmProcess,
        number: int,
        limits: Limits,
        plan: Mapping[str, Any],
        workplace: Workplace | None,
    ) -> None:
        """`workplace`: where it writes, unless in a file system of its own, which has its bounds."""
        super().__init__(limits)
        self._warm, self._number, self._workplace = warm, number, workplace
        self._closed = self._ready = self._over_limit = False
        self._ending: dict[str, Any] | None = None
        with contextlib.ExitStack() as undo:
            undo.callback(self._clear)
            watch = workplace.check if workplace is not None else lambda: None
            with linked(limits.output_bytes, watch) as (self._link, ends):
                warm.fork(number, plan, ends)
            undo.pop_all()

    def await_ready(self) -> None:
        """Wait until every restriction is in force.

        Raises:
            SandboxError: hardening failed; nothing of the submission was read.
        """
        if self._ready:
            return
        try:
            answer = bytes(self._link.receive(1, time.monotonic() + _READY_S))
        except (OSError, OutputFlood):
            answer = b""
        self._ready = answer == READY
        if not self._ready:
            self._end()
            with contextlib.suppress(OutputFlood):
                self._link.drain()  # what it said last, now that it is gone
            lines = self.output.decode(errors="replace").strip().splitlines() or ["no reason was given"]
            raise SandboxError(f"a worker could not be hardened: {lines[-1]}")

    def close(self) -> None:
        """Kill it and all that it started, and wait until they are gone."""
        if self._closed:
            return
        self._closed = True
        self._end()
        self._link.close()
        self._clear()
        self._reason = self._reason or "was closed"

    def _clear(self) -> None:
        if self._workplace is not None:
            self._workplace.remove()

    def is_alive(self) -> bool:
        """Whether it can still be asked something."""
        return self._reason is None and self._warm.is_alive() and self._link.is_open()

    def cpu_seconds(self) -> float | None:
        """What it has used of the processor so far, as the kernel says; None where nobody can tell."""
        return self._warm.cpu_seconds(self._number) if self._reason is None else None

    def _end(self) -> None:
        """Kill the tree unless it is dead already, and take note of how it ended."""
        if self._ending is None:
            self._warm.kill(self._number)
            self._note(self._warm.wait(self._number, _KILLED_S))

    def _note(self, death: dict[str, Any] | None) -> None:
        self._ending = death
        self.cpu_s = death["cpu_s"] if death else self.cpu_s

    def _death_reason(self) -> str:
        """Why the channel ended. A living process that closed it is ended by `_give_up`."""
        self._note(self._warm.wait(self._number, _DYING_S))
        # Its last words: what crashed, and where.
        with contextlib.suppress(OutputFlood):
            self._link.drain()
        if self._ending is None:
            return "closed its connection to the grader"
        status = self._ending["status"]
        if status == BROKEN:
            return "broke the process that runs it"
        if status >= 0:
            return "left the Python process (os._exit)"
        return self._signal_reason(-status, self._ending)

    def _death(self, reason: str) -> WorkerDied:
        if self._ending is None:
            return WorkerDied(reason) if self._warm.is_alive() else WorkerKilled(reason)
        if self._over_limit:
            return WorkerOverLimit(reason)
        return (WorkerKilled if reason == CRASHES["SIGKILL"] else WorkerDied)(reason)

    def _signal_reason(self, number: int, death: Mapping[str, Any]) -> str:
        # The kernel samples the limit in ticks, and may act a little before the count that it reports.
        if (
            signal.Signals(number).name in ("SIGKILL", "SIGXCPU")
            and death["cpu_s"] >= 0.75 * self._limits.cpu_s
        ):
            self._over_limit = True
            return f"used more than {self._limits.cpu_s:g} s of CPU"
        if death["rss_kb"] >= 0.9 * (self._limits.memory_mb << 10):
            self._over_limit = True
            return f"used more than {self._limits.memory_mb} MB"
        if b"Fatal Python error: Aborted" in self.output:
            return "crashed (abort)"
        name = signal.Signals(number).name
        return CRASHES.get(name, f"was ended by {name}")


#: What a signal means, as a predicate.
CRASHES = {
    "SIGSEGV": "crashed (segmentation fault)",
    "SIGABRT": "crashed (abort)",
    "SIGBUS": "crashed (bus error)",
    "SIGFPE": "crashed (arithmetic fault in native code)",
    "SIGILL": "crashed (illegal instruction)",
    "SIGSYS": "made a system call that is not allowed here",
    "SIGKILL": "was killed",
}
