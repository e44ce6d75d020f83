"""What the worker of a notebook tells of its cells and values, each part taken only if it is of its kind."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.wall.notebook import PICTURE_BYTES, PICTURES
from grader.wall.wire import ObjectRef

__all__ = ["MOST_TEXT", "CellError", "CellRun", "Held", "cell_run", "fetched", "text_of"]

MOST_TEXT = 2000
_PRINTED = 20_000
_PNG = b"\x89PNG\r\n\x1a\n"
#: No cell takes longer; what tells so lies.
_LONG_S = 1e6


@dataclass(frozen=True)
class CellError:
    """What ended a cell: `line` in the cell, and the innermost line of the submission's own code.

    `file` is a module of the submission, or None when it is the notebook itself; `cell` is then the number of
    the cell whose code it is. `library`: the one that is used and not installed here.
    """

    type: str
    text: str
    line: int | None = None
    file: str | None = None
    at: int | None = None
    cell: int | None = None
    library: str | None = None

    @property
    def timed_out(self) -> bool:
        return self.type == "CellTimeout"


@dataclass(frozen=True)
class CellRun:
    """One cell that was run. `text` is what it printed, `cut` how many characters of that are left out.

    `pictures`: its first figures as PNG files, or what a submission passes off as such.
    """

    number: int
    text: str = ""
    cut: int = 0
    figures: int = 0
    seconds: float = 0.0
    error: CellError | None = None
    pictures: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Held:
    """An object that stays in the worker."""

    ref: ObjectRef
    type: str


def cell_run(number: int, reply: Mapping[str, Any], path: str, pictures: bool) -> CellRun:
    """What the worker tells of a cell, each part taken only if it is of its kind."""
    if reply.get("ok") is not True:
        return CellRun(number, error=CellError(text_of(reply, "type"), text_of(reply, "text")))
    seconds = reply.get("seconds")
    return CellRun(
        number,
        text_of(reply, "text", _PRINTED),
        _int(reply, "cut") or 0,
        _int(reply, "figures") or 0,
        seconds if type(seconds) is float and 0 <= seconds < _LONG_S else 0.0,
        _cell_error(reply.get("error"), path),
        _pictures(reply.get("pictures")) if pictures else (),
    )


def _pictures(sent: Any) -> tuple[bytes, ...]:
    found = [item.tobytes() for item in sent[:PICTURES]] if _are_bytes(sent) else []
    return tuple(data for data in found if data.startswith(_PNG) and len(data) <= PICTURE_BYTES)


def _are_bytes(sent: Any) -> bool:
    return isinstance(sent, list) and all(
        isinstance(item, np.ndarray) and item.dtype == np.uint8 for item in sent
    )


def _cell_error(sent: Any, path: str) -> CellError | None:
    if not isinstance(sent, dict):
        return None
    error = CellError(text_of(sent, "type"), text_of(sent, "text"), _int(sent, "line"))
    file, cell = text_of(sent, "file"), None
    if file.startswith(path + "#"):
        cell, file = file.removeprefix(path + "#"), ""
    return dataclasses.replace(
        error,
        file=file or None,
        at=_int(sent, "at"),
        library=text_of(sent, "library") or None,
        cell=int(cell) if cell is not None and cell.isascii() and cell.isdigit() and len(cell) < 6 else None,
    )


def text_of(sent: Mapping[str, Any], name: str, limit: int = MOST_TEXT) -> str:
    value = sent.get(name)
    return value[:limit] if isinstance(value, str) else ""


def _int(sent: Mapping[str, Any], name: str) -> int | None:
    value = sent.get(name)
    return value if type(value) is int else None


def fetched(sent: Mapping[str, Any]) -> Any:
    ref = sent.get("object")
    if isinstance(ref, ObjectRef):
        return Held(ref, text_of(sent, "type", 100))
    value = sent.get("value")
    return value if not isinstance(value, np.ndarray) or value.ndim else value[()]
