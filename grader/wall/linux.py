"""The few system calls of Linux that Python's `os` lacks. Elsewhere `LINUX` is false and they do nothing.

Runs inside the wall: the standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import signal
import struct
import sys
import time
from pathlib import Path
from typing import Any

__all__ = [
    "LINUX",
    "address_space",
    "adopt_orphans",
    "call",
    "children",
    "cpu_seconds",
    "die_with_parent",
    "give_up_privileges",
    "keep_capabilities",
    "kill_group",
    "map_user",
    "mount",
    "permitted_capabilities",
    "set_capabilities",
    "set_dumpable",
    "set_namespace",
    "unshare",
]

LINUX = sys.platform == "linux"

NEW_MOUNTS, NEW_NAMES, NEW_IPC, NEW_USER, NEW_PIDS, NEW_NETWORK = (
    *(0x00020000, 0x04000000, 0x08000000),
    *(0x10000000, 0x20000000, 0x40000000),
)
READ_ONLY, NO_SUID, NO_DEVICES, NO_EXEC, REMOUNT, BIND, RECURSIVE, PRIVATE = (
    *(1, 2, 4, 8),
    *(0x20, 0x1000, 0x4000, 0x40000),
)
#: Capabilities, as bits.
DAC_OVERRIDE, DAC_READ_SEARCH, SYS_ADMIN = 1 << 1, 1 << 2, 1 << 21

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_KEEPCAPS = 1, 4, 8
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 36, 38
#: Of a process's clocks the one that counts its threads' time on the processor.
_SCHEDULED = 2
_CAPABILITY_VERSION = 0x20080522

_libc: Any = ctypes.CDLL(None, use_errno=True) if LINUX else None


def call(name: str, *arguments: Any) -> int:
    """Call a function of the C library that sets errno.

    Raises:
        OSError: it returned a negative number, or this C library lacks it.
    """
    try:
        function = getattr(_libc, name)
    except AttributeError:
        raise OSError(errno.ENOSYS, f"{name} is not available here") from None
    result = function(*(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return int(result)


def _prctl(option: int, argument: int) -> None:
    call("prctl", option, argument, 0, 0, 0)


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that made it ends."""
    if LINUX:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends, so that they can be found and ended."""
    if LINUX:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def set_dumpable(dumpable: bool) -> None:
    """Whether other processes of this user may look into this one."""
    _prctl(_PR_SET_DUMPABLE, int(dumpable))


def keep_capabilities() -> None:
    """Keep the permitted capabilities when the user changes."""
    _prctl(_PR_SET_KEEPCAPS, 1)


def permitted_capabilities() -> int:
    """The capabilities that this process may use, as bits."""
    header, data = _capability_header(), ctypes.create_string_buffer(24)
    call("capget", header, data)
    fields = struct.unpack("<6I", data.raw)
    return int(fields[1] | fields[4] << 32)


def set_capabilities(bits: int) -> None:
    """Have exactly these capabilities, none to be inherited."""
    low, high = bits & 0xFFFFFFFF, bits >> 32
    call("capset", _capability_header(), struct.pack("<6I", low, low, 0, high, high, 0))


def _capability_header() -> bytes:
    return struct.pack("<Ii", _CAPABILITY_VERSION, 0)


def give_up_privileges(kept: int) -> None:
    """No capabilities but `kept`, none to be gained, and no other process may look into this one."""
    if LINUX:
        set_capabilities(kept)
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        set_dumpable(False)


def unshare(namespaces: int) -> None:
    """Enter new namespaces; one of process ids holds for the children only."""
    call("unshare", namespaces)


def map_user(user: tuple[int, int], group: tuple[int, int]) -> None:
    """In a new user namespace: (id inside, id outside) of this process's user and group."""
    (inside, outside), (group_inside, group_outside) = user, group
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inside} {outside} 1")
    Path("/proc/self/gid_map").write_text(f"{group_inside} {group_outside} 1")


def set_namespace(descriptor: int, kind: int) -> None:
    """Enter the namespace that an open file of /proc/…/ns stands for."""
    call("setns", descriptor, kind)


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """mount(2)."""
    try:
        call("mount", source.encode(), target.encode(), kind.encode(), flags, options.encode())
    except OSError as error:
        raise OSError(error.errno, f"mounting {target}: {os.strerror(error.errno or 0)}") from None


def children() -> list[int]:
    """The process ids of this process's children (it has one thread); empty where /proc is not there."""
    try:
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except OSError:
        return []


def cpu_seconds(pid: int) -> float | None:
    """What a process has used of the processor so far, by the kernel's account; None where it is not told."""
    if not LINUX:
        return None
    with contextlib.suppress(OSError):
        return time.clock_gettime((~pid << 3) | _SCHEDULED)
    return None


def kill_group(pid: int) -> None:
    """SIGKILL for a child that has not been waited for, and for its process group."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def address_space() -> int:
    """Bytes of address space that this process has now; 0 where that cannot be read."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
