"""What a person needs of an exception: its type, its text, and the place in the submission's own files.

Runs inside the wall: the standard library only.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator
from opcode import opname
from typing import Any, NamedTuple

from .places import submission_path

__all__ = [
    "MAX_TEXT",
    "absent_library",
    "absent_module",
    "last_line_in",
    "pass_over",
    "place",
    "text",
    "type_name",
]

MAX_TEXT = 2000
_MOST_LINES = 1_000_000
#: Files among the submission's that its author did not write.
_passed_over: set[str] = set()


class Place(NamedTuple):
    """The innermost place of an error in the submission; a syntax error has no function."""

    file: str | None = None
    line: int | None = None
    function: str | None = None


def pass_over(files: Iterable[str]) -> None:
    """Look for the place of an error in other files than these."""
    _passed_over.update(files)


def place(error: BaseException) -> Place:
    """Where the submission's own code raised it, or cannot be read."""
    if (file := _unreadable(error)) is not None:
        return Place(file, _line_of(error), None)
    found = Place()
    for file, line, function in _frames(error):
        found = Place(file, line, function)
    return found


def last_line_in(wanted: str, error: BaseException) -> int | None:
    """The last line of that file on the way to the error; None if it was not on the way."""
    if _unreadable(error) == wanted:
        return _line_of(error)
    lines = [line for file, line, _ in _frames(error) if file == wanted]
    return lines[-1] if lines else None


def type_name(value: Any) -> str:
    """The name of its type, whatever that type makes of questions."""
    name = type.__getattribute__(type(value), "__name__")
    return name[:200] if type(name) is str else "unknown"


def absent_module(error: BaseException) -> str | None:
    """The name of the module that is not there; of Python's own exception, whose name is what it says."""
    name = error.name if type(error) is ModuleNotFoundError else None
    return name if type(name) is str else None


def absent_library(error: BaseException) -> str | None:
    """The library for which something stood in that was then used, see `compat.Unavailable`."""
    name = getattr(error, "library", None) if type(error) is ImportError else None
    return name if type(name) is str else None


def text(error: BaseException) -> str:
    """Its text, cut short."""
    try:
        return str(error.msg if isinstance(error, SyntaxError) else str(error))[:MAX_TEXT]
    except BaseException:  # noqa: BLE001 - a student's __str__ may itself raise
        return ""


def _frames(error: BaseException) -> Iterator[tuple[str, int, str]]:
    """File, line and function of each step in the submission, outer ones first."""
    trace: types.TracebackType | None = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        file = submission_path(code.co_filename)
        if file is not None and file not in _passed_over:
            # Where an alarm rings between two lines there is no line.
            yield file, _line_at(trace, type(error)) or code.co_firstlineno, code.co_name
        trace = trace.tb_next


def _line_at(trace: types.TracebackType, error_type: type[BaseException]) -> int | None:
    """Its line; where Python 3.11 ran the end of one statement and the beginning of the next as one step, and
    stopped at a name without a value, that of the next."""
    code = trace.tb_frame.f_code
    if error_type is UnboundLocalError and hasattr(code, "co_positions"):
        lines = [line for line, *_ in code.co_positions()]
        step = trace.tb_lasti // 2
        if opname[code.co_code[trace.tb_lasti]] == "STORE_FAST" and step + 1 < len(lines):
            return lines[step + 1]
    return trace.tb_lineno


def _unreadable(error: BaseException) -> str | None:
    """The file of the submission that a syntax error is about."""
    if isinstance(error, SyntaxError) and type(error.filename) is str:
        return submission_path(error.filename)
    return None


def _line_of(error: BaseException) -> int | None:
    """A syntax error's line; a submission may raise one of its own, with anything for a line."""
    line = getattr(error, "lineno", None)
    return line if type(line) is int and 0 < line < _MOST_LINES else None
