"""What of this machine a worker may see: one interpreter, its standard library, an allowlist of packages.

The judge's side. The folder that also holds `grader` and `reference` is never part of it.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = [
    "ALLOWED_PACKAGES",
    "FileSystem",
    "Interpreter",
    "InterpreterError",
    "describe",
    "file_system",
    "link_packages",
    "readable",
]

#: Top-level modules of the course's environment, and what they are built on.
ALLOWED_PACKAGES = (
    *("numpy", "scipy", "matplotlib", "mpl_toolkits", "pylab"),
    *("contourpy", "cycler", "dateutil", "fontTools", "kiwisolver", "packaging", "PIL", "pillow", "Pillow"),
    *("pyparsing", "six"),
    # Old work is converted inside the wall.
    *("fissix", "appdirs"),
    # A notebook's cells run in IPython's shell.
    *("IPython", "traitlets", "decorator", "jedi", "parso", "prompt_toolkit", "wcwidth", "pygments"),
    *("stack_data", "executing", "asttokens", "pure_eval", "matplotlib_inline", "pexpect", "ptyprocess"),
    *("ipython_pygments_lexers", "typing_extensions"),
)
_FORMS = ("{}", "{}.py", "{}.libs")

_QUESTION = """
import json, os, sys, sysconfig
folders = [os.path.abspath(p) for p in sys.path if p and os.path.isdir(p)]
stdlib = os.path.dirname(os.path.realpath(os.__file__))
print(json.dumps({
    "executable": os.path.realpath(sys.executable),
    "version": "%d.%d.%d" % sys.version_info[:3],
    "stdlib": [stdlib, *(os.path.realpath(p) for p in folders if os.path.basename(p) == "lib-dynload")],
    "library": os.path.realpath(sysconfig.get_config_var("LIBDIR") or stdlib),
    "folders": folders,
}))
"""


class InterpreterError(Exception):
    """The Python that was asked for cannot run a submission; the text says why."""


@dataclass(frozen=True)
class Interpreter:
    """A Python that runs submissions. All paths are absolute; `packages` maps file name -> real path."""

    executable: str
    version: str
    stdlib: tuple[str, ...]
    library: str
    packages: dict[str, str]


def describe(python: Path, packages: Iterable[str] = ()) -> Interpreter:
    """Ask an interpreter where its library and the allowed packages lie, those and `packages`.

    Raises:
        InterpreterError: it is not there, cannot be started, or has no numpy.
    """
    said = _ask(python, _located(python))
    folders = [folder for folder in said["folders"] if folder not in said["stdlib"]]
    found = _find_packages(folders, (*ALLOWED_PACKAGES, *packages))
    if "numpy" not in found:
        raise InterpreterError(f"{python} (Python {said['version']}) has no numpy; install it there")
    return Interpreter(said["executable"], said["version"], tuple(said["stdlib"]), said["library"], found)


def _located(python: Path) -> Path:
    """The interpreter's absolute path; one named without a folder may also be on the PATH."""
    if python.is_dir():
        raise InterpreterError(f"{python} is a folder; name the Python interpreter in it")
    found = python if python.exists() else shutil.which(python)
    if found is None:
        raise InterpreterError(f"there is no Python interpreter {python}; check the path")
    return Path(found).absolute()


