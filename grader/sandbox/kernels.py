"""A sandbox with a real Jupyter kernel: processes are permitted in it, so only bubblewrap will do.

In it lie an interpreter, an allowlist of packages and a bounded /tmp. Its processes are another user, under a
system call filter, in namespaces of their own; what they use together is watched from outside (`usage`).
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.sandbox import launch, usage, view
from grader.sandbox.limits import Limits
from grader.sandbox.link import OutputFlood, linked
from grader.sandbox.peer import Peer
from grader.sandbox.process import CRASHES
from grader.sandbox.warm import SandboxError, kill_group, spawn
from grader.wall.wire import WireError

__all__ = ["KernelSandbox"]

#: What a kernel and nbclient are built on, beside what every worker may see.
KERNEL_PACKAGES = (
    *("nbclient", "nbformat", "ipykernel", "ipykernel_launcher", "jupyter_client", "jupyter_core", "comm"),
    *("zmq", "pyzmq", "tornado", "psutil", "platformdirs", "nest_asyncio", "nest_asyncio2", "debugpy"),
    *("rpds", "fastjsonschema", "jsonschema", "jsonschema_specifications", "referencing", "attr", "attrs"),
    "idna",
)
#: Processes and threads: a kernel has a dozen of its own, its driver half as many.
_MOST_TASKS = 128
_MOST_FILES = 256
#: What driver and kernel take without a notebook's data: resident together, and addresses of the larger one.
#: 100 and 300 when idle, 180 and 450 with Matplotlib. One process that takes too much meets a MemoryError.
_OWN_MB, _OWN_ADDRESSES_MB = 384, 512
_START_S, _DYING_S = 90.0, 1.0
_SIGNALLED = 128


class KernelSandbox:
    """Starts a sandbox for each notebook. What it needs of `Sandbox`, it spells the same."""

    def __init__(
        self, python: Path | None = None, limits: Limits | None = None, shared: Path | None = None
    ) -> None:
        """
        Raises:
            SandboxError: there is no bubblewrap here, or no kernel in that Python.
        """
        if sys.platform != "linux" or shutil.which("bwrap") is None:
            raise SandboxError("a real kernel runs under bubblewrap only; install bubblewrap (bwrap)")
        if not usage.can_be_watched():
            raise SandboxError("this system does not say what a process tree uses (/proc/…/children)")
        self.limits = limits or Limits()
        self._shared = sorted(path for path in shared.iterdir() if path.is_file()) if shared else []
        self._numbers = itertools.count(1)
        self._tasks = launch.running_tasks() if os.geteuid() else 0
        try:
            self._interpreter = view.describe(python or Path(sys.executable), KERNEL_PACKAGES)
        except view.InterpreterError as error:
            raise SandboxError(str(error)) from None
        lacking = {"nbclient", "ipykernel"} - self._interpreter.packages.keys()
        if lacking:
            reason = f"{self._interpreter.executable} has no {' and no '.join(sorted(lacking))}"
            raise SandboxError(f"a real kernel cannot be run: {reason}; install it there")

    def start(self) -> KernelProcess:
        """A fresh sandbox with a kernel that is ready.

        Raises:
            SandboxError: it could not be built, or the kernel does not start.
        """
        uid = launch.foreign_user(next(self._numbers))
        limits = self.limits.resources(_OWN_ADDRESSES_MB << 20, 0 if uid else self._tasks)
        limits |= {"NPROC": (0 if uid else self._tasks) + _MOST_TASKS, "NOFILE": _MOST_FILES}
        # The watch counts all processes together, and says so; this is for one that outruns it.
        limits["CPU"] += 5
        plan = {"uid": uid, "limits": limits, "tmpfs": self.limits.tmpfs}
        return KernelProcess(self._command(), plan, self._shared, self.limits)

    def close(self) -> None:
        """Nothing is kept between notebooks."""

    def _command(self) -> list[str]:
        files = view.file_system(self._interpreter)
        files = dataclasses.replace(files, binds=(*files.binds, *self._metadata()))
        return [*launch.bubblewrap(files), self._interpreter.executable, "-I", "-S", "-B"]

    def _metadata(self) -> list[tuple[str, str]]:
        """What packages ask of their own installation: versions and entry points."""
        found = [
            folder
            for name, path in self._interpreter.packages.items()
            for folder in Path(path).parent.glob(f"{name}-*.dist-info")
        ]
        return [(str(folder), f"{view.PACKAGES}/{folder.name}") for folder in found]


class KernelProcess(Peer):
    """One sandbox with a kernel and what drives it, used as a `WorkerProcess` is."""

    def __init__(
        self, command: Sequence[str], plan: Mapping[str, Any], shared: Sequence[Path], limits: Limits
    ) -> None:
        """
        Args:
            plan: see `harden.harden_kernel`.
            shared: files that the kernel may read.

        Raises:
            SandboxError: nothing came up.
        """
        super().__init__(limits)
        self._closed = False
        self._watch: usage.Watch | None = None
        with linked(limits.output_bytes, _nothing) as (self._link, ends), contextlib.ExitStack() as stack:
            files = {path.name: stack.enter_context(path.open("rb")).fileno() for path in shared}
            self._process = spawn(command, ends[0], files.values(), ends[1], ends[1])
        try:
            self._come_up(plan, files)
        except BaseException:
            self._end()
            raise

    def close(self) -> None:
        """End the sandbox and all that runs in it."""
        self._reason = self._reason or "was closed"
        self._end()

    def _come_up(self, plan: Mapping[str, Any], files: Mapping[str, int]) -> None:
        """Have the sandbox hardened and the kernel started, before anything of a submission is sent."""
        sources = launch.inside_sources()
        settings = {"sources": sources, "modules": sources, "main": "wall.nb_driver", "plan": plan}
        settings |= {"path": [view.PACKAGES], "packages": view.PACKAGES, "shared": dict(files)}
        text = json.dumps(settings).encode()
        deadline = time.monotonic() + _START_S
        try:
            self._link.send(len(text).to_bytes(4, "little") + text, deadline)
            self._exchange({"op": "start"}, deadline)
            (top,) = usage.children(self._process.pid)
            self._watch = usage.Watch(
                top, memory_mb=self._limits.memory_mb, own_mb=_OWN_MB, cpu_s=self._limits.cpu_s
            )
        except (OSError, ValueError, RuntimeError, WireError, OutputFlood) as error:
            with contextlib.suppress(OutputFlood):
                self._link.drain()
            lines = self.output.decode(errors="replace").strip().splitlines()
            reason = [str(error) or "no reason was given", *lines][-1]
            raise SandboxError(f"a kernel could not be started: {reason}") from None

    def _death_reason(self) -> str:
        """Why the channel ended. The sandbox ends with the kernel's own status."""
        if self._watch is not None and self._watch.excess:
            return self._watch.excess
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = self._process.wait(_DYING_S)
            if status > _SIGNALLED:
                name = signal.Signals(status - _SIGNALLED).name
                return CRASHES.get(name, f"was ended by {name}")
        return "ended the kernel"

    def _end(self) -> None:
        """Kill the sandbox, and wait until its last process is gone."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._watch is not None:
                self.cpu_s = self._watch.stop().cpu_s
            else:
                usage.end(usage.children(self._process.pid))
        finally:
            kill_group(self._process)
            self._process.wait()
            self._link.close()


def _nothing() -> None:
    pass
