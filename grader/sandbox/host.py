"""The wall between judge and student, as the judge uses it.

A `Sandbox` owns a zygote (see `zygote`), which forks a hardened `WorkerProcess` for each submission. One
spare child is kept ready, so that hardening happens while the judge is busy with something else.
"""

from __future__ import annotations

import itertools
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from grader.sandbox import isolation, view
from grader.sandbox.process import Limits, WorkerDied, WorkerFailure, WorkerProcess, WorkerTimeout
from grader.sandbox.warm import SandboxError, WarmProcess

__all__ = [
    "Limits",
    "Sandbox",
    "SandboxError",
    "WorkerDied",
    "WorkerFailure",
    "WorkerProcess",
    "WorkerTimeout",
]

_NO_LIMITS = Limits()


class Sandbox:
    """The wall at one level, for one judge process. A context manager.

    Make it in a thread that lives as long as the sandbox: the kernel ends the zygote with that thread.
    """

    def __init__(self, level: str = "auto", python: Path | None = None, limits: Limits = _NO_LIMITS) -> None:
        """
        Args:
            level: one of `isolation.LEVELS`, or "auto" for the best that this machine offers.
            python: the interpreter that runs the submissions; this one by default.

        Raises:
            SandboxError: this machine does not offer the level, or the interpreter cannot be used.
        """
        self.level = "rlimits" if level == "auto" else level
        self.description = isolation.LEVELS[self.level]
        self.limits = limits
        self._numbers = itertools.count(1)
        self._warm: WarmProcess | None = None
        self._spare: WorkerProcess | None = None
        try:
            self._interpreter = view.describe(python or Path(sys.executable))
        except view.InterpreterError as error:
            raise SandboxError(str(error)) from None
        self._home = Path(tempfile.mkdtemp(prefix="grader-"))
        view.link_packages(self._interpreter, self._home / "packages")

    def start(self) -> WorkerProcess:
        """A fresh worker, hardened and waiting for its first request.

        Raises:
            SandboxError: it could not be started or hardened.
        """
        if self._spare is not None and not self._spare.is_alive():
            self._drop_spare()
        worker = self._spare or self._fork()
        self._spare = None
        worker.await_ready()
        self._spare = self._fork()
        return worker

    def close(self) -> None:
        """End every process and remove every file."""
        self._drop_spare()
        if self._warm is not None:
            self._warm.close()
            self._warm = None
        shutil.rmtree(self._home, ignore_errors=True)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _drop_spare(self) -> None:
        if self._spare is not None:
            self._spare.close()
            self._spare = None

    def _fork(self) -> WorkerProcess:
        if self._warm is not None and not self._warm.is_alive():
            self._warm.close()
            self._warm = None
        self._warm = self._warm or self._start_warm()
        number = next(self._numbers)
        directory = self._home / f"worker-{number}"
        directory.mkdir(mode=0o700)
        plan = {
            "level": self.level,
            "directory": str(directory),
            "limits": self.limits.resources(self._warm.address_space),
        }
        return WorkerProcess(
            self._warm, number, self.limits, plan, lambda: shutil.rmtree(directory, ignore_errors=True)
        )

    def _start_warm(self) -> WarmProcess:
        settings: dict[str, Any] = {
            "sources": isolation.inside_sources(),
            "packages": str(self._home / "packages"),
            # macOS: numpy's Accelerate does not survive a fork, so each child loads it for itself.
            "preload": ["wall.worker"] if sys.platform == "linux" else [],
        }
        return WarmProcess([self._interpreter.executable, "-I", "-S", "-B"], settings)
