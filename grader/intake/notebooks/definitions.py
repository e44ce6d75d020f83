"""Functions and classes that a notebook defines in its cells, as modules that hold nothing else.

A module is made for each such name: its definition, and what that needs of imports, other definitions and
values that cost nothing to make. The rest of the notebook is not run. `Origin` leads from a line of the
module back to the cell.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Collection, Sequence

import msgspec

from grader.intake.notebooks.statements import BUILTINS, Kind, Statement
from grader.result import Excerpt, Where

__all__ = ["CellModule", "CellModules", "Origin", "bindings", "cell_modules"]


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


class CellModules(dict[str, CellModule]):
    """The modules made of a submission's cells, by their names among its files."""

    def place(self, where: Where | None) -> Where | None:
        """The place in the notebook for one in a module that was made of its cells."""
        module = self.get(where.file) if where is not None else None
        if where is None or module is None:
            return where
        if where.line is None or not 0 < where.line <= len(module.origins):
            return Where(module.notebook)
        origin = module.origins[where.line - 1]
        # A function stands in one cell.
        more = 0 if where.end_line is None else where.end_line - where.line
        end_line = origin.line + more if more else None
        return Where(module.notebook, origin.line, origin.cell, end_line, _of_cell(where, module))

    def text(self, text: str) -> str:
        """The text with the notebook's name, and its cell and line, in the place of such a module's."""

        def shown(found: re.Match[str]) -> str:
            place = self.place(Where(found[1], int(found[2])))
            assert place is not None
            return place.file + (f", cell {place.cell}, line {place.line}" if place.cell else "")

        for file, module in self.items():
            text = re.sub(rf"({re.escape(file)}):(\d{{1,6}})\b", shown, text)
            text = text.replace(file, module.notebook)
        return text


def _of_cell(where: Where, module: CellModule) -> Excerpt | None:
    """The excerpt at a place in that module, in the numbers of its cell and without lines of others."""
    if where.excerpt is None or where.line is None:
        return None
    origin = module.origins[where.line - 1]
    kept = []
    for number, text in enumerate(where.excerpt.lines, where.excerpt.first):
        at = Origin(origin.cell, origin.line + number - where.line)
        if number <= len(module.origins) and module.origins[number - 1] == at:
            kept.append((at.line, text))
    return Excerpt(kept[0][0], tuple(text for _, text in kept))


def cell_modules(path: str, statements: Sequence[Statement], names: Collection[str]) -> list[CellModule]:
    """A module for each of `names` that the notebook at `path` defines, whatever else binds it later."""
    defined = {name for s in statements if s.kind is Kind.DEFINITION for name in s.binds}
    return [_module(path, name, statements) for name in names if name in defined]


def bindings(statements: Sequence[Statement], name: str) -> list[Statement]:
    """The statements that give `name` a meaning in the notebook, in order; one `import *` counts as well."""
    return [s for s in statements if name in s.binds or s.kind is Kind.STAR]


def _module(path: str, name: str, statements: Sequence[Statement]) -> CellModule:
    chosen = _needed(name, statements)
    lines: list[str] = []
    origins: list[Origin] = []
    # They must come first, and hold for all that follows.
    future = [statement for statement in statements if statement.kind is Kind.FUTURE]
    for statement in (*future, *(statements[i] for i in sorted(chosen))):
        lines += statement.lines
        origins += [Origin(statement.cell, statement.line + i) for i in range(len(statement.lines))]
    # Letters only: the worker's loader takes dots for folders.
    file = re.sub(r"\W", "_", f"{path}_{name}") + ".py"
    return CellModule(path, name, file, "\n".join(lines) + "\n", tuple(origins))


class _Index:
    """Where names get a meaning that a module can hold, and where something is attached to them."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self.bound: dict[str, list[int]] = {}
        self.attached: dict[str, list[int]] = {}
        for i, statement in enumerate(statements):
            for name in statement.binds if statement.kind in _USABLE else ():
                self.bound.setdefault(name, []).append(i)
            onto = _ATTACHES.match(statement.lines[0]) if statement.kind is Kind.CONSTANT else None
            if onto is not None:
                self.attached.setdefault(onto[1], []).append(i)

    def last(self, name: str, before: int | None = None) -> list[int]:
        """The last statement that binds `name`, of all or of those above another; empty if there is none."""
        found = self.bound.get(name, [])
        end = len(found) if before is None else bisect.bisect_left(found, before)
        return found[end - 1 : end] if end else []


_USABLE = (Kind.DEFINITION, Kind.CONSTANT, Kind.IMPORT)
#: `Net.loss = loss`: added to a definition after it was made.
_ATTACHES = re.compile(r"([A-Za-z_]\w*)\.\w+\s*=[^=]")


def _needed(name: str, statements: Sequence[Statement]) -> set[int]:
    """The indices of the statements that the definition of `name` needs, its own among them."""
    index = _Index(statements)
    own = [i for i in index.bound.get(name, ()) if statements[i].kind is Kind.DEFINITION]
    chosen: set[int] = set()
    pending = own[-1:]
    unknown = False
    while pending:
        i = pending.pop()
        if i in chosen:
            continue
        chosen.add(i)
        # A name of its own counts where it builds on an earlier meaning: `class Net(Net):`.
        for used in statements[i].uses | (statements[i].binds & statements[i].early):
            found = index.last(used, before=i if used in statements[i].early else None)
            unknown = unknown or not (found or used in BUILTINS)
            pending += found
        for bound in statements[i].binds:
            pending += index.attached.get(bound, ())
    if unknown:
        chosen |= {i for i, s in enumerate(statements) if s.kind is Kind.STAR}
    return chosen
