"""What a process holds: to compare before and after."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

__all__ = ["descendants", "left_of", "state"]


def descendants(*ancestors: int) -> set[int]:
    """The processes that these started, and those that they started."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            pid, _, rest = path.read_text().partition(" (")
            parents[int(pid)] = int(rest.rpartition(")")[2].split()[1])
    found, grown = set(ancestors), True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        found, grown = found | more, bool(more)
    return found - set(ancestors)


def left_of(family: Iterable[int]) -> list[int]:
    """Those of these processes that are still there after at most half a minute."""
    deadline = time.monotonic() + 30
    while (left := [pid for pid in family if Path(f"/proc/{pid}").exists()]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def state() -> dict[str, object]:
    """The descriptors, mounts, processes and temporary files of this process."""
    return {
        "descriptors": sorted(os.listdir("/proc/self/fd")),  # noqa: PTH208 - names, not paths
        "mounts": Path("/proc/self/mountinfo").read_text(),
        "processes": descendants(os.getpid()),
        "files": sorted(path.name for path in Path(tempfile.gettempdir()).iterdir()),
    }
