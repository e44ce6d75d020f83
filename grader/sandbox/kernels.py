"""A room with a real Jupyter kernel: processes and loopback are permitted in it, so only bubblewrap will do.

Weaker than a worker's wall: no system call is filtered. What it may reach is its own room, which has no
network and nothing of this machine but an interpreter, an allowlist of packages and the course's data.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.sandbox import launch, view
from grader.sandbox.link import Link, OutputFlood
from grader.sandbox.process import Limits, WorkerDied, WorkerFailure, WorkerTimeout
from grader.sandbox.warm import SandboxError
from grader.sandbox.wire import WireError, read_frame, write_frame

with contextlib.suppress(ImportError):  # absent on Windows, which has no room, but the self-check
    import resource

__all__ = ["KernelProcess", "KernelRoom"]

#: What a kernel and nbclient are built on, beside what every worker may see.
KERNEL_PACKAGES = (
    *("nbclient", "nbformat", "ipykernel", "ipykernel_launcher", "jupyter_client", "jupyter_core", "comm"),
    *(
        "zmq",
        "pyzmq",
        "tornado",
        "psutil",
        "platformdirs",
        "nest_asyncio",
        "nest_asyncio2",
        "debugpy",
        "rpds",
    ),
    *("fastjsonschema", "jsonschema", "jsonschema_specifications", "referencing", "attr", "attrs", "idna"),
)
#: Where the modules of the wall lie for the kernel.
_MODULES = "/tmp/.wall"
_START_S, _FAREWELL_S = 60.0, 2.0


class KernelRoom:
    """Starts a room for each notebook. What it needs of `Sandbox`, it spells the same."""

    def __init__(
        self, python: Path | None = None, limits: Limits | None = None, shared: Path | None = None
    ) -> None:
        """
        Raises:
            SandboxError: there is no bubblewrap here, or no kernel in that Python.
        """
        if sys.platform != "linux" or shutil.which("bwrap") is None:
            raise SandboxError(
                "a real kernel runs in a bubblewrap room only, and bubblewrap is not installed here"
            )
        self.limits = limits or Limits()
        self._shared = shared
        try:
            self._interpreter = view.describe(python or Path(sys.executable), KERNEL_PACKAGES)
        except view.InterpreterError as error:
            raise SandboxError(str(error)) from None
        lacking = {"nbclient", "ipykernel"} - self._interpreter.packages.keys()
        if lacking:
            raise SandboxError(f"the Python that runs submissions has no {sorted(lacking)[0]}")

    def start(self) -> KernelProcess:
        return KernelProcess(self._command(), self.limits)

    def close(self) -> None:
        """Nothing is kept between notebooks."""

    def _command(self) -> list[str]:
        room = view.lay_out(self._interpreter)
        argv = ["bwrap", "--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534"]
        argv += ["--cap-drop", "ALL", "--new-session", "--die-with-parent"]
        binds = [*room.binds, *self._metadata()]
        if self._shared:
            binds.append((str(self._shared), "/shared"))
        for source, target in binds:
            argv += ["--ro-bind", source, target]
        for device in room.devices:
            argv += ["--dev-bind", device, device]
        for target, path in room.links:
            argv += ["--symlink", target, path]
        for folder in room.masks:
            argv += ["--tmpfs", folder, "--remount-ro", folder]
        size = str(self.limits.files_mb << 20)
        argv += ["--proc", "/proc", "--size", size, "--tmpfs", "/tmp", "--remount-ro", "/", "--"]
        return [*argv, self._interpreter.executable, "-s", "-S", "-B"]

    def _metadata(self) -> list[tuple[str, str]]:
        """What packages ask of their own installation: versions and entry points."""
        found = [
            folder
            for name, path in self._interpreter.packages.items()
            for folder in Path(path).parent.glob(f"{name}-*.dist-info")
        ]
        return [(str(folder), f"{view.PACKAGES}/{folder.name}") for folder in found]


class KernelProcess:
    """One room with its driver, used as a `WorkerProcess` is: requests with a deadline, why it ended."""

    def __init__(self, command: list[str], limits: Limits) -> None:
        self.cpu_s = 0.0
        self._limits, self._spent, self._reason = limits, 0.0, ""
        channel, theirs = socket.socketpair()
        reading, writing = os.pipe()
        self._process = subprocess.Popen(
            [*command, "-c", launch.bootstrap(), str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
            cwd="/",
            env={**launch.ENVIRONMENT, "PYTHONPATH": f"{view.PACKAGES}:{_MODULES}"},
            start_new_session=True,
            preexec_fn=lambda: _limit(limits),
        )
        theirs.close()
        os.close(writing)
        self._link = Link(channel, reading, limits.output_bytes, _nothing)
        sources = launch.inside_sources()
        settings = {
            "sources": sources,
            "modules": sources,
            "folder": _MODULES,
            "main": "wall.nb_kernel",
        }
        text = json.dumps(settings).encode()
        with contextlib.suppress(OSError):
            self._link.send(len(text).to_bytes(4, "little") + text, time.monotonic() + _START_S)

    @property
    def output(self) -> bytes:
        """What driver and kernel wrote beside the notebook's own output, up to the limit."""
        return bytes(self._link.captured)

    def request(self, message: Mapping[str, Any], timeout: float | None = None) -> dict[str, Any]:
        """Send one request and read the reply to it, as `WorkerProcess.request` does.

        Raises:
            WorkerTimeout, WorkerDied.
        """
        if self._reason:
            raise WorkerDied(self._reason)
        limit = min(self._limits.call_s if timeout is None else timeout, self._limits.total_s - self._spent)
        started = time.monotonic()
        try:
            return self._exchange(message, started + limit)
        except TimeoutError:
            raise WorkerTimeout(self._give_up(f"did not finish within {limit:g} s")) from None
        except (OSError, WireError):
            raise WorkerDied(self._give_up("ended the kernel")) from None
        except OutputFlood:
            raise WorkerDied(self._give_up("printed without end")) from None
        finally:
            self._spent += time.monotonic() - started

    def close(self) -> None:
        """End the room and all that runs in it."""
        if not self._reason:
            with contextlib.suppress(WorkerFailure):
                used = self.request({"op": "cpu"}, _FAREWELL_S).get("value")
                self.cpu_s = float(used) if isinstance(used, (int, float)) else 0.0
        self._reason = self._reason or "was closed"
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._link.close()

    def _exchange(self, message: Mapping[str, Any], deadline: float) -> dict[str, Any]:
        identity = secrets.token_hex(8)
        write_frame({**message, "id": identity}, lambda data: self._link.send(data, deadline))
        reply = read_frame(lambda size: self._link.receive(size, deadline))
        self._link.drain()
        if type(reply) is not dict or reply.get("id") != identity:
            raise WireError("a reply to no question")
        return reply

    def _give_up(self, reason: str) -> str:
        self._reason = reason
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        return reason


def _nothing() -> None:
    pass


def _limit(limits: Limits) -> None:
    """For each process of the room: memory, CPU and file size; and how many there may be."""
    wanted = {
        resource.RLIMIT_AS: (limits.memory_mb + 2048) << 20,
        resource.RLIMIT_CPU: int(limits.cpu_s) + 1,
        resource.RLIMIT_FSIZE: limits.file_mb << 20,
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in wanted.items():
        resource.setrlimit(kind, (value, value))
