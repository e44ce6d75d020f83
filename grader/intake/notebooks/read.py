"""A handed-in notebook, whatever its format, read once from plain JSON."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.intake.notebooks.cells import Cell, NotebookUnreadable, read_cells
from grader.intake.notebooks.slim import slim_notebook
from grader.intake.notebooks.statements import Statement, statements_of

__all__ = ["Notebook", "read_notebook"]

#: Beyond this, with outputs emptied (see `slim`), it is no notebook that a person wrote.
MAX_BYTES = 20 << 20
MAX_CELLS = 2000
#: Smaller ones hold no picture worth the walk.
_SLIM_FROM = 1 << 20
#: Values in a notebook; the largest real ones have a tenth of it.
_MAX_VALUES = 500_000

_MERGE = re.compile(r"^(<<<<<<<|>>>>>>>) ", re.M)


class _NoNotebook(NotebookUnreadable):
    """It is not even the JSON of a notebook."""


@dataclass(frozen=True)
class Notebook:
    """A notebook at `path` with its cells in order. `python2`: its author's kernel was Python 2.

    `unreadable` says why one that cannot be read has no cells: a predicate that follows its name. `foreign`:
    it is not even the JSON of a notebook.
    """

    path: str
    cells: tuple[Cell, ...] = ()
    python2: bool = False
    unreadable: str = ""
    foreign: bool = False

    @functools.cached_property
    def code(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind == "code"]

    @functools.cached_property
    def statements(self) -> list[Statement]:
        """The statements at the top level of its cells."""
        return statements_of(self.code)


def read_notebook(path: str, data: bytes) -> Notebook:
    """The notebook, of any nbformat from 2 to 4.5."""
    try:
        document = _document(data)
        return Notebook(path, tuple(read_cells(_cell_list(document))), _is_python2(document))
    except NotebookUnreadable as reason:
        return Notebook(path, unreadable=str(reason), foreign=isinstance(reason, _NoNotebook))


def _document(data: bytes) -> dict[str, Any]:
    """The notebook's JSON object, pictures in saved outputs emptied."""
    if len(data) > _SLIM_FROM:
        data = slim_notebook(data)
    if len(data) > MAX_BYTES:
        raise _NoNotebook(f"has {len(data) >> 20} MB; the most a notebook may have is {MAX_BYTES >> 20} MB")
    if data.count(b",") + data.count(b"[") + data.count(b"{") > _MAX_VALUES:
        raise _NoNotebook(f"holds more than {_MAX_VALUES:,} values, as no notebook does")
    text = data.decode("utf-8-sig", "replace")
    try:
        document = json.loads(text)
    except RecursionError:
        raise _NoNotebook("is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise _NoNotebook(_broken(text, error)) from None
    except ValueError as error:
        raise _NoNotebook(f"is not valid JSON: {error}") from None
    if not isinstance(document, dict):
        raise _NoNotebook("is not a notebook: its top level is no object")
    return document


def _broken(text: str, error: json.JSONDecodeError) -> str:
    """What is wrong, and in which cell as far as that is known."""
    before = text[: error.pos]
    merge = _MERGE.search(text)
    if merge is not None and merge.start() <= error.pos:
        return f"holds an unresolved Git merge (line {text.count(chr(10), 0, merge.start()) + 1})"
    cell = before.count('"cell_type"')
    near = f", near cell {cell} of it" if cell else ""
    if not text[error.pos :].strip():
        return f"is cut off: its JSON ends too early{near}"
    return f"is not valid JSON: {error.msg.lower()} (line {error.lineno}{near})"


def _cell_list(document: Mapping[str, Any]) -> list[Any]:
    cells = document.get("cells")
    if cells is None and isinstance(sheets := document.get("worksheets"), list):
        cells = []
        for sheet in sheets:
            inside = sheet.get("cells") if isinstance(sheet, dict) else None
            cells += inside if isinstance(inside, list) else []
    if not isinstance(cells, list):
        raise _NoNotebook("is not a notebook: it has no list of cells")
    if len(cells) > MAX_CELLS:
        raise NotebookUnreadable(f"has {len(cells)} cells; the most allowed is {MAX_CELLS}")
    return cells


def _is_python2(document: Mapping[str, Any]) -> bool:
    metadata = document.get("metadata")
    about = metadata if isinstance(metadata, dict) else {}
    language, kernel = about.get("language_info"), about.get("kernelspec")
    version = language.get("version") if isinstance(language, dict) else None
    if isinstance(version, str):
        return version.startswith("2")
    name = kernel.get("name") if isinstance(kernel, dict) else None
    return name == "python2" or (name is None and document.get("nbformat") in (2, 3))
