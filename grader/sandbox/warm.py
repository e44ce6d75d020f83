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

__all__ = ["SandboxError", "WarmProcess"]

_START_S = 60.0
_FAREWELL_S = 2.0


class SandboxError(Exception):
    """The wall itself cannot be built or failed: never a student's fault."""


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
        self.control, inner = socket.socketpair()
        with inner, contextlib.ExitStack() as stack:
            files = {path.name: stack.enter_context(path.open("rb")).fileno() for path in shared}
            self.process = subprocess.Popen(
                [*command, "-c", launch.bootstrap(), str(inner.fileno())],
                pass_fds=[inner.fileno(), *files.values()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd="/",
                env=launch.ENVIRONMENT,
                start_new_session=True,
            )
        text = json.dumps({**settings, "shared": files}).encode()
        with contextlib.suppress(OSError):
            self.control.sendall(len(text).to_bytes(4, "little") + text)
        ready = self._next(time.monotonic() + _START_S)
        if ready is None:
            raise SandboxError(f"the worker could not be started: {self._complaint()}")
        self.address_space: int = ready["address_space"]

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

    def close(self) -> None:
        """End the zygote, and with it all its children."""
        self.control.close()
        try:
            self.process.wait(_FAREWELL_S)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        if self.process.stderr is not None:
            self.process.stderr.close()

    def _next(self, deadline: float) -> dict[str, Any] | None:
        """The next thing that the zygote tells; None if it is silent until the deadline, or gone."""
        while b"\n" not in self._buffer:
            self.control.settimeout(max(deadline - time.monotonic(), 1e-3))
            try:
                data = self.control.recv(1 << 16)
            except OSError:
                return None
            if not data:
                return None
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        if message["event"] == "exit":
            self.exits[message["number"]] = message
        return message

    def _complaint(self) -> str:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        _, errors = self.process.communicate()
        self.control.close()
        lines = errors.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "no reason was given"
