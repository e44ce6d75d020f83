"""The few system calls of Linux that Python's `os` lacks. Off Linux each does nothing or says so.

Runs inside the wall: the standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import Any

__all__ = [
    "LINUX",
    "address_space",
    "adopt_orphans",
    "call",
    "children",
    "die_with_parent",
    "kill_group",
    "prctl",
]

LINUX = sys.platform == "linux"

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_libc: Any = ctypes.CDLL(None, use_errno=True) if LINUX else None


def call(name: str, *arguments: Any) -> int:
    """Call a function of the C library that sets errno.

    Raises:
        OSError: it returned a negative number, or this C library lacks it.
    """
    try:
        function = getattr(_libc, name)
    except AttributeError:
        raise OSError(38, f"{name} is not available here") from None
    result = function(*(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return int(result)


def prctl(option: int, argument: int = 0) -> int:
    """One of the process controls of prctl(2)."""
    return call("prctl", option, argument, 0, 0, 0)


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that made it ends."""
    if LINUX:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends, so that they can be found and ended."""
    if LINUX:
        prctl(_PR_SET_CHILD_SUBREAPER, 1)


def children() -> list[int]:
    """The process ids of this process's children (it has one thread); empty where /proc is not there."""
    try:
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except OSError:
        return []


def kill_group(pid: int) -> None:
    """SIGKILL for a child that has not been waited for, and for its process group."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def address_space() -> int:
    """Bytes of address space that this process has now; 0 where that is not told."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
