"""Landlock: a process denies itself the file system, but for what is listed.

Through ctypes, since the package on PyPI is a pre-release. The call numbers are the same on every
architecture. Runs inside the wall: the standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import struct
from collections.abc import Iterable, Iterator

from . import linux

__all__ = ["abi", "handled_rights", "restrict"]

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG, _PATH_BENEATH = 1, 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE, MAKE_CHAR, MAKE_DIR = (
    1 << i for i in range(8)
)
MAKE_REG, MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK, MAKE_SYM, REFER, TRUNCATE, IOCTL_DEV = (
    1 << i for i in range(8, 16)
)
#: The rights that each version of the interface added.
_ADDED = {1: (1 << 13) - 1, 2: REFER, 3: TRUNCATE, 5: IOCTL_DEV}
_OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
_READ = READ_FILE | READ_DIR
_WRITE = _READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_SYM | REFER | TRUNCATE


def abi() -> int:
    """The version of the kernel's Landlock; 0 where it has none."""
    if not linux.LINUX:
        return 0
    try:
        return linux.call("syscall", _CREATE_RULESET, None, 0, _VERSION_FLAG)
    except OSError:
        return 0


def handled_rights(version: int) -> int:
    """Every right over files that this version can deny."""
    return sum(rights for added, rights in _ADDED.items() if added <= version)


def restrict(read: Iterable[str], listed: Iterable[str], write: Iterable[str]) -> None:
    """Leave this process the trees to `read`, the names below `listed`, and the trees to `write`.

    From version 4 TCP is denied too, from 6 signals and abstract sockets out of the process.

    Raises:
        OSError: there is no Landlock here, or it refused. A path that does not exist is passed over.
    """
    version = abi()
    handled = handled_rights(version)
    network, scoped = (0b11 if version >= 4 else 0), (0b11 if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    attributes = struct.pack("<QQQ", handled, network, scoped)[:size]
    ruleset = linux.call("syscall", _CREATE_RULESET, ctypes.c_char_p(attributes), size, 0)
    try:
        for path, rights in _rules(read, listed, write):
            _add(ruleset, path, rights & handled)
        linux.call("syscall", _RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _rules(read: Iterable[str], listed: Iterable[str], write: Iterable[str]) -> Iterator[tuple[str, int]]:
    for paths, rights in ((read, _READ), (listed, READ_DIR), (write, _WRITE)):
        for path in paths:
            yield path, rights
    yield "/dev/null", READ_FILE | WRITE_FILE
    yield "/dev/urandom", READ_FILE


def _add(ruleset: int, path: str, rights: int) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not stat.S_ISDIR(os.fstat(place).st_mode):
                rights &= _OF_A_FILE
            rule = struct.pack("<Qi", rights, place)
            linux.call("syscall", _ADD_RULE, ruleset, _PATH_BENEATH, ctypes.c_char_p(rule), 0)
        finally:
            os.close(place)
