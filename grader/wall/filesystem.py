"""A file system of one's own without bubblewrap: new namespaces, a few read-only binds, nothing else.

The zygote moves into it before it loads anything. Runs inside the wall: the standard library only.
"""

from __future__ import annotations

import ctypes
import os
import socket
import stat
import struct
from pathlib import Path
from typing import Any

from . import linux

__all__ = ["enter"]

# mount_setattr(2); the number is the same on every architecture.
_MOUNT_SETATTR, _HERE, _RECURSIVE = 442, -100, 0x8000
_SET_READ_ONLY, _SET_NO_SUID, _SET_NO_DEVICES = 1, 2, 4
_DETACH = 2


def enter(wanted: dict[str, Any], control: socket.socket) -> None:
    """Return in a new process, the first of its namespace, that sees that file system and nothing else.

    The old process waits for it and ends with it. `wanted` is a `view.FileSystem` as plain values.

    Raises:
        OSError: the kernel refuses.
    """
    _unshare()
    linux.die_with_parent()
    if child := os.fork():
        control.close()
        os.waitpid(child, 0)
        os._exit(0)
    linux.die_with_parent()
    _build(wanted)


def _unshare() -> None:
    namespaces = linux.NEW_MOUNTS | linux.NEW_PIDS | linux.NEW_NETWORK | linux.NEW_IPC | linux.NEW_NAMES
    if linux.permitted_capabilities() & linux.SYS_ADMIN:
        return linux.unshare(namespaces)
    uid, gid = os.getuid(), os.getgid()
    linux.unshare(namespaces | linux.NEW_USER)
    linux.map_user((uid, uid), (gid, gid))
    return None


def _build(wanted: dict[str, Any]) -> None:
    """Lay it out beside the old root, then let go of that."""
    linux.mount("none", "/", "none", linux.RECURSIVE | linux.PRIVATE)
    linux.mount("tmpfs", "/tmp", "tmpfs", linux.NO_SUID | linux.NO_DEVICES, "size=4m,mode=755")
    for folder in ("/tmp/new", "/tmp/old"):
        Path(folder).mkdir()
    linux.call("pivot_root", b"/tmp", b"/tmp/old")
    os.chdir("/")
    linux.mount("/new", "/new", "none", linux.BIND)
    for source, target in wanted["binds"]:
        _bind(source, target, _SET_READ_ONLY | _SET_NO_SUID | _SET_NO_DEVICES)
    for device in wanted["devices"]:
        _bind(device, device, _SET_NO_SUID)
    for target, path in wanted["links"]:
        _inside(path).parent.mkdir(parents=True, exist_ok=True)
        _inside(path).symlink_to(target)
    for folder in wanted["masks"]:
        linux.mount("tmpfs", str(_inside(folder)), "tmpfs", linux.READ_ONLY, "size=4k,nr_inodes=1")
    for folder in ("/tmp", "/proc"):
        _inside(folder).mkdir()
    linux.mount("proc", "/new/proc", "proc", linux.NO_SUID | linux.NO_DEVICES | linux.NO_EXEC)
    os.chdir("/new")
    linux.call("pivot_root", b".", b".")
    linux.call("umount2", b".", _DETACH)
    os.chdir("/")
    _set_attributes("/", _SET_READ_ONLY, recursive=False)


def _inside(path: str) -> Path:
    return Path("/new" + path)


def _bind(source: str, target: str, attributes: int) -> None:
    source, place = "/old" + source, _inside(target)
    if stat.S_ISDIR(Path(source).stat().st_mode):
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    linux.mount(source, str(place), "none", linux.BIND | linux.RECURSIVE)
    _set_attributes(str(place), attributes, recursive=True)


def _set_attributes(path: str, attributes: int, *, recursive: bool) -> None:
    request = struct.pack("<QQQQ", attributes, 0, 0, 0)
    flags = _RECURSIVE if recursive else 0
    linux.call("syscall", _MOUNT_SETATTR, _HERE, path.encode(), flags, ctypes.c_char_p(request), len(request))
