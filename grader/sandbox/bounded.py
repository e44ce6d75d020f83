"""An action of ours on what was handed in, in a process of its own with limits: no file can stop a batch."""

from __future__ import annotations

import contextlib
import gc
import math
import os
import pickle
import signal
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, TypeVar

__all__ = ["Bounds", "Overrun", "bounded"]

Result = TypeVar("Result")


@dataclass(frozen=True)
class Bounds:
    """`seconds` of CPU, and as many of the clock times `patience`; memory on top of what the judge holds."""

    seconds: float = 10.0
    memory_mb: int = 512
    # Of the clock a busy machine takes more.
    patience: float = 3.0


class Overrun(Exception):  # noqa: N818 - a limit, not a fault
    """The action did not come to its end; the text says why."""


def bounded(action: Callable[[], Result], bounds: Bounds = Bounds()) -> Result:
    """What `action` returns, or raises, in a process that is ended at the bounds.

    Raises:
        Overrun: it took too much, or ended the process that it ran in.
    """
    if sys.platform == "win32":
        return action()
    reading, writing = os.pipe()
    pid = _fork()
    if pid == 0:
        os.close(reading)
        _work(action, bounds, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        found, status = _answer(answer, pid)
    if found is None:
        raise Overrun(_why_it_ended(status, bounds))
    worked, value = found
    if not worked:
        raise value
    result: Result = value
    return result


def _fork() -> int:
    with warnings.catch_warnings():
        # The child runs nothing that another thread of ours could have locked: no arrays, no imports.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _answer(answer: BinaryIO, pid: int) -> tuple[tuple[bool, Any] | None, int]:
    """What the child sent, None when it was ended before; and how it ended."""
    found = None
    try:
        # Written by `_work`: our own code, which never ran anything of the submission.
        with contextlib.suppress(EOFError, pickle.UnpicklingError):
            found = pickle.load(answer)  # noqa: S301
    finally:
        if found is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
    return found, status


def _why_it_ended(status: int, bounds: Bounds) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code == _NO_MEMORY:
        return f"reading it takes more than {bounds.memory_mb} MB of memory"
    if -code in (signal.SIGXCPU, signal.SIGALRM, signal.SIGKILL):
        return f"reading it takes more than {bounds.seconds:g} seconds"
    how = f"by signal {-code}" if code < 0 else f"with status {code}"
    return f"what reads it ended {how} before it was done"


# --- in the child ---------------------------------------------------------------------------------------

_NO_MEMORY = 77


def _work(action: Callable[[], object], bounds: Bounds, writing: int) -> NoReturn:
    """Send what the action returns or raises; nothing of the parent's is cleaned up here."""
    status = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        # What the parent made is the parent's to close: a finalizer run here waits for what never comes.
        gc.freeze()
        _limit(bounds)
        # The pipe ends with the process: who sees it end earlier would kill it before it says why.
        with os.fdopen(writing, "wb", closefd=False) as answer:
            pickle.dump(_outcome(action), answer, pickle.HIGHEST_PROTOCOL)
        status = 0
    except MemoryError:
        status = _NO_MEMORY
    finally:
        os._exit(status)


def _outcome(action: Callable[[], object]) -> tuple[bool, object]:
    try:
        return True, action()
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - it is raised again in the parent
        return False, error


def _limit(bounds: Bounds) -> None:
    # Absent on Windows, where nothing is limited and all else of this module is imported.
    import resource

    signal.setitimer(signal.ITIMER_REAL, bounds.seconds * bounds.patience)
    seconds = math.ceil(bounds.seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError):  # a system that does not say what is held
        held = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
        most = held + bounds.memory_mb * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
