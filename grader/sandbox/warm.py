"""The judge's handle on the zygote: start it, give it orders, hear how its children ended."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.sandbox import launch
from grader.sandbox.launch import SandboxError

__all__ = ["SandboxError", "WarmProcess", "kill_group", "spawn"]

_START_S = 60.0
_FAREWELL_S = 2.0
_TELLING_S = 5.0


class WarmProcess:
    """A running zygote."""

    def __init__(
        self, command: Sequence[str], settings: Mapping[str, Any], shared: Iterable[Path] = ()
    ) -> None:
        """`command` starts the interpreter; the bootstrap and its descriptor are put after it.

        `shared` are files that all workers may read, see `sandbox.shared`.

        Raises:
            SandboxError: it did not come up; the text is the last line of its complaint.
        """
        self.exits: dict[int, dict[str, Any]] = {}
        self._buffer = b""
        with contextlib.ExitStack() as undo:
            self.control, inner = socket.socketpair()
            undo.enter_context(self.control)
            with inner, contextlib.ExitStack() as stack:
                files = {path.name: stack.enter_context(path.open("rb")).fileno() for path in shared}
                self.process = spawn(command, inner.fileno(), files.values(), None, subprocess.PIPE)
            undo.callback(self._end)
            #: How much the zygote occupies, in bytes.
            self.address_space = self._greet({**settings, "shared": files})
            undo.pop_all()

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def fork(self, number: int, plan: Mapping[str, Any], descriptors: Sequence[int]) -> None:
        """Order a child that takes over the two descriptors: its channel and its output.

        Raises:
            SandboxError: the zygote is gone.
        """
        order = json.dumps({"op": "fork", "number": number, "plan": plan}).encode() + b"\n"
        try:
            socket.send_fds(self.control, [order], descriptors)
        except OSError:
            raise SandboxError("the process that starts the workers is gone") from None

    def kill(self, number: int) -> None:
        """Order the end of a child and of all that it started."""
        with contextlib.suppress(OSError):
            self.control.sendall(json.dumps({"op": "kill", "number": number}).encode() + b"\n")

    def wait(self, number: int, seconds: float) -> dict[str, Any] | None:
        """How that child ended, said once; None if it has not within `seconds` or nobody can tell."""
        deadline = time.monotonic() + seconds
        while number not in self.exits:
            if self._next(deadline) is None:
                return None
        return self.exits.pop(number)

    def cpu_seconds(self, number: int) -> float | None:
        """What a child has used of the processor so far; None where nobody can tell."""
        with contextlib.suppress(OSError):
            self.control.sendall(json.dumps({"op": "cpu", "number": number}).encode() + b"\n")
        deadline = time.monotonic() + _TELLING_S
        while (message := self._next(deadline)) is not None:
            if message.get("event") == "cpu" and message["number"] == number:
                return float(message["seconds"]) if message["seconds"] is not None else None
        return None

    def close(self) -> None:
        """End the zygote, and with it all its children."""
        self.control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_FAREWELL_S)
        self._end()

    def _greet(self, settings: Mapping[str, Any]) -> int:
        """Tell the zygote its settings, and wait until it is ready: what it says it occupies."""
        text = json.dumps(settings).encode()
        deadline = time.monotonic() + _START_S
        self.control.settimeout(_START_S)
        with contextlib.suppress(OSError):
            self.control.sendall(len(text).to_bytes(4, "little") + text)
        ready = self._next(deadline) or {}
        if ready.get("event") != "ready":
            lines = self._end().decode(errors="replace").strip().splitlines() or ["no reason was given"]
            raise SandboxError(f"the worker could not be started: {lines[-1]}")
        return int(ready["address_space"])

    def _next(self, deadline: float) -> dict[str, Any] | None:
        """The next thing that the zygote tells; None if it is silent until the deadline, or gone."""
        while b"\n" not in self._buffer:
            try:
                self.control.settimeout(max(deadline - time.monotonic(), 1e-3))
                data = self.control.recv(1 << 16)
            except OSError:
                return None
            if not data:
                return None
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        message = _told(line)
        if message.get("event") == "exit":
            self.exits[message["number"]] = message
        return message

    def _end(self) -> bytes:
        """Kill all of it, and wait until nothing holds its standard error; what it wrote there, once."""
        kill_group(self.process)
        if self.process.stderr is None or self.process.stderr.closed:
            return b""
        return self.process.communicate()[1]


def spawn(
    command: Sequence[str], channel: int, shared: Iterable[int], output: int | None, errors: int
) -> subprocess.Popen[bytes]:
    """Start the interpreter inside the wall, with these descriptors; without `output`, it goes nowhere.

    Raises:
        SandboxError: there is no such program, or it cannot be started.
    """
    try:
        # Not subprocess.DEVNULL: before 3.11.4 it stays open when the start fails.
        with Path(os.devnull).open("r+b", buffering=0) as null:
            return subprocess.Popen(
                [*command, "-c", launch.bootstrap(), str(channel)],
                pass_fds=[channel, *shared],
                stdin=null,
                stdout=null if output is None else output,
                stderr=errors,
                cwd="/",
                env=launch.ENVIRONMENT,
                start_new_session=True,
            )
    except OSError as error:
        raise SandboxError(f"{command[0]} cannot be started ({error.strerror})") from None


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that leads a group, and the group, also if it is dead but has not been waited for."""
    # Afterwards its number may be somebody else's.
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _told(line: bytes) -> dict[str, Any]:
    """One message; empty if it is none."""
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}
