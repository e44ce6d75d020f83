"""The levels of the wall: what each offers, and how a zygote and its children are set up at it."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from grader.sandbox import view

__all__ = [
    "AUTOMATIC",
    "ENVIRONMENT",
    "LEVELS",
    "OWN_FILE_SYSTEM",
    "SandboxError",
    "bootstrap",
    "bubblewrap",
    "command",
    "foreign_user",
    "inside_sources",
    "running_tasks",
    "settings",
]


class SandboxError(Exception):
    """The wall itself cannot be built or failed: never a student's fault."""


#: From the strongest to none.
LEVELS: Mapping[str, str] = {
    "bwrap": "a bubblewrap sandbox; in it each submission has its own namespaces, Landlock and seccomp",
    "namespaces": "each submission has its own namespaces, Landlock and seccomp",
    "landlock": "each submission is under Landlock, seccomp and resource limits",
    "rlimits": "each submission is a process with resource limits; files and network are open to it",
    "none": "each submission is a process of its own; it is not isolated",
}
#: What `auto` tries, in this order.
AUTOMATIC = ("bwrap", "namespaces", "landlock", "rlimits")
#: Levels at which a worker sees a file system made for it.
OWN_FILE_SYSTEM = ("bwrap", "namespaces")

#: All that a worker finds in its environment.
ENVIRONMENT: Mapping[str, str] = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "MPLBACKEND": "Agg",
    "PYTHONHASHSEED": "0",
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
}


#: What the zygote needs under bubblewrap to give its children namespaces of their own; they keep none of it.
_KEPT_BY_ROOT = ("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_KILL")


def command(level: str, interpreter: view.Interpreter) -> list[str]:
    """How the interpreter is started at that level: isolated from user settings and installed packages."""
    python = [interpreter.executable, "-I", "-S", "-B"]
    return [*bubblewrap(view.file_system(interpreter)), *python] if level == "bwrap" else python


def bubblewrap(files: view.FileSystem) -> list[str]:
    """How a command is started in that file system; it has what it needs to give up the rest.

    Raises:
        SandboxError: bubblewrap is not installed.
    """
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxError("bubblewrap is not installed (there is no program bwrap)")
    argv = [str(Path(program).absolute()), "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    argv += ["--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    if os.geteuid() == 0:
        # Real root, so that each child can become a user of its own, in a namespace of its own.
        for capability in _KEPT_BY_ROOT:
            argv += ["--cap-add", capability]
    else:
        argv += ["--unshare-user", "--uid", "65534", "--gid", "65534", "--cap-add", "CAP_SYS_ADMIN"]
    # Made explicitly, since bubblewrap would close those that it makes itself to other users.
    for folder in _ancestors([target for _, target in files.binds] + list(files.devices)):
        argv += ["--dir", folder]
    for source, target in files.binds:
        argv += ["--ro-bind", source, target]
    for device in files.devices:
        argv += ["--dev-bind", device, device]
    for target, path in files.links:
        argv += ["--symlink", target, path]
    for folder in files.masks:
        argv += ["--tmpfs", folder, "--remount-ro", folder]
    return [*argv, "--dir", "/tmp", "--proc", "/proc", "--remount-ro", "/", "--"]


def _ancestors(paths: Sequence[str]) -> list[str]:
    """Every folder above these paths but the root, outer ones first."""
    return sorted({str(parent) for path in paths for parent in list(Path(path).parents)[:-1]})


def settings(
    level: str, interpreter: view.Interpreter, packages: Path, preload: Sequence[str]
) -> dict[str, Any]:
    """The zygote's settings. `packages`: the folder of links to the allowed packages."""
    common: dict[str, Any] = {"level": level, "sources": inside_sources(), "preload": list(preload)}
    if level not in OWN_FILE_SYSTEM:
        readable = view.readable(interpreter, packages)
        return {**common, "packages": str(packages), "file_system": None, "own_pids": False, "view": readable}
    files = view.file_system(interpreter)
    return {
        **common,
        "packages": view.PACKAGES,
        "file_system": dataclasses.asdict(files) if level == "namespaces" else None,
        "own_pids": True,
        "view": {
            "read": [target for _, target in files.binds],
            "listed": [view.PACKAGES],
            "closed": False,
        },
    }


def foreign_user(number: int) -> int | None:
    """A user id that nobody else has, for a child of root; None if this process is not root.

    In a container with few user ids it may be shared by two workers of different judges.
    """
    if os.geteuid() != 0:
        return None
    serial = os.getpid() * 64 + number % 64
    last = _last_user_id()
    return 0x40000000 + serial % 0x20000000 if last > 0x70000000 else 10_000 + serial % max(1, last - 15_000)


def _last_user_id() -> int:
    try:
        first, _, count = Path("/proc/self/uid_map").read_text().splitlines()[0].split()
    except OSError:
        return 60_000
    return int(first) + int(count)


def running_tasks() -> int:
    """How many processes and threads this user has: the limit on them counts all of these."""
    own, count = os.getuid(), 0
    for process in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in process.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if int(fields["Uid"].split()[0]) == own:
            count += int(fields.get("Threads", "1"))
    return count


def inside_sources() -> dict[str, str]:
    """The text of every module that runs inside the wall, by its name."""
    return {
        file.name.removesuffix(".py"): file.read_text(encoding="utf-8")
        for file in resources.files("grader.wall").iterdir()
        if file.name.endswith(".py") and file.name not in ("__init__.py", "bootstrap.py")
    }


def bootstrap() -> str:
    """The text that the interpreter inside the wall is started with."""
    return (resources.files("grader.wall") / "bootstrap.py").read_text(encoding="utf-8")
