"""One worker as the judge sees it: requests with a deadline, and the cause when it is gone."""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import signal
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.sandbox.link import Link, OutputFlood
from grader.sandbox.replies import check_form
from grader.sandbox.warm import SandboxError, WarmProcess
from grader.sandbox.workplace import Overfull, Workplace
from grader.wall.greeting import BROKEN, READY
from grader.wall.wire import WireError, read_frame, write_frame

__all__ = [
    "CRASHES",
    "Limits",
    "WorkerDied",
    "WorkerFailure",
    "WorkerKilled",
    "WorkerProcess",
    "WorkerTimeout",
]

#: Files and folders, processes and threads, of one worker.
MOST_FILES, MOST_TASKS = 2000, 64
_READY_S = 30.0
_DYING_S = 1.0
_KILLED_S = 10.0


@dataclass(frozen=True)
class Limits:
    """What one worker may use. `memory_mb` comes on top of what the warm process holds itself."""

    memory_mb: int = 1024
    cpu_s: float = 60
    call_s: float = 10
    total_s: float = 120
    file_mb: int = 16
    output_bytes: int = 65536

    @property
    def files_mb(self) -> int:
        """For all files together; a single one may have `file_mb`."""
        return 4 * self.file_mb

    @property
    def tmpfs(self) -> str:
        """Mount options of a worker's own /tmp."""
        return f"size={self.files_mb}m,nr_inodes={MOST_FILES},mode=700"

    def resources(self, address_space: int, tasks: int) -> dict[str, int]:
        """The rlimits, by name.

        Args:
            address_space: bytes that the warm process itself occupies.
            tasks: processes and threads that its user has already.
        """
        return {
            "AS": address_space + (self.memory_mb << 20),
            "CPU": math.ceil(self.cpu_s),
            "FSIZE": self.file_mb << 20,
            "NPROC": tasks + MOST_TASKS,
            "NOFILE": 64,
            "CORE": 0,
            "MEMLOCK": 0,
            "MSGQUEUE": 0,
        }


class WorkerFailure(Exception):  # noqa: N818 - a finding about the submission
    """The worker gave no answer. The text is a predicate: put the function's name before it."""


class WorkerTimeout(WorkerFailure):
    """A wall-clock limit passed."""


