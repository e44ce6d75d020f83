"""The levels of the wall: what each offers, what this machine can do, and how a zygote is started at it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

__all__ = ["ENVIRONMENT", "INSIDE", "LEVELS", "bootstrap", "inside_sources"]

#: From the strongest to none.
LEVELS: dict[str, str] = {
    "bwrap": "a bubblewrap room, and in it for each submission own namespaces, Landlock and seccomp",
    "namespaces": "own namespaces for each submission, Landlock and seccomp",
    "landlock": "Landlock, seccomp and resource limits",
    "rlimits": "a separate process with resource limits; files and network are open to it",
    "none": "a separate process, not isolated",
}

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

#: The modules of this package that are handed to the zygote. None of them knows an answer.
INSIDE = ("compat", "greeting", "harden", "linux", "loader", "probes", "wire", "worker", "zygote")


def inside_sources() -> dict[str, str]:
    """The text of every module that runs inside the wall."""
    package = resources.files(__package__)
    return {name: (package / f"{name}.py").read_text(encoding="utf-8") for name in INSIDE}


def bootstrap() -> str:
    """The text that the interpreter inside the wall is started with."""
    return (resources.files(__package__) / "bootstrap.py").read_text(encoding="utf-8")
