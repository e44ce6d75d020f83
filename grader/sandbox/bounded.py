"""An action of ours on what was handed in, in a process of its own with limits: no file can stop a batch."""

from __future__ import annotations

import contextlib
import gc
import math
import os
import pickle
import signal
import socket
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, NoReturn, Protocol, TypeVar, cast

from grader.wall import linux

__all__ = ["Bounded", "Bounds", "LastingReader", "Overrun", "bounded"]

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


class Bounded(Protocol):
    """`bounded`, or a reader that lasts."""

    def __call__(self, action: Callable[[], Result]) -> Result:
        """What `action` returns, or raises. Raises Overrun."""


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
    try:
        with os.fdopen(reading, "rb") as answers:
            found = _told(answers)
    finally:
        status = _ended(pid)
    return cast(Result, _result(found, status, bounds))


class LastingReader:
    """Bounds as `bounded` does, in one process for all actions, which saves a fork for each of a class.

    What comes to its bounds, or leaves much memory taken, ends the process; the next action gets another.
    Actions are pickled: a function of a module and what it is given. A context manager.
    """

    def __init__(self, bounds: Bounds = Bounds()) -> None:
        self._bounds = bounds
        self._pid = 0
        self._channel: socket.socket
        self._answers: BinaryIO

    def __call__(self, action: Callable[[], Result]) -> Result:
        """What `action` returns, or raises.

        Raises:
            Overrun: it took too much, or ended the process that it ran in.
        """
        if sys.platform == "win32":
            return action()
        found, status = None, 0
        try:
            self._give(pickle.dumps(action, pickle.HIGHEST_PROTOCOL))
            found = _told(self._answers)
        finally:
            if found is None or found.spent:
                status = self.close()
        return cast(Result, _result(found, status, self._bounds))

    def close(self) -> int:
        """End the process, if there is one; how it ended."""
        if not self._pid:
            return 0
        pid, self._pid = self._pid, 0
        self._answers.close()
        self._channel.close()
        return _ended(pid)

    def __enter__(self) -> LastingReader:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _give(self, order: bytes) -> None:
        if self._pid:
            try:
                self._channel.sendall(order)
            except OSError:  # somebody ended it while it had nothing to do
                self.close()
            else:
                return
        self._start()
        self._channel.sendall(order)

    def _start(self) -> None:
        self._channel, inner = socket.socketpair()
        self._answers = self._channel.makefile("rb")
        with inner:
            try:
                self._pid = _fork()
            except OSError:
                self._answers.close()
                self._channel.close()
                raise
            if self._pid == 0:
                _serve(inner.fileno(), self._bounds)


@dataclass(frozen=True)
class _Outcome:
    """`spent`: the process that it comes from is not to be used again."""

    worked: bool
    value: Any
    spent: bool = True


def _result(found: _Outcome | None, status: int, bounds: Bounds) -> Any:
    if found is None:
        raise Overrun(_why_it_ended(status, bounds))
    if not found.worked:
        raise found.value
    return found.value


def _fork() -> int:
    with warnings.catch_warnings():
        # The child reads, and writes pages: nothing of that waits for what another thread of ours has locked.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _told(answers: BinaryIO) -> _Outcome | None:
    """What the child sent; None when it was ended before."""
    # Written by `_work` or `_serve`: our own code, which never ran anything of the submission.
    with contextlib.suppress(EOFError, pickle.UnpicklingError, ConnectionError):
        outcome: _Outcome = pickle.load(answers)  # noqa: S301
        return outcome
    return None


def _ended(pid: int) -> int:
    """End a child that has nothing more to say; its status."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


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
_CHANNEL, _MOST_FILES = 3, 1 << 16
#: What a reader that lasts may hold beyond what it began with.
_MOST_KEPT = 128 << 20


def _work(action: Callable[[], object], bounds: Bounds, writing: int) -> NoReturn:
    """Send what the action returns or raises; nothing of the parent's is cleaned up here."""

    def work() -> None:
        _limit(bounds)
        # The pipe ends with the process: who sees it end earlier would kill it before it says why.
        with os.fdopen(writing, "wb", closefd=False) as answers:
            pickle.dump(_outcome(action), answers, pickle.HIGHEST_PROTOCOL)

    _alone(work)


def _serve(channel: int, bounds: Bounds) -> NoReturn:
    """Do what is asked, one action after the other, until nobody can ask any more or much memory is kept."""

    def serve() -> None:
        os.dup2(channel, _CHANNEL)
        # What others hold open, or have locked, must not depend on us.
        os.closerange(_CHANNEL + 1, _MOST_FILES)
        linux.die_with_parent()
        began, kept = linux.address_space(), False
        # Open until the process ends, as in `_work`.
        orders, answers = (os.fdopen(_CHANNEL, mode, closefd=False) for mode in ("rb", "wb"))
        while not kept:
            action = pickle.load(orders)  # noqa: S301 - of the judge, our parent
            _limit(bounds)
            found = _outcome(action)
            kept = linux.address_space() > began + _MOST_KEPT
            pickle.dump(replace(found, spent=kept), answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()
            _limit_no_more()

    _alone(serve)


def _alone(work: Callable[[], None]) -> NoReturn:
    """Do it and end, whatever happens."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for each in (signal.SIGTERM, signal.SIGALRM, signal.SIGXCPU):
            signal.signal(each, signal.SIG_DFL)
        # What the parent made is the parent's to close: a finalizer run here waits for what never comes.
        gc.freeze()
        work()
        status = 0
    except MemoryError:
        status = _NO_MEMORY
    finally:
        os._exit(status)


def _outcome(action: Callable[[], object]) -> _Outcome:
    try:
        return _Outcome(True, action())
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - it is raised again in the parent
        return _Outcome(False, error)


def _limit_no_more() -> None:
    """What the next is asked in is not charged to it before it begins."""
    import resource

    signal.setitimer(signal.ITIMER_REAL, 0)
    for kind in (resource.RLIMIT_CPU, resource.RLIMIT_AS):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (hard, hard))


def _limit(bounds: Bounds) -> None:
    """Let this process take so much more than it has taken so far."""
    # Absent on Windows, where nothing is limited and all else of this module is imported.
    import resource

    def lower(kind: int, most: int) -> None:
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))

    signal.setitimer(signal.ITIMER_REAL, bounds.seconds * bounds.patience)
    lower(resource.RLIMIT_CPU, math.ceil(time.process_time() + bounds.seconds))
    lower(resource.RLIMIT_CORE, 0)
    if held := linux.address_space():  # else the system does not say
        with contextlib.suppress(OSError, ValueError):
            lower(resource.RLIMIT_AS, held + bounds.memory_mb * 2**20)
