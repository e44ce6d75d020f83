"""Functions and classes that a notebook defines in its cells, as modules that hold nothing else.

A module is made for each such name: its definition, and what that needs of imports, other definitions and
values that cost nothing to make. The rest of the notebook is not run. `Origin` leads from a line of the
module back to the cell.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

import msgspec

from grader.notebook.read import Notebook
from grader.notebook.statements import BUILTINS, Kind, Statement, statements_of

__all__ = ["CellModule", "Origin", "bindings", "cell_modules"]


class Origin(msgspec.Struct, frozen=True):
    """A line of a notebook: `cell` counts code cells, `line` within the cell, both from 1."""

    cell: int
    line: int


class CellModule(msgspec.Struct, frozen=True):
    """A module made of a notebook's cells for the sake of `name`, which it defines.

    `file` is its name among the submission's files; `origins[i]` is where its line i + 1 comes from.
    """

    notebook: str
    name: str
    file: str
    source: str
    origins: tuple[Origin, ...]


def cell_modules(path: str, notebook: Notebook, names: Collection[str]) -> list[CellModule]:
    """A module for each of `names` that the notebook at `path` defines, whatever else binds it later."""
    statements = statements_of(notebook.code)
    defined = {name for s in statements if s.kind is Kind.DEFINITION for name in s.binds}
    return [_module(path, name, statements) for name in names if name in defined]


def bindings(notebook: Notebook, name: str) -> list[Statement]:
    """The statements that give `name` a meaning in the notebook, in order; one `import *` counts as well."""
    return [s for s in statements_of(notebook.code) if name in s.binds or s.kind is Kind.STAR]


def _module(path: str, name: str, statements: Sequence[Statement]) -> CellModule:
    chosen = _needed(name, statements)
    lines: list[str] = []
    origins: list[Origin] = []
    for statement in (*_future(statements), *(statements[i] for i in sorted(chosen))):
        lines += statement.lines
        origins += [Origin(statement.cell, statement.line + i) for i in range(len(statement.lines))]
    # Letters only: the worker's loader takes dots for folders.
    file = re.sub(r"\W", "_", f"{path}_{name}") + ".py"
    return CellModule(path, name, file, "\n".join(lines) + "\n", tuple(origins))


def _future(statements: Sequence[Statement]) -> Iterator[Statement]:
    """The `__future__` imports of any cell: they must come first, and hold for all that follows."""
    return (s for s in statements if s.kind is Kind.FUTURE)


def _needed(name: str, statements: Sequence[Statement]) -> set[int]:
    """The indices of the statements that the definition of `name` needs, its own among them."""
    binding: dict[str, list[int]] = {}
    for i, statement in enumerate(statements):
        for bound in statement.binds if statement.kind in _USABLE else ():
            binding.setdefault(bound, []).append(i)
    own = [i for i in binding.get(name, ()) if statements[i].kind is Kind.DEFINITION]
    chosen: set[int] = set()
    pending = own[-1:]
    unknown = False
    while pending:
        i = pending.pop()
        if i in chosen:
            continue
        chosen.add(i)
        for used in statements[i].uses | _reopened(statements[i]):
            before = used in statements[i].early
            found = [j for j in binding.get(used, ()) if not before or j < i]
            unknown = unknown or not (found or used in BUILTINS)
            pending += found[-1:]
        pending += _attached(statements, statements[i].binds)
    if unknown:
        chosen |= {i for i, s in enumerate(statements) if s.kind is Kind.STAR}
    return chosen


_USABLE = (Kind.DEFINITION, Kind.CONSTANT, Kind.IMPORT)


def _reopened(statement: Statement) -> frozenset[str]:
    """The statement's own names where it builds on an earlier meaning: `class Net(Net):`."""
    return statement.binds & statement.early


def _attached(statements: Sequence[Statement], names: Collection[str]) -> list[int]:
    """`Net.loss = loss`: what is added to a definition after it was made."""
    return [
        i
        for i, s in enumerate(statements)
        if s.kind is Kind.CONSTANT and not s.binds and any(_assigns_attribute(s, name) for name in names)
    ]


def _assigns_attribute(statement: Statement, name: str) -> bool:
    return re.match(rf"{re.escape(name)}\.\w+\s*=[^=]", statement.lines[0]) is not None