class WorkerDied(WorkerFailure):
    """The worker process ended, or sent something that is no answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WorkerKilled(WorkerDied):
    """Somebody killed it, for no limit of ours: a system short of memory, a person, or its own code."""


class WorkerProcess:
    """A hardened child. Every request gets a random id, and only a reply with that id counts.

    After a failure it is dead; `close` is due in any case.
    """

    def __init__(
        self,
        warm: WarmProcess,
        number: int,
        limits: Limits,
        plan: Mapping[str, Any],
        workplace: Workplace,
    ) -> None:
        self.cpu_s = 0.0
        self._warm, self._number, self._limits, self._workplace = warm, number, limits, workplace
        self._total_s, self._spent = limits.total_s, 0.0
        self._closed = self._ready = False
        self._death: dict[str, Any] | None = None
        self._reason: str | None = None
        channel, theirs = socket.socketpair()
        reading, writing = os.pipe()
        self._link = Link(channel, reading, limits.output_bytes, workplace.check)
        try:
            warm.fork(number, plan, [theirs.fileno(), writing])
        except SandboxError:
            self._link.close()
            workplace.remove()
            raise
        finally:
            theirs.close()
            os.close(writing)

    @property
    def output(self) -> bytes:
        """What it printed so far, standard output and error together, up to the limit."""
        return bytes(self._link.captured)

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

    def request(self, message: Mapping[str, Any], timeout: float | None = None) -> dict[str, Any]:
        """Send one request and read the reply to it.

        Args:
            timeout: seconds for the whole exchange; the limit per call by default.

        Raises:
            WorkerTimeout: this limit or the worker's total passed.
            WorkerDied: there is no worker any more; why, in words for the author of its code.
        """
        if self._reason is not None:
            raise WorkerDied(self._reason)
        limit = self._limits.call_s if timeout is None else timeout
        started = time.monotonic()
        try:
            return self._exchange(message, started + min(limit, self._total_s - self._spent))
        except TimeoutError:
            raise WorkerTimeout(self._give_up(self._timeout_reason(limit))) from None
        except OSError:
            reason = self._give_up(self._death_reason())
            raise (WorkerKilled if self._was_killed() else WorkerDied)(reason) from None
        except WireError:
            raise WorkerDied(self._give_up("sent an unreadable reply")) from None
        except OutputFlood:
            raise WorkerDied(self._give_up("printed without end")) from None
        except Overfull:
            raise WorkerDied(self._give_up(self._overfull_reason())) from None
        finally:
            self._spent += time.monotonic() - started

    def close(self) -> None:
        """Kill it and all that it started, and wait until they are gone."""
        if self._closed:
            return
        self._closed = True
        self._end()
        self._link.close()
        self._workplace.remove()
        self._reason = self._reason or "was closed"

    def is_alive(self) -> bool:
        """Whether it can still be asked something."""
        return self._reason is None and self._warm.is_alive() and self._link.is_open()

    def _exchange(self, message: Mapping[str, Any], deadline: float) -> dict[str, Any]:
        identity = secrets.token_hex(8)
        write_frame({**message, "id": identity}, lambda data: self._link.send(data, deadline))
        reply = read_frame(lambda size: self._link.receive(size, deadline))
        self._link.drain()
        self._workplace.check()
        if type(reply) is not dict or reply.get("id") != identity:
            raise WireError("a reply to no question")
        check_form(message, reply)
        return reply

    def _give_up(self, reason: str) -> str:
        self._reason = reason
        self._end()
        return reason

    def _end(self) -> None:
        """Kill the tree unless it is dead already, and take note of how it ended."""
        if self._death is None:
            self._warm.kill(self._number)
            self._note(self._warm.wait(self._number, _KILLED_S))

    def _note(self, death: dict[str, Any] | None) -> None:
        self._death = death
        self.cpu_s = death["cpu_s"] if death else self.cpu_s

    def _overfull_reason(self) -> str:
        return f"wrote more than {self._limits.files_mb} MB of files, or more than {MOST_FILES} of them"

    def _timeout_reason(self, limit: float) -> str:
        if self._total_s - self._spent < limit:
            return f"did not finish within the {self._total_s:g} s that a submission has in all"
        return f"did not finish within {limit:g} s"

    def _death_reason(self) -> str:
        """Why the channel ended. A living process that closed it is ended by `_give_up`."""
        self._note(self._warm.wait(self._number, _DYING_S))
        # Its last words: what crashed, and where.
        with contextlib.suppress(OutputFlood):
            self._link.drain()
        if self._death is None:
            return "closed its connection to the grader"
        status = self._death["status"]
        if status == BROKEN:
            return "broke the process that runs it"
        if status >= 0:
            return "left the Python process (os._exit)"
        return self._signal_reason(-status, self._death)

    def _was_killed(self) -> bool:
        if self._death is None:
            return not self._warm.is_alive()
        return self._reason == CRASHES["SIGKILL"]

    def _signal_reason(self, number: int, death: Mapping[str, Any]) -> str:
        # The kernel samples the limit in ticks, and may act a little before the count that it reports.
        if (
            signal.Signals(number).name in ("SIGKILL", "SIGXCPU")
            and death["cpu_s"] >= 0.75 * self._limits.cpu_s
        ):
            return f"used more than {self._limits.cpu_s:g} s of CPU"
        if death["rss_kb"] >= 0.9 * (self._limits.memory_mb << 10):
            return f"used more than {self._limits.memory_mb} MB"
        if b"Fatal Python error: Aborted" in self.output:
            return "crashed (abort)"
        name = signal.Signals(number).name
        return CRASHES.get(name, f"was ended by {name}")


#: How signals are told.
CRASHES = {
    "SIGSEGV": "crashed (segmentation fault)",
    "SIGABRT": "crashed (abort)",
    "SIGBUS": "crashed (bus error)",
    "SIGFPE": "crashed (arithmetic fault in native code)",
    "SIGILL": "crashed (illegal instruction)",
    "SIGSYS": "made a system call that is not allowed here",
    "SIGKILL": "was killed",
}
