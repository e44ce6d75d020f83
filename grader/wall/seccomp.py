"""The system call filter: what is not listed as harmless is refused, as an error that Python can report.

The program is assembled here rather than by libseccomp, because it has to be loaded inside the wall by any
Python that has numpy, on machines without that library; the tests hold both numbers and decisions against
libseccomp. A refused call returns EPERM, so that the student's code gets a PermissionError with its line.

Runs inside the wall: the standard library only.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from . import linux
from .syscalls import ALLOWED, ARCHITECTURES, CONDITIONAL, FOR_KERNELS, REFUSED

__all__ = ["Conditions", "assemble", "for_kernel", "for_worker", "install"]

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2

# Opcodes of classic BPF: load a word of the call's description, jump if equal, mask, return.
_LOAD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
# The call's description (struct seccomp_data), little-endian: number, architecture, six arguments.
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_ALLOW, _KILL_PROCESS, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
#: Numbers from here are x86-64's second table (x32), which nothing here needs.
_X32 = 0x40000000


class Condition(NamedTuple):
    """Holds if `word & mask` is one of `values`, else the call fails with `error`.

    Words 2k and 2k + 1 are argument k's low and high half.
    """

    word: int
    values: tuple[int, ...]
    mask: int = 0xFFFFFFFF
    error: int = errno.EPERM


#: What must hold for each call beyond those that are always allowed. What is not named is refused.
Conditions = Mapping[str, Sequence[Condition]]


def _low(argument: int) -> int:
    return 2 * argument


def _null(argument: int) -> list[Condition]:
    return [Condition(2 * argument, (0,)), Condition(2 * argument + 1, (0,))]


_CLONE_THREAD, _CLONE_NEW_ANYTHING = 0x10000, 0x7E020080
_GET_OR_DUPLICATE = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032, 1034)
_SET_NAME, _GET_NAME, _GET_DUMPABLE, _GET_SECCOMP, _CAPBSET_READ, _SET_VMA = 15, 16, 3, 21, 23, 0x53564D41
_TERMINAL_AND_FLAGS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
_AF_UNIX, _SOCK_STREAM, _SCHED_OTHER = 1, 1, 0


#: Alike for workers and kernels: they touch this process only.
_HARMLESS: Conditions = {
    "prctl": [
        Condition(_low(0), (_SET_NAME, _GET_NAME, _GET_DUMPABLE, _GET_SECCOMP, _CAPBSET_READ, _SET_VMA))
    ],
    # Reading a limit; one of this process or another may not be set.
    "prlimit64": _null(2),
    # isatty, window size, bytes waiting, close-on-exec; no injected input, no signals on input.
    "ioctl": [Condition(_low(1), _TERMINAL_AND_FLAGS)],
    # No F_SETOWN and F_SETSIG: they would send any signal to other processes of this user.
    "fcntl": [Condition(_low(1), _GET_OR_DUPLICATE)],
    # A stream pair talks to itself only; a datagram pair could be given another address.
    "socketpair": [Condition(_low(0), (_AF_UNIX,)), Condition(_low(1), (_SOCK_STREAM,), 0xF)],
    "sendto": _null(4),
}


def for_worker(pid: int) -> Conditions:
    """Threads, but no processes and no namespaces; signals to process `pid` only, which is the worker."""
    own = [Condition(_low(0), (pid,))]
    return {
        **_HARMLESS,
        "clone": [Condition(_low(0), (_CLONE_THREAD,), _CLONE_THREAD | _CLONE_NEW_ANYTHING)],
        **dict.fromkeys(("kill", "tkill", "tgkill", "rt_sigqueueinfo"), own),
    }


def for_kernel() -> Conditions:
    """Processes and signals as well, in a namespace of them; sockets within the file system."""
    return {
        **_HARMLESS,
        **dict.fromkeys(FOR_KERNELS, ()),
        "clone": [Condition(_low(0), (0,), _CLONE_NEW_ANYTHING)],
        # ZeroMQ aborts unless it is answered that there is no network.
        "socket": [Condition(_low(0), (_AF_UNIX,), error=errno.EOPNOTSUPP)],
        # ZeroMQ gives its threads the policy that they have, and aborts if that is refused.
        "sched_setscheduler": [Condition(_low(1), (_SCHED_OTHER,))],
    }


def assemble(machine: str, conditions: Conditions) -> bytes:
    """The filter, as the kernel takes it.

    Raises:
        OSError: there is no table for this machine's architecture.
    """
    if machine not in ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"no system call table for {machine}")
    column, architecture = ARCHITECTURES[machine]
    program = [
        _instruction(_LOAD, _ARCHITECTURE),
        _instruction(_JUMP_EQUAL, architecture, 1, 0),
        _instruction(_RETURN, _KILL_PROCESS),
        _instruction(_LOAD, _NUMBER),
        _instruction(_JUMP_GREATER_EQUAL, _X32, 0, 1),
        _instruction(_RETURN, _ERROR | errno.EPERM),
    ]
    for numbers in ALLOWED.values():
        program += _answer(numbers[column], [_instruction(_RETURN, _ALLOW)])
    for name, numbers in {**CONDITIONAL, **REFUSED}.items():
        block = [_instruction(_RETURN, _ERROR | errno.EPERM)]
        if name in conditions:
            block = list(_judge(conditions[name]))
        program += _answer(numbers[column], block)
    program.append(_instruction(_RETURN, _ERROR | errno.ENOSYS))
    return b"".join(program)


def install(conditions: Conditions) -> None:
    """Put this process and what it starts under the filter, for good.

    It must have one thread and no new privileges.

    Raises:
        OSError: the kernel refused it.
    """
    code = assemble(os.uname().machine, conditions)
    program = _Program(len(code) // 8, ctypes.cast(ctypes.c_char_p(code), ctypes.c_void_p))
    linux.call("prctl", _PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _instruction(code: int, constant: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, constant)


def _answer(number: int | None, block: list[bytes]) -> Iterable[bytes]:
    """`block` if the call has this number; it must end in a return."""
    if number is None:
        return []
    return [_instruction(_JUMP_EQUAL, number, 0, len(block)), *block]


def _judge(required: Iterable[Condition]) -> Iterator[bytes]:
    for word, values, mask, error in required:
        yield _instruction(_LOAD, _ARGUMENTS + 4 * word)
        yield _instruction(_AND, mask)
        for i, value in enumerate(values):
            # To behind the refusal; the last one that differs runs into it.
            yield _instruction(_JUMP_EQUAL, value, len(values) - i, 0)
        yield _instruction(_RETURN, _ERROR | error)
    yield _instruction(_RETURN, _ALLOW)
