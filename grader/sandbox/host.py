"""The wall between judge and student, as the judge uses it.

A `Sandbox` owns a zygote (see `zygote`), which forks a hardened `WorkerProcess` for each submission. One
spare child is kept ready, so that hardening happens while the judge is busy with something else.
"""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from grader.sandbox import launch, view
from grader.sandbox.limits import MOST_FILES, Limits
from grader.sandbox.peer import WorkerDied, WorkerFailure, WorkerKilled, WorkerTimeout
from grader.sandbox.process import WorkerProcess
from grader.sandbox.warm import SandboxError, WarmProcess
from grader.sandbox.workplace import Workplace, remove_tree

__all__ = [
    "Limits",
    "Sandbox",
    "SandboxError",
    "WorkerDied",
    "WorkerFailure",
    "WorkerKilled",
    "WorkerProcess",
    "WorkerTimeout",
    "require_level",
]

_NO_LIMITS = Limits()


def require_level(level: str) -> None:
    """Raises SandboxError: no level has that name."""
    if level not in ("auto", *launch.LEVELS):
        raise SandboxError(f"there is no level {level!r}; use auto, {', '.join(launch.LEVELS)}")


def _described(python: Path) -> view.Interpreter:
    try:
        return view.describe(python)
    except view.InterpreterError as error:
        raise SandboxError(str(error)) from None


class Sandbox:
    """The wall at one level, for one judge process. A context manager.

    Make it in a thread that lives as long as the sandbox: the kernel ends the zygote with that thread.
    """

    def __init__(
        self,
        level: str = "auto",
        python: Path | None = None,
        limits: Limits = _NO_LIMITS,
        *,
        preload: Sequence[str] = (),
        shared: Path | None = None,
    ) -> None:
        """
        Args:
            level: one of `launch.LEVELS`, or "auto" for the best that this machine offers.
            python: the interpreter that runs the submissions; this one by default.
            preload: modules that the warm process loads beside the worker.
            shared: a folder whose files every worker may read, see `sandbox.shared`.

        Raises:
            SandboxError: this machine does not offer the level, or the interpreter cannot be used.
        """
        require_level(level)
        if not hasattr(os, "fork"):
            raise SandboxError("submissions run on Linux and macOS only; on Windows, use WSL")
        self.limits = limits
        #: Whether a worker was killed that broke no limit: what it was asked may have to be asked again.
        self.disturbed = False
        self._preload = tuple(preload)
        self._shared = sorted(path for path in shared.iterdir() if path.is_file()) if shared else []
        self._numbers = itertools.count(1)
        self._warm: WarmProcess | None = None
        self._spare: WorkerProcess | None = None
        self._interpreter = _described(python or Path(sys.executable))
        self._home = Path(tempfile.mkdtemp(prefix="grader-"))
        try:
            self._open(level)
        except BaseException:
            self.close()
            raise
        self.description = launch.LEVELS[self.level]

    def _open(self, level: str) -> None:
        # Others may pass through to their own directory, but see no names.
        self._home.chmod(0o711)
        view.link_packages(self._interpreter, self._home / "packages")
        self._tasks = launch.running_tasks() if os.geteuid() else 0
        self.level = self._reach(level)

    def start(self) -> WorkerProcess:
        """A fresh worker, hardened and waiting for its first request.

        Raises:
            SandboxError: it could not be started or hardened.
        """
        if self._spare is not None and not self._spare.is_alive():
            self._drop_spare()
        worker = self._spare or self._fork()
        self._spare = None
        try:
            worker.await_ready()
            self._spare = self._fork()
        except BaseException:
            worker.close()
            raise
        return worker

    def close(self) -> None:
        """End every process and remove every file."""
        try:
            self._stop()
        finally:
            remove_tree(self._home)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _stop(self) -> None:
        try:
            self._drop_spare()
        finally:
            if self._warm is not None:
                self._warm.close()
                self._warm = None

    def _drop_spare(self) -> None:
        spare, self._spare = self._spare, None
        if spare is not None:
            spare.close()

    def _reach(self, wanted: str) -> str:
        """Make the first worker at the wanted level, or at the best that works; the level."""
        refusals = []
        for level in launch.AUTOMATIC if wanted == "auto" else (wanted,):
            self.level = level
            try:
                self._spare = self._fork()
                self._spare.await_ready()
            except (SandboxError, OSError) as error:
                self._stop()
                refusals.append(f"{level}: {error}")
                continue
            return level
        raise SandboxError("; ".join(refusals))

    def _fork(self) -> WorkerProcess:
        if self._warm is not None and not self._warm.is_alive():
            self._warm.close()
            self._warm = None
        self._warm = self._warm or self._start_warm()
        number = next(self._numbers)
        uid = launch.foreign_user(number)
        workplace = None
        if self.level not in launch.OWN_FILE_SYSTEM:
            path = self._home / f"worker-{number}"
            workplace = Workplace(path, uid, self.limits.files_mb << 20, MOST_FILES)
        plan = {
            "directory": str(workplace.path) if workplace is not None else "/tmp",
            "uid": uid,
            "limits": self.limits.resources(self._warm.address_space, 0 if uid else self._tasks),
            "tmpfs": self.limits.tmpfs,
        }
        return WorkerProcess(self._warm, number, self.limits, plan, workplace)

    def _start_warm(self) -> WarmProcess:
        # macOS: numpy's Accelerate does not survive a fork, so each child loads it for itself.
        preload = ["wall.worker", *self._preload] if sys.platform == "linux" else []
        packages = self._home / "packages"
        return WarmProcess(
            launch.command(self.level, self._interpreter),
            launch.settings(self.level, self._interpreter, packages, preload),
            self._shared,
        )
