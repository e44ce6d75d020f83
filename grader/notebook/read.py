"""The cells of a handed-in notebook, whatever its format: sources only, saved outputs are dropped."""

from __future__ import annotations

import json
from typing import Any, Literal

import msgspec

__all__ = ["Cell", "Notebook", "NotebookUnreadable", "read_notebook"]

Kind = Literal["code", "markdown", "raw"]

#: Beyond this, with outputs emptied (see `grader.outputs`), it is no notebook that a person wrote.
MAX_BYTES = 20 << 20
MAX_CELLS = 2000


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


def read_notebook(data: bytes) -> Notebook:
    """The cells of any nbformat, 2 to 4.

    Raises:
        NotebookUnreadable: too large, no JSON, or of another form.
    """
    if len(data) > MAX_BYTES:
        raise NotebookUnreadable(
            f"has {len(data) >> 20} MB; the most a notebook may have is {MAX_BYTES >> 20} MB"
        )
    try:
        document = json.loads(data.decode("utf-8-sig", "replace"))
    except RecursionError:
        raise NotebookUnreadable("is nested too deeply") from None
    except ValueError as error:
        raise NotebookUnreadable(f"is not valid JSON: {error}") from None
    if not isinstance(document, dict):
        raise NotebookUnreadable("is not a notebook: its top level is no object")
    cells: list[Cell] = []
    for position, raw in enumerate(_raw_cells(document), 1):
        kind = _kind(raw, position)
        number = sum(cell.kind == "code" for cell in cells) + 1 if kind == "code" else None
        cells.append(Cell(position, number, kind, _source(raw, position)))
    return Notebook(tuple(cells), _is_python2(document))


def _raw_cells(document: dict[str, Any]) -> list[Any]:
    cells = document.get("cells")
    if cells is None and isinstance(sheets := document.get("worksheets"), list):
        cells = [cell for sheet in sheets if isinstance(sheet, dict) for cell in sheet.get("cells") or ()]
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


def _source(raw: dict[str, Any], position: int) -> str:
    source = raw.get("source", raw.get("input", ""))
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    if not isinstance(source, str):
        raise NotebookUnreadable(f"is damaged: the source of item {position} of its cells is no text")
    return source


def _is_python2(document: dict[str, Any]) -> bool:
    metadata = document.get("metadata")
    about = metadata if isinstance(metadata, dict) else {}
    language, kernel = about.get("language_info"), about.get("kernelspec")
    version = language.get("version") if isinstance(language, dict) else None
    if isinstance(version, str):
        return version.startswith("2")
    name = kernel.get("name") if isinstance(kernel, dict) else None
    return name == "python2" or (name is None and document.get("nbformat") in (2, 3))