def _ask(python: Path, located: Path) -> dict[str, Any]:
    """What the interpreter says of itself; see `_QUESTION`."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.environ.get("HOME", "/")}
    try:
        answer = subprocess.run(
            [located, "-E", "-B", "-c", _QUESTION],
            capture_output=True,
            check=True,
            timeout=60,
            cwd="/",
            env=environment,
        )
        found: dict[str, Any] = json.loads(answer.stdout)
    except OSError as error:
        raise InterpreterError(f"{python} cannot be run ({error.strerror})") from None
    except (subprocess.SubprocessError, ValueError):
        raise InterpreterError(f"{python} does not answer as a Python interpreter") from None
    return found


def _find_packages(folders: list[str], packages: Sequence[str]) -> dict[str, str]:
    """The allowed packages, each from the first folder that has it, as an import would find it."""
    found: dict[str, str] = {}
    for folder in folders:
        for package in packages:
            for name in (form.format(package) for form in _FORMS):
                path = os.path.join(folder, name)  # noqa: PTH118 - thousands of these, at every start
                if name not in found and os.path.exists(path):  # noqa: PTH110
                    found[name] = os.path.realpath(path)
    return found


def link_packages(interpreter: Interpreter, folder: Path) -> None:
    """Fill `folder` with links to the allowed packages."""
    folder.mkdir()
    for name, path in interpreter.packages.items():
        (folder / name).symlink_to(path)


@dataclass(frozen=True)
class FileSystem:
    """A file system with little in it. Everything bound is read-only and without devices.

    binds: (real path, path in it); masks: folders in it that are to be empty;
    links: (target, path); devices: bound as devices.
    """

    binds: tuple[tuple[str, str], ...]
    masks: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    devices: tuple[str, ...] = ("/dev/null", "/dev/urandom")


#: Where shared libraries lie, and how they are found. `python*` below them: see `_hidden`.
_LIBRARIES = (
    *("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/local/lib"),
    *("/etc/ld.so.cache", "/etc/alternatives", "/nix/store"),
)
#: The folder of the allowed packages, in a file system made for a worker.
PACKAGES = "/packages"


def file_system(interpreter: Interpreter) -> FileSystem:
    """What that interpreter needs, and no more."""
    roots = _roots(interpreter)
    packages = [(path, f"{PACKAGES}/{name}") for name, path in interpreter.packages.items()]
    links = [(str(Path(path).readlink()), path) for path in _LIBRARIES if Path(path).is_symlink()]
    return FileSystem(
        binds=(*((path, path) for path in [*roots, interpreter.executable]), *packages),
        masks=tuple(_hidden(roots)),
        links=tuple(links),
    )


def readable(interpreter: Interpreter, packages: Path) -> dict[str, Any]:
    """What Landlock leaves a worker without a file system of its own: trees to read, trees to list.

    Landlock can only add rights, so a tree with something hidden in it is opened up around that.
    `closed`: other users may not enter one of these, or a folder on the way.
    """
    roots = _roots(interpreter)
    read, listed = [str(packages)], list[str]()
    hidden = set(_hidden(roots))
    for root in roots:
        for path, whole in _around(root, hidden):
            (read if whole else listed).append(path)
    read += interpreter.packages.values()
    return {"read": read, "listed": listed, "closed": any(_is_closed(path) for path in [*read, *listed])}


def _roots(interpreter: Interpreter) -> list[str]:
    """The trees of libraries that exist, none within another."""
    candidates = [*_LIBRARIES, interpreter.library, *interpreter.stdlib]
    found = {path for path in candidates if Path(path).exists() and not Path(path).is_symlink()}
    return sorted(path for path in found if not any(_within(path, other) for other in found - {path}))


def _hidden(roots: Iterable[str]) -> Iterator[str]:
    """The folders of installed packages within these trees, and that of `grader`: answers may lie there."""
    own = str(Path(__file__).resolve().parents[2])
    for root in roots:
        if own != root and _within(own, root):
            yield own
        for pattern in ("", "python*/", "pypy*/"):
            for name in ("site-packages", "dist-packages"):
                yield from (str(path) for path in Path(root).glob(pattern + name) if path.is_dir())


def _around(folder: str, hidden: set[str]) -> Iterator[tuple[str, bool]]:
    """Cover a tree but for what is hidden: (path, whether all of it may be read)."""
    if not any(_within(path, folder) for path in hidden):
        yield folder, True
        return
    yield folder, False
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.path not in hidden and not entry.is_symlink():
                yield from _around(entry.path, hidden)


def _is_closed(path: str) -> bool:
    if not Path(path).exists():
        return False
    needed = 0o005 if Path(path).is_dir() else 0o004
    return Path(path).stat().st_mode & needed != needed or _is_out_of_reach(str(Path(path).parent))


@functools.cache
def _is_out_of_reach(folder: str) -> bool:
    closed = not Path(folder).stat().st_mode & 0o001
    return closed or (folder != "/" and _is_out_of_reach(str(Path(folder).parent)))


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
