"""What cells written years ago need today. Runs inside the wall: fissix where Python 2 is converted."""

from __future__ import annotations

import ast
import contextlib
import os
import pickle
import subprocess
from collections.abc import Callable, Iterable
from typing import Any

from . import python2

__all__ = ["is_python2", "patch_libraries", "quoted", "today"]


def today(source: str) -> str:
    """A cell of Python 2 in Python 3, line by line; as it stands if it is neither.

    `source` is what IPython makes of the cell: no magics are left in it.
    """
    try:
        return python2.python3_text(source) if source.strip() else source
    except Exception:  # noqa: BLE001 - the author is shown the error of their own text
        return source


def is_python2(sources: Iterable[str]) -> bool:
    """Whether one of these cells, magics aside, is valid as Python 2 only."""
    return any(_is_old(source) for source in sources)


def _is_old(source: str) -> bool:
    lines = ["pass" if line.startswith(("%", "!")) else line for line in source.splitlines()]
    plain = "\n".join(lines)
    try:
        ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        with contextlib.suppress(Exception):
            ast.parse(python2.python3_text(plain))
            return True
    return False


def patch_libraries(note: Callable[[str], None]) -> None:
    """Old behaviour of libraries."""
    pickle.load = _latin1(pickle.load)
    pickle.loads = _latin1(pickle.loads)
    _refuse_processes(note)


def quoted(command: str) -> str:
    """The beginning of a command, as it can stand between backticks."""
    return command.strip()[:80].replace("`", "'")


def _refuse_processes(note: Callable[[str], None]) -> None:
    """Let code go on that starts programs (`get_datasets.sh`): none runs, and none seems to fail."""

    def run(command: Any, *args: Any, **kwargs: Any) -> subprocess.CompletedProcess[Any]:
        shown = command if isinstance(command, str) else " ".join(map(str, command))
        if shown.startswith("fc-list"):
            raise OSError(f"{shown} cannot be run")  # matplotlib looks for fonts, and does without
        note(f"the command `{quoted(shown)}` was not run")
        text = any(kwargs.get(name) for name in ("text", "universal_newlines", "encoding"))
        nothing: Any = "" if text else b""
        return subprocess.CompletedProcess(command, 0, nothing, nothing)

    vars(subprocess).update(
        run=run,
        call=lambda *args, **kwargs: run(*args).returncode,
        check_call=lambda *args, **kwargs: run(*args).returncode,
        check_output=lambda *args, **kwargs: run(*args, **kwargs).stdout,
        getoutput=lambda command: run(command, text=True).stdout,
    )
    os.system = lambda command: run(command).returncode


def _latin1(load: Callable[..., Any]) -> Callable[..., Any]:
    """Strings that Python 2 pickled cannot be read as ASCII."""

    def reading(*args: Any, encoding: str = "latin1", **kwargs: Any) -> Any:
        return load(*args, encoding="latin1" if encoding == "ASCII" else encoding, **kwargs)

    return reading
