"""A notebook's cells, read from its JSON: sources, and of what was saved the texts and pasted pictures.

Read leniently: a notebook that Jupyter itself would refuse (a missing id, an unknown key) still holds its
author's work.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import msgspec

__all__ = ["Cell", "NotebookUnreadable", "read_cells"]

Kind = Literal["code", "markdown", "raw"]

#: Characters of a cell's output that are kept; real trainings print some 2,000.
_TEXT = 8000
_OUTPUTS = 200
_PICTURES = ("image/png", "image/jpeg", "image/gif")
_MOST_PICTURES = 2 << 20
_SURROGATE = re.compile("[\ud800-\udfff]")


class NotebookUnreadable(Exception):  # noqa: N818 - a finding, shown as it stands
    """The file is no notebook, or a damaged one; the text is a predicate that follows its name."""


class Cell(msgspec.Struct, frozen=True):
    """One cell. `position` counts all cells from 1.

    `number` counts the code cells from 1, as Jupyter numbers them in a fresh run; 0 for others. What was
    saved of a code cell: `count`, Jupyter's number of the run, `printed`, and `error`, the type and text of
    the exception that ended it. `pictures`: what was pasted into a text cell, by name and type.
    """

    position: int
    number: int
    kind: Kind
    source: str
    count: int | None = None
    printed: str = ""
    error: str = ""
    pictures: Mapping[str, Mapping[str, str]] = {}


def read_cells(found: Iterable[Any]) -> Iterator[Cell]:
    """The cells of a notebook's list of JSON objects.

    Raises:
        NotebookUnreadable: one of them is no cell.
    """
    number = 0
    for position, raw in enumerate(found, 1):
        kind = _kind(raw, position)
        source = _heading(raw) + _source(raw, position)
        if kind == "code":
            number += 1
            yield Cell(position, number, kind, source, _count(raw), *_saved(raw))
        else:
            yield Cell(position, 0, kind, source, pictures=_pictures(raw))


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
    source = _plain_text(raw.get("source", raw.get("input", "")))
    if source is None:
        raise NotebookUnreadable(f"is damaged: the source of item {position} of its cells is no text")
    return source


def _plain_text(value: Any) -> str | None:
    """A text, or a list of its lines, as text that can be encoded; None for anything else."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "".join(value)
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value) if isinstance(value, str) else None


def _count(raw: Mapping[str, Any]) -> int | None:
    count = raw.get("execution_count", raw.get("prompt_number"))
    return count if type(count) is int else None


def _saved(raw: Mapping[str, Any]) -> tuple[str, str]:
    """What a code cell printed, and the exception that ended it."""
    outputs = raw.get("outputs")
    kept = [o for o in outputs[:_OUTPUTS] if isinstance(o, dict)] if isinstance(outputs, list) else []
    printed = [text.rstrip("\n") for output in kept if (text := _printed(output))]
    errors = (_error(output) for output in kept if output.get("output_type") in ("error", "pyerr"))
    return "\n".join(printed)[:_TEXT], next(errors, "")


def _printed(output: Mapping[str, Any]) -> str:
    """The text of a stream or of a result; nothing of what is drawn."""
    if output.get("output_type") == "stream":
        return "" if output.get("name") == "stderr" else _plain_text(output.get("text")) or ""
    if output.get("output_type") in ("execute_result", "pyout"):
        data = output.get("data")
        result = data.get("text/plain") if isinstance(data, dict) else output.get("text")
        return _plain_text(result) or ""
    return ""


def _error(output: Mapping[str, Any]) -> str:
    kind = _plain_text(output.get("ename")) or "an error"
    first = (_plain_text(output.get("evalue")) or "").strip().splitlines()[:1]
    return ": ".join([kind[:80], *(line[:120] for line in first)])


def _pictures(raw: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    found = raw.get("attachments")
    kept: dict[str, dict[str, str]] = {}
    size = 0
    for name, forms in found.items() if isinstance(found, dict) else ():
        for kind, data in forms.items() if isinstance(forms, dict) else ():
            size += len(data) if isinstance(data, str) else 0
            if kind in _PICTURES and isinstance(data, str) and size <= _MOST_PICTURES:
                kept[name] = {kind: data if re.fullmatch(r"[A-Za-z0-9+/=\s]*", data) else ""}
    return kept
