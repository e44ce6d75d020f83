"""The cells of a handed-in notebook, whatever its format: sources only, saved outputs are dropped.

Read leniently, from plain JSON: a notebook that Jupyter itself would refuse (a missing id, an unknown key)
still holds its author's work.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from grader.intake.outputs import slim_notebook

__all__ = [
    "Cell",
    "Notebook",
    "NotebookUnreadable",
    "RawCell",
    "plain_text",
    "raw_cells",
    "read_document",
    "read_notebook",
]

Kind = Literal["code", "markdown", "raw"]

#: Beyond this, with outputs emptied (see `grader.intake.outputs`), it is no notebook that a person wrote.
MAX_BYTES = 20 << 20
MAX_CELLS = 2000
#: Smaller ones hold no picture worth the walk.
_SLIM_FROM = 1 << 20

_SURROGATE = re.compile("[\ud800-\udfff]")
_MERGE = re.compile(r"^(<<<<<<<|>>>>>>>) ", re.M)


class NotebookUnreadable(Exception):  # noqa: N818 - a finding, told to people as it stands
    """The file is no notebook; the text is a predicate that follows its name."""


class Cell(msgspec.Struct, frozen=True):
    """One cell. `position` counts all cells from 1.

    `number` counts the code cells from 1, as Jupyter numbers them in a fresh run; None for others.
    """

    position: int
    number: int | None
    kind: Kind
    source: str


class Notebook(msgspec.Struct, frozen=True):
    """A notebook's cells in order. `python2`: its author's kernel was Python 2."""

    cells: tuple[Cell, ...]
    python2: bool = False

    @property
    def code(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.kind == "code"]


class RawCell(msgspec.Struct, frozen=True):
    """A cell and the JSON object that it was read from."""

    cell: Cell
    raw: Mapping[str, Any]


def read_notebook(data: bytes) -> Notebook:
    """The cells of any nbformat, 2 to 4.5.

    Raises:
        NotebookUnreadable: too large, no JSON, or of another form.
    """
    document = read_document(data)
    return Notebook(tuple(item.cell for item in raw_cells(document)), _is_python2(document))


def read_document(data: bytes) -> dict[str, Any]:
    """The notebook's JSON object, pictures in saved outputs emptied.

    Raises:
        NotebookUnreadable: too large, or no JSON object.
    """
    if len(data) > _SLIM_FROM:
        data = slim_notebook(data)
    if len(data) > MAX_BYTES:
        raise NotebookUnreadable(
            f"has {len(data) >> 20} MB; the most a notebook may have is {MAX_BYTES >> 20} MB"
        )
    text = data.decode("utf-8-sig", "replace")
    try:
        document = json.loads(text)
    except RecursionError:
        raise NotebookUnreadable("is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise NotebookUnreadable(_broken(text, error)) from None
    except ValueError as error:
        raise NotebookUnreadable(f"is not valid JSON: {error}") from None
    if not isinstance(document, dict):
        raise NotebookUnreadable("is not a notebook: its top level is no object")
    return document


def _broken(text: str, error: json.JSONDecodeError) -> str:
    """What is wrong, and in which cell as far as that can be told."""
    before = text[: error.pos]
    merge = _MERGE.search(text)
    if merge is not None and merge.start() <= error.pos:
        return f"holds an unresolved Git merge (line {text.count(chr(10), 0, merge.start()) + 1})"
    cell = before.count('"cell_type"')
    near = f", near cell {cell} of it" if cell else ""
    if not text[error.pos :].strip():
        return f"is cut off: its JSON ends too early{near}"
    return f"is not valid JSON: {error.msg.lower()} (line {error.lineno}{near})"


def raw_cells(document: Mapping[str, Any]) -> Iterator[RawCell]:
    """Every cell of the notebook with the JSON object it was read from.

    Raises:
        NotebookUnreadable: there is no list of cells, or one of them is no cell.
    """
    number = 0
    for position, raw in enumerate(_cell_list(document), 1):
        kind = _kind(raw, position)
        number += kind == "code"
        source = _heading(raw) + _source(raw, position)
        yield RawCell(Cell(position, number if kind == "code" else None, kind, source), raw)


def _cell_list(document: Mapping[str, Any]) -> list[Any]:
    cells = document.get("cells")
    if cells is None and isinstance(sheets := document.get("worksheets"), list):
        cells = []
        for sheet in sheets:
            inside = sheet.get("cells") if isinstance(sheet, dict) else None
            cells += inside if isinstance(inside, list) else []
    if not isinstance(cells, list):
        raise NotebookUnreadable("is not a notebook: it has no list of cells")
    if len(cells) > MAX_CELLS:
        raise NotebookUnreadable(f"has {len(cells)} cells; the most allowed is {MAX_CELLS}")
    return cells


def _kind(raw: Any, position: int) -> Kind:
    kind = raw.get("cell_type") if isinstance(raw, dict) else None
    if kind == "code":
        return "code"
    if kind in ("markdown", "heading", "html"):
        return "markdown"
    if kind in ("raw", "plaintext"):
        return "raw"
    raise NotebookUnreadable(f"is damaged: item {position} of its cells is no cell")


def _heading(raw: Mapping[str, Any]) -> str:
    """The marks that a heading cell of the old formats stands for."""
    if raw.get("cell_type") != "heading":
        return ""
    level = raw.get("level")
    return "#" * (level if type(level) is int and 0 < level < 7 else 1) + " "


def _source(raw: Mapping[str, Any], position: int) -> str:
    source = plain_text(raw.get("source", raw.get("input", "")))
    if source is None:
        raise NotebookUnreadable(f"is damaged: the source of item {position} of its cells is no text")
    return source


def plain_text(value: Any) -> str | None:
    """A text, or a list of its lines, as text that can be encoded; None for anything else."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value) if isinstance(value, str) else None


def _is_python2(document: Mapping[str, Any]) -> bool:
    metadata = document.get("metadata")
    about = metadata if isinstance(metadata, dict) else {}
    language, kernel = about.get("language_info"), about.get("kernelspec")
    version = language.get("version") if isinstance(language, dict) else None
    if isinstance(version, str):
        return version.startswith("2")
    name = kernel.get("name") if isinstance(kernel, dict) else None
    return name == "python2" or (name is None and document.get("nbformat") in (2, 3))
