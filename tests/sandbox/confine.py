"""Run a command as somebody with fewer rights: `python confine.py user|docker|docker-user COMMAND...`.

    user         an ordinary user, without any capability
    docker       root in a container under Docker's default profile: no namespaces or mounts, few capabilities
    docker-user  an ordinary user in such a container

Needs root. Nothing outside the new process changes: closed directories on the way to the interpreter are
opened in a mount namespace of its own.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import sys
from pathlib import Path

from grader.wall import linux

__all__ = ["MODES"]

MODES = ("user", "docker", "docker-user")
_USER = 61234
_PR_CAPBSET_DROP = 24
#: CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, NET_RAW, SYS_CHROOT,
#: MKNOD, AUDIT_WRITE, SETFCAP: what Docker leaves root by default.
_DOCKER_CAPABILITIES = (0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31)
_NEW_NAMESPACES = 0x7E020000
#: What Docker's default profile refuses without CAP_SYS_ADMIN, as far as a wall could want it.
_DOCKER_REFUSES = (
    *("unshare", "setns", "mount", "umount2", "pivot_root", "open_tree", "move_mount", "fsopen", "fsconfig"),
    *("fsmount", "fspick", "mount_setattr", "bpf", "perf_event_open", "keyctl", "add_key", "request_key"),
    *("open_by_handle_at", "userfaultfd", "quotactl", "swapon", "swapoff", "sethostname", "setdomainname"),
)


def main() -> None:
    mode, command = sys.argv[1], sys.argv[2:]
    if "user" in mode:
        linux.unshare(linux.NEW_MOUNTS)
        linux.mount("none", "/", "none", linux.RECURSIVE | linux.PRIVATE)
        for path in (
            sys.executable,
            os.path.realpath(sys.executable),
            sys.prefix,
            str(Path(__file__).resolve()),
        ):
            _open_the_way_to(Path(path))
    if "docker" in mode:
        _drop_capabilities()
    if "user" in mode:
        os.setgroups([])
        os.setresgid(_USER, _USER, _USER)
        os.setresuid(_USER, _USER, _USER)
        linux.set_capabilities(0)
    if "docker" in mode:
        _filter()
    os.execv(command[0], command)


def _open_the_way_to(path: Path) -> None:
    """Lay an open folder over each closed one on the way, that holds only the next step."""
    for folder in reversed(path.parents[:-1]):
        if stat.S_IMODE(folder.stat().st_mode) & 0o001:
            continue
        step = folder / path.relative_to(folder).parts[0]
        held = os.open(step, os.O_PATH)
        linux.mount("tmpfs", str(folder), "tmpfs", 0, "mode=755")
        step.mkdir()
        linux.mount(f"/proc/self/fd/{held}", str(step), "none", linux.BIND | linux.RECURSIVE)
        os.close(held)


def _drop_capabilities() -> None:
    libc = ctypes.CDLL(None)
    for capability in set(range(64)) - set(_DOCKER_CAPABILITIES):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    linux.set_capabilities(sum(1 << number for number in _DOCKER_CAPABILITIES))


def _filter() -> None:
    # Here, so that machines without libseccomp can read this file.
    import pyseccomp

    profile = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for name in _DOCKER_REFUSES:
        profile.add_rule(pyseccomp.ERRNO(errno.EPERM), name)
    for bit in (1 << i for i in range(32) if _NEW_NAMESPACES >> i & 1):
        any_of = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, bit, bit)
        profile.add_rule(pyseccomp.ERRNO(errno.EPERM), "clone", any_of)
    profile.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    profile.load()


if __name__ == "__main__":
    main()
