"""The lines of a submission that a report is about, as they stand in its files."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from grader.intake.notebooks.read import Notebook
from grader.intake.syntax import parsed
from grader.result import Excerpt, Where

__all__ = ["quoting"]

AROUND = 1
#: Of a range, from its first line on.
MOST = 60
LONGEST = 160
#: Only these end a line to Python, unlike to `str.splitlines`.
NEWLINE = re.compile(r"\r\n|\r|\n")
#: A line that says nothing of what is wrong in the function that begins there, unless Python cannot read it.
HEAD = re.compile(r"\s*((async\s+def\b|def\b|class\b).*[:,(]\s*(#.*)?$|@|$)")


def quoting(
    files: Mapping[str, bytes], notebooks: Iterable[Notebook] = ()
) -> Callable[[Where | None], Where | None]:
    """A function that gives a place its excerpt of a file, or of a cell, where a line or a range is known.

    It also names the function around that line.
    """
    cells = {(its.path, cell.number): cell.source for its in notebooks for cell in its.code}

    @functools.cache
    def lines(file: str, cell: int | None) -> Sequence[str]:
        text = cells.get((file, cell), "") if cell is not None else files[file].decode("utf-8", "replace")
        return NEWLINE.split(text)

    @functools.cache
    def functions(file: str, cell: int | None) -> Sequence[ast.FunctionDef]:
        tree = parsed("\n".join(lines(file, cell)))
        return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)] if tree else []

    def quoted(where: Where | None) -> Where | None:
        if where is None or where.line is None or where.file not in files:
            return where
        text = lines(where.file, where.cell)
        found = (
            _excerpt(text, where.line) if where.end_line is None else _range(text, where.line, where.end_line)
        )
        name = _around(functions(where.file, where.cell), where.line)
        return msgspec.structs.replace(where, excerpt=found, function=name)

    return quoted


def _around(functions: Iterable[ast.FunctionDef], line: int) -> str:
    """The name of the innermost function that holds the line; empty where none does."""
    holding = [node for node in functions if node.lineno <= line <= (node.end_lineno or node.lineno)]
    return max(holding, key=lambda node: node.lineno).name if holding else ""


def _excerpt(lines: Sequence[str], line: int) -> Excerpt | None:
    """The line with those around it; nothing for the head of a function."""
    if not 0 < line <= len(lines) or HEAD.match(lines[line - 1]):
        return None
    return _range(lines, max(line - AROUND, 1), line + AROUND)


def _range(lines: Sequence[str], first: int, last: int) -> Excerpt | None:
    """The lines from one to another, as many as a page can show."""
    shown = lines[first - 1 : min(last, first + MOST - 1)]
    return Excerpt(first, tuple(text.rstrip()[:LONGEST] for text in shown)) if shown else None
