"""Where each role is once definitions in cells count: as modules of their own, when the notebook uses them.

A role that both a module and a notebook define is taken from where the question's own notebook takes it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from grader.intake.editions import Edition, RoleSite
from grader.intake.notebooks.definitions import CellModule, CellModules, bindings, cell_modules
from grader.intake.notebooks.read import Notebook
from grader.intake.notebooks.statements import Kind, Statement
from grader.intake.roles import find_roles, source_text
from grader.intake.site import Absent, Site

__all__ = ["choose", "defining"]


class ChosenRoles(NamedTuple):
    """The roles, and what was added to the submission so that those in cells can be loaded as modules.

    `files` are the submission's with a module for each definition taken from a notebook; `cells` maps the
    path of such a module to its origin. `notes` tell which was taken of several.
    """

    roles: Mapping[str, Site | Absent]
    files: Mapping[str, bytes]
    cells: CellModules
    notes: tuple[str, ...]


class _CellChoice(NamedTuple):
    """A definition in cells that is graded, or passed over for the one at `module`, because of `reason`."""

    role: str
    cells: CellModule
    taken: bool
    module: str | None
    reason: str


def defining(files: Mapping[str, bytes], edition: Edition) -> list[str]:
    """The paths of the notebooks that hold a definition with the name of a role."""
    names = "|".join(sorted({site.name for site in edition.roles.values()}))
    hint = re.compile(rf"(?:def|class)[ \t]+(?:{names})\b".encode())
    paths = sorted(files, key=lambda path: (path.count("/"), path))
    return [path for path in paths if path.lower().endswith(".ipynb") and hint.search(files[path])]


def choose(
    roles: Mapping[str, Site | Absent],
    files: Mapping[str, bytes],
    edition: Edition,
    notebooks: Sequence[Notebook],
    own: Mapping[str, Notebook],
) -> ChosenRoles:
    """Each role where it is graded, in a module or in cells.

    Args:
        roles: as found in modules.
        notebooks: those that define roles.
        own: question → its notebook.
    """
    if not notebooks:
        return ChosenRoles(roles, files, CellModules(), ())
    choices = [
        choice
        for role, site in edition.roles.items()
        for choice in _choices(
            role, site.name, roles[role], notebooks, own.get(edition.question_of(role)), files
        )
    ]
    return _with_cells(roles, files, edition, choices)


def _choices(
    role: str,
    name: str,
    found: Site | Absent,
    notebooks: Sequence[Notebook],
    own: Notebook | None,
    files: Mapping[str, bytes],
) -> Iterator[_CellChoice]:
    """What is done with each notebook's definition of `name`; at most one is taken."""
    module = found.file if isinstance(found, Site) else None
    taken = False
    for notebook in sorted(notebooks, key=lambda notebook: notebook is not own):
        made = cell_modules(notebook.path, notebook.statements, [name])
        if not made or taken:
            continue
        if module is None:
            taken = True
            yield _CellChoice(role, made[0], True, None, "")
        elif notebook is own:
            taken, reason = _used_by(notebook, name, module, files)
            yield _CellChoice(role, made[0], taken, module, reason)
        else:
            reason = f"{notebook.path} is not the question's own notebook"
            yield _CellChoice(role, made[0], False, module, reason)


def _used_by(notebook: Notebook, name: str, module: str, files: Mapping[str, bytes]) -> tuple[bool, str]:
    """Whether the notebook, run from top to bottom, ends up with its own definition; and why."""
    path = notebook.path
    binding = [
        s
        for s in bindings(notebook.statements, name)
        if s.kind is not Kind.STAR or _gives(s, name, module, files)
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
    roles: Mapping[str, Site | Absent],
    files: Mapping[str, bytes],
    edition: Edition,
    choices: Sequence[_CellChoice],
) -> ChosenRoles:
    """The roles with those chosen from cells found in modules made of them."""
    taken = {choice.role: choice.cells for choice in choices if choice.taken}
    cells = CellModules({made.file: made for made in taken.values() if made.file not in files})
    all_files = {**files, **{made.file: made.source.encode("utf-8", "replace") for made in cells.values()}}
    moved = {
        role: RoleSite(taken[role].file, site.name, site.method)
        for role, site in edition.roles.items()
        if role in taken
    }
    searched = {path: data for path, data in all_files.items() if not path.lower().endswith(".ipynb")}
    found = find_roles(searched, msgspec.structs.replace(edition, roles=moved), used=cells)
    # A class in a cell that lacks the method leaves the module's, where there is one.
    in_cells = {r: f for r, f in found.items() if isinstance(f, Site) and f.file in cells}
    return ChosenRoles(
        {role: in_cells.get(role, was) for role, was in roles.items()},
        all_files,
        cells,
        tuple(_notes([c for c in choices if not c.taken or c.role in in_cells], edition)),
    )


def _notes(choices: Sequence[_CellChoice], edition: Edition) -> Iterator[str]:
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
