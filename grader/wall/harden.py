"""What a forked child gives up before it sees any of the submission.

The judge sends a plan, a dict of plain values:

    level        one of the levels of `launch`
    directory    the child's own, writable one
    uid          the user it becomes, if it is root now
    limits       rlimits by name
    tmpfs        options of its own /tmp, where it has own namespaces
    view         {"read": [...], "listed": [...], "closed": bool}, as of `view.readable`: what Landlock leaves
                 it beside its directory, and whether an ordinary user cannot get there

A step that fails raises, and the child ends without having loaded anything. Runs inside the wall: the
standard library only.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import resource
import socket
from pathlib import Path
from typing import Any

from . import landlock, linux, refusals, seccomp

__all__ = ["harden", "harden_kernel"]

#: The user that a worker seems to be in its own user namespace.
_NOBODY = 65534
#: Levels that offer own namespaces; levels that offer Landlock and seccomp.
_NAMESPACED = ("bwrap", "namespaces")
_FILTERED = (*_NAMESPACED, "landlock")


class HardeningError(Exception):
    """A restriction is not in force although every step succeeded."""


def harden(plan: dict[str, Any], parent: int) -> None:
    """Take every step of the plan's level, then try what must not work any more.

    Args:
        parent: process id of the zygote.
    """
    level = plan["level"]
    os.setsid()
    os.umask(0o077)
    linux.adopt_orphans()
    # A crash in native code then names the student's line in the captured output.
    faulthandler.enable(file=2, all_threads=False)
    kept = (
        _become(plan["uid"], level, plan["view"]["closed"])
        if plan["uid"] is not None and level != "none"
        else 0
    )
    if level in _NAMESPACED:
        _enter_own_namespaces(plan["tmpfs"])
        _hide_processes()
        kept = 0
    os.chdir(plan["directory"])
    # What libraries keep in a home folder would be another submission's at levels that share one.
    os.environ["HOME"] = plan["directory"]
    if level != "none":
        _limit(plan["limits"])
        linux.give_up_privileges(kept)
    _end_with(parent)
    if level in _FILTERED:
        _filter(plan)
        _verify()
    refusals.install()


def harden_kernel(plan: dict[str, Any]) -> None:
    """What a sandbox with a real kernel gives up, before any process in it but this one is there.

    The plan's `uid`, `limits` and `tmpfs` are those of a worker. Processes may be started here, and see each
    other, but they are all of one sandbox: bubblewrap made its namespace of process ids.
    """
    os.umask(0o077)
    if plan["uid"] is not None:
        _become(plan["uid"], "bwrap", closed=False)
    _enter_own_namespaces(plan["tmpfs"])
    os.chdir("/tmp")
    _limit(plan["limits"])
    linux.give_up_privileges(0)
    seccomp.install(seccomp.for_kernel())
    with contextlib.suppress(OSError):
        socket.socket(socket.AF_INET).close()
        raise HardeningError("a network socket could be made")
    with contextlib.suppress(PermissionError):
        linux.unshare(linux.NEW_USER)
        raise HardeningError("a namespace could be made")


def _become(uid: int, level: str, closed: bool) -> int:
    """Become an ordinary user, and return the capabilities to keep.

    In front of the own namespaces the right to make them is kept, which some systems deny to ordinary users.
    Elsewhere the right to enter closed directories, if the interpreter lies in one: Landlock still decides
    what is read and written.
    """
    permitted = linux.permitted_capabilities()
    if level in _NAMESPACED:
        kept = permitted & linux.SYS_ADMIN
    elif closed:
        # Docker leaves its root the second only.
        kept = permitted & linux.DAC_READ_SEARCH or permitted & linux.DAC_OVERRIDE
    else:
        kept = 0
    linux.keep_capabilities()
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    linux.set_capabilities(kept)
    # Its own entries in /proc belong to root otherwise, and the maps below are written there.
    linux.set_dumpable(True)
    return kept


def _enter_own_namespaces(tmpfs: str) -> None:
    """Own user, mount, network and ipc namespaces; the zygote made the one of process ids."""
    uid, gid = os.getuid(), os.getgid()
    linux.unshare(linux.NEW_USER | linux.NEW_MOUNTS | linux.NEW_NETWORK | linux.NEW_IPC | linux.NEW_NAMES)
    linux.map_user((_NOBODY, uid), (_NOBODY, gid))
    linux.mount("tmpfs", "/tmp", "tmpfs", linux.NO_SUID | linux.NO_DEVICES | linux.NO_EXEC, tmpfs)


def _hide_processes() -> None:
    flags = linux.READ_ONLY | linux.NO_SUID | linux.NO_DEVICES | linux.NO_EXEC
    linux.mount("tmpfs", "/proc", "tmpfs", flags, "size=4k,nr_inodes=1,mode=0")


def _limit(limits: dict[str, int]) -> None:
    """Set each rlimit, soft and hard alike, so that it cannot be raised again.

    A limit above what this process may have is lowered to that.
    """
    for name, wanted in limits.items():
        kind = getattr(resource, "RLIMIT_" + name, None)
        if kind is None:
            continue
        _, hard = resource.getrlimit(kind)
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (value, value))


def _end_with(parent: int) -> None:
    """Die when the zygote dies. Comes after every change of identity, which would undo it."""
    linux.die_with_parent()
    # 0: it lies outside the own namespace of process ids.
    if os.getppid() not in (parent, 0):
        raise HardeningError("the process that starts the workers ended")


def _filter(plan: dict[str, Any]) -> None:
    view = plan["view"]
    namespaced = plan["level"] in _NAMESPACED
    if landlock.abi() or not namespaced:
        landlock.restrict(view["read"], view["listed"], [plan["directory"]])
    seccomp.install(seccomp.for_worker(os.getpid()))


def _verify() -> None:
    """Try three things that a worker must not be able to do, and one that it must."""
    with contextlib.suppress(PermissionError):
        if os.fork() == 0:
            os._exit(0)
        raise HardeningError("a process could be started")
    with contextlib.suppress(PermissionError):
        socket.socket().close()
        raise HardeningError("a network socket could be made")
    with contextlib.suppress(OSError):
        os.close(os.open("/etc/passwd", os.O_RDONLY))
        raise HardeningError("/etc/passwd could be read")
    Path(os.__file__).open("rb").close()
