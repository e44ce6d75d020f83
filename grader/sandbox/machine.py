"""What this machine offers to keep submissions apart from the grader, found by trying."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from grader.sandbox import view
from grader.sandbox.host import Sandbox, SandboxError
from grader.sandbox.kernels import KernelSandbox
from grader.sandbox.launch import LEVELS

__all__ = ["for_grading", "probe", "probe_kernel"]

#: Strong enough for other people's code.
GRADING_LEVELS = ("bwrap", "namespaces", "landlock")


@dataclass(frozen=True)
class LevelStatus:
    """Whether this machine offers a level; `detail` is what it means, or why it is not to be had."""

    name: str
    available: bool
    detail: str


def probe(python: Path | None = None) -> list[LevelStatus]:
    """Try every level for real, from the strongest.

    Raises:
        SandboxError: `python` cannot run anything at any level.
    """
    _require_interpreter(python)
    return [_try(level, python) for level in LEVELS]


def probe_kernel(python: Path | None = None) -> LevelStatus:
    """Try to run a real Jupyter kernel."""
    try:
        KernelSandbox(python).start().close()
    except SandboxError as error:
        return LevelStatus("kernel", False, str(error))
    return LevelStatus("kernel", True, "notebooks can be run in a real Jupyter kernel (--engine faithful)")


def for_grading(level: str, python: Path | None = None) -> str:
    """The level to grade other people's work at: the one asked for, or the best for "auto".

    Raises:
        SandboxError: `python` cannot be used, or this machine does not offer the level; for "auto", none
            that is strong enough.
    """
    _require_interpreter(python)
    if level != "auto":
        with Sandbox(level, python):
            return level
    for name in GRADING_LEVELS:
        if _try(name, python).available:
            return name
    raise SandboxError(
        "this machine offers no wall that is strong enough to grade other people's code (`grader doctor` "
        "says why); run it on Linux 5.13 or newer, or accept the risk with --sandbox rlimits"
    )


def _require_interpreter(python: Path | None) -> None:
    """Tell an interpreter that is missing from a machine that offers no wall."""
    try:
        view.describe(python or Path(sys.executable))
    except view.InterpreterError as error:
        raise SandboxError(str(error)) from None


def _try(level: str, python: Path | None) -> LevelStatus:
    try:
        with Sandbox(level, python):
            return LevelStatus(level, True, LEVELS[level])
    except SandboxError as error:
        return LevelStatus(level, False, str(error).removeprefix(f"{level}: "))
