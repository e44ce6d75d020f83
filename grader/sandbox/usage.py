"""What a sandbox uses, all its processes together, watched from outside while it lives.

No limit of the system counts a tree of processes where cgroups cannot be had, so the judge looks at it twenty
times a second and ends it above its limits. The number of processes has a limit of its own, see `harden`.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Watch", "can_be_watched", "children", "end"]

_EVERY_S = 0.05
_LONGEST_END_S = 10.0
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(frozen=True)
class Usage:
    """`memory` in bytes; `cpu_s` includes children that have ended."""

    memory: int
    cpu_s: float


def can_be_watched() -> bool:
    """Whether this system tells a process's children."""
    return Path(f"/proc/self/task/{os.getpid()}/children").exists()


def children(pid: int) -> list[int]:
    """The processes that this one started and that have not ended."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - twenty times a second
            found += map(int, _read(f"/proc/{pid}/task/{task}/children").split())
    return found


def measure(ancestor: int, most_memory: int) -> Usage:
    """What that process and all that it started use now; nothing, if it is gone.

    Memory that several of them share is counted once for each at first, and rightly if that is too much.
    """
    family = _family(ancestor)
    found = [_process(pid) for pid in family]
    memory = sum(process.memory for process in found)
    if memory > most_memory:
        memory = sum(map(_share, family))
    return Usage(memory, sum(process.cpu_s for process in found))


class Watch:
    """Looks at a sandbox until it is stopped, and ends it when it uses too much: `excess` then says what."""

    def __init__(self, top: int, *, memory_mb: int, own_mb: int, cpu_s: float) -> None:
        """
        Args:
            top: the process with which the sandbox ends.
            own_mb: what the sandbox itself takes, beside `memory_mb`.
        """
        self.excess = ""
        self._top, self._memory_mb, self._cpu_s = top, memory_mb, cpu_s
        self._most = (memory_mb + own_mb) << 20
        # Of that process as it is now: its number may be given away again later.
        self._descriptor = os.pidfd_open(top)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watch over a kernel's sandbox", daemon=True)
        try:
            self._thread.start()
        except BaseException:
            os.close(self._descriptor)
            raise

    def stop(self) -> Usage:
        """End the sandbox and wait until the last of its processes is gone: what it used."""
        self._stopped.set()
        self._thread.join()
        used = measure(self._top, self._most)
        self._kill()
        _has_ended(self._descriptor, _LONGEST_END_S)
        os.close(self._descriptor)
        return used

    def _look(self) -> None:
        while not self.excess and not self._stopped.wait(_EVERY_S) and not _has_ended(self._descriptor, 0):
            self.excess = self._judged(measure(self._top, self._most))
            if self.excess:
                self._kill()

    def _judged(self, used: Usage) -> str:
        if used.memory > self._most:
            return f"used more than {self._memory_mb} MB of memory"
        return f"used more than {self._cpu_s:g} s of CPU" if used.cpu_s > self._cpu_s else ""

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)


def end(processes: Iterable[int]) -> None:
    """Kill these, each with the namespace of processes that it holds, and wait until all are gone."""
    for pid in processes:
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(pid)
            try:
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                _has_ended(descriptor, _LONGEST_END_S)
            finally:
                os.close(descriptor)


def _has_ended(descriptor: int, seconds: float) -> bool:
    """Wait for the end: of one that holds a namespace of processes, it comes after that of all in it."""
    selector = select.poll()
    selector.register(descriptor, select.POLLIN)
    return bool(selector.poll(seconds * 1000))


def _family(ancestor: int) -> list[int]:
    """That process and its descendants."""
    found = [ancestor]
    for pid in found:
        found += children(pid)
    return found


def _process(pid: int) -> Usage:
    """Resident memory, and CPU with that of the children it waited for. Nothing, if it ended meanwhile."""
    try:
        fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    except OSError:
        return Usage(0, 0.0)
    return Usage(int(fields[21]) * _PAGE, sum(map(int, fields[11:15])) / _TICKS)


def _share(pid: int) -> int:
    """Resident bytes, those shared with other processes divided by their number."""
    try:
        for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    except OSError:
        return _process(pid).memory
    return 0


def _read(path: str) -> str:
    with open(path) as file:  # noqa: PTH123 - twenty times a second
        return file.read()
