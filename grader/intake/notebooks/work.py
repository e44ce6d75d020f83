"""Where each role is once definitions in cells count: as modules of their own, when the notebook uses them.

A role that both a module and a notebook define is taken from where the question's own notebook takes it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from grader.intake.editions import Edition, RoleSite, question_of
from grader.intake.notebooks.by_question import find_notebooks
from grader.intake.notebooks.definitions import CellModule, bindings, cell_modules
from grader.intake.notebooks.read import NotebookUnreadable, read_notebook
from grader.intake.notebooks.statements import Kind, Statement, statements_of
from grader.intake.roles import Absent, FoundRole, find_roles, source_text
from grader.result import Where

__all__ = ["FoundWork", "find_work"]


class FoundWork(msgspec.Struct, frozen=True):
    """The roles, and what was added to the submission so that those in cells can be loaded as modules.

    `files` are the submission's with a module for each definition taken from a notebook; `cells` maps the
    path of such a module to its origin. `notes` tell which was taken of several.
    """

    roles: dict[str, FoundRole | Absent]
    files: Mapping[str, bytes]
    cells: Mapping[str, CellModule]
    notes: tuple[str, ...]

    def place(self, where: Where | None) -> Where | None:
        """The place in the notebook for one in a module that was made of its cells."""
        module = self.cells.get(where.file) if where is not None else None
        if where is None or module is None:
            return where
        if where.line is None or not 0 < where.line <= len(module.origins):
            return Where(module.notebook)
        origin = module.origins[where.line - 1]
        return Where(module.notebook, origin.line, origin.cell)

    def told(self, text: str) -> str:
        """The text with the notebook's name in the place of such a module's."""
        for file, module in self.cells.items():
            text = text.replace(file, module.notebook)
        return text


class _Choice(NamedTuple):
    """A definition in cells that is graded, or passed over for the one at `module`, because of `reason`."""

    role: str
    cells: CellModule
    taken: bool
    module: str | None
    reason: str


def find_work(files: Mapping[str, bytes], edition: Edition, ignored: Mapping[str, str]) -> FoundWork:
    """Each role of the edition: where the submission has it, in a module or in cells."""
    modules = {path: data for path, data in files.items() if not path.lower().endswith(".ipynb")}
    roles = find_roles(modules, edition, ignored)
    notebooks = dict(_defining(files, edition))
    if not notebooks:
        return FoundWork(roles, files, {}, ())
    own = find_notebooks(files, edition)
    choices = [
        choice
        for role, site in edition.roles.items()
        for choice in _choices(role, site.name, roles[role], notebooks, own.get(question_of(role)), files)
    ]
    return _with_cells(roles, files, edition, choices)


def _defining(files: Mapping[str, bytes], edition: Edition) -> Iterator[tuple[str, list[Statement]]]:
    """The notebooks with a definition that has the name of a role, taken apart."""
    names = "|".join(sorted({site.name for site in edition.roles.values()}))
    hint = re.compile(rf"(?:def|class)[ \t]+(?:{names})\b".encode())
    for path in sorted(files, key=lambda path: (path.count("/"), path)):
        if path.lower().endswith(".ipynb") and hint.search(files[path]):
            try:
                yield path, statements_of(read_notebook(files[path]).code)
            except NotebookUnreadable:
                continue


def _choices(
    role: str,
    name: str,
    found: FoundRole | Absent,
    notebooks: Mapping[str, Sequence[Statement]],
    own: str | None,
    files: Mapping[str, bytes],
) -> Iterator[_Choice]:
    """What is done with each notebook's definition of `name`; at most one is taken."""
    module = found.home if isinstance(found, FoundRole) else None
    taken = False
    for path in sorted(notebooks, key=lambda path: path != own):
        made = cell_modules(path, notebooks[path], [name])
        if not made or taken:
            continue
        if module is None:
            taken = True
            yield _Choice(role, made[0], True, None, "")
        elif path == own:
            taken, reason = _used_by(path, notebooks[path], name, module, files)
            yield _Choice(role, made[0], taken, module, reason)
        else:
            yield _Choice(role, made[0], False, module, f"{path} is not the question's own notebook")


def _used_by(
    path: str, statements: Sequence[Statement], name: str, module: str, files: Mapping[str, bytes]
) -> tuple[bool, str]:
    """Whether the notebook, run from top to bottom, ends up with its own definition; and why."""
    binding = [
        s for s in bindings(statements, name) if s.kind is not Kind.STAR or _gives(s, name, module, files)
    ]
    last = binding[-1]
    if last.kind in (Kind.IMPORT, Kind.STAR):
        return False, f"{path} imports it after its own, in cell {last.cell}"
    if any(s.kind in (Kind.IMPORT, Kind.STAR) for s in binding):
        return True, f"{path} defines it after the import, in cell {last.cell}"
    return True, f"{path} does not import the module's"


def _gives(star: Statement, name: str, module: str, files: Mapping[str, bytes]) -> bool:
    """Whether `from … import *` binds the `name` that `module` defines: directly, or through its package."""
    package, stem = posixpath.dirname(module), posixpath.basename(module).removesuffix(".py")
    init = source_text(files.get(f"{package}/__init__.py", b""))
    passes_on = re.search(rf"\b{re.escape(stem)}\s+import\b[^\n]*(?:\*|\b{re.escape(name)}\b)", init)
    dotted = module.removesuffix(".py").replace("/", ".")
    return dotted in star.sources or (package.replace("/", ".") in star.sources and passes_on is not None)


def _with_cells(
    roles: Mapping[str, FoundRole | Absent],
    files: Mapping[str, bytes],
    edition: Edition,
    choices: Sequence[_Choice],
) -> FoundWork:
    """The roles with those chosen from cells found in modules made of them."""
    taken = {choice.role: choice.cells for choice in choices if choice.taken}
    cells = {made.file: made for made in taken.values() if made.file not in files}
    all_files = {**files, **{made.file: made.source.encode("utf-8", "replace") for made in cells.values()}}
    moved = {
        role: RoleSite(taken[role].file, site.name, site.method)
        for role, site in edition.roles.items()
        if role in taken
    }
    searched = {path: data for path, data in all_files.items() if not path.lower().endswith(".ipynb")}
    found = find_roles(searched, msgspec.structs.replace(edition, roles=moved), used=cells)
    # A class in a cell that lacks the method leaves the module's, where there is one.
    in_cells = {r: f for r, f in found.items() if isinstance(f, FoundRole) and f.home in cells}
    return FoundWork(
        {role: in_cells.get(role, was) for role, was in roles.items()},
        all_files,
        cells,
        tuple(_notes([c for c in choices if not c.taken or c.role in in_cells], edition)),
    )


def _notes(choices: Sequence[_Choice], edition: Edition) -> Iterator[str]:
    """One line for the definitions that share a notebook, a module and a reason."""
    groups: dict[tuple[str, bool, str | None, str], list[str]] = {}
    for choice in choices:
        key = (choice.cells.notebook, choice.taken, choice.module, choice.reason)
        groups.setdefault(key, []).append(edition.roles[choice.role].name)
    for (notebook, taken, module, reason), names in groups.items():
        which = ", ".join(dict.fromkeys(names))
        if module is None:
            yield f"defined in the cells of {notebook}: {which}"
        else:
            winner = "the notebook's" if taken else "the module's"
            yield f"{which}: in {module} and in {notebook}; {winner} was graded, because {reason}"
