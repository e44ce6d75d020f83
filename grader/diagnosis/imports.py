"""A module that is not there may be a misspelt one, which is asked, or was not handed in, which is told."""

from __future__ import annotations

import ast
import difflib
import posixpath
import re
from collections.abc import Iterable, Iterator

from grader.diagnosis.attribution import Attributed, Attribution, Case
from grader.diagnosis.source import parse_module
from grader.result import CheckResult

__all__ = ["explain_imports"]

#: From here on a name is a slip of the keyboard: `nunpy` is at 0.8, `numba` at 0.55.
_LIKE = 0.75
#: What a package that was handed in lacks.
_NOT_IN_PACKAGE = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")
_STOPPED_FOR = ("NameError", "ModuleNotFoundError", "ImportError")


def explain_imports(case: Case) -> Attribution:
    """Where code stops for want of a name or module: a module not handed in, or perhaps a misspelt import."""
    files = [site.where.file for site in case.student.sites.values() if site.where is not None]
    known = case.modules | {file.removesuffix(".py").replace("/", ".") for file in files}
    stopped = [one for one in case.results if one.error_type in _STOPPED_FOR]
    found = {one.id: _lacking(one, case, known) or _guess(one, case, known) for one in stopped}
    return Attribution(checks={id: each for id, each in found.items() if each is not None})


def _lacking(result: CheckResult, case: Case, known: Iterable[str]) -> Attributed | None:
    """The modules of the work that were not handed in and that the code cannot do without."""
    message = result.message or ""
    wanted = {name for name in case.student.absent_modules if f"{name}." in message} | _starred(result, case)
    wanted |= {f"{package}.{name}" for name, package in _NOT_IN_PACKAGE.findall(message)}
    files = [f"{name.replace('.', '/')}.py" for name in sorted(wanted) if name in known]
    if not files:
        return None
    named, site = " and ".join(files), case.student.sites.get(result.role)
    return Attributed(
        message=f"not handed in, though called here: {named}",
        help=f"hand in {named} as well",
        where=site.where if site is not None else None,
    )


def _starred(result: CheckResult, case: Case) -> set[str]:
    """The absent modules of which a file imports all names, where it stops for want of one."""
    file, absent = result.where.file if result.where else "", case.student.absent_modules
    if result.error_type != "NameError" or not absent:
        return set()
    module = parse_module(case.source(file) or "")
    found = _imported(module, file) if module is not None else ()
    return {name for name, _, starred in found if starred and name in absent}


def _guess(result: CheckResult, case: Case, known: Iterable[str]) -> Attributed | None:
    """What was probably meant by the imports of a file that lead nowhere; None when nothing is like them."""
    file, absent = result.where.file if result.where else "", case.student.absent_modules
    module = parse_module(case.source(file) or "") if absent else None
    guesses = []
    for name, line, _ in _imported(module, file) if module is not None else ():
        is_slip = name in absent and name not in known
        like = difflib.get_close_matches(name, known, n=1, cutoff=_LIKE) if is_slip else []
        guesses += [
            f"line {line} imports `{name}`, which is not there: did you mean `{one}`?" for one in like
        ]
    return Attributed(help="; ".join(guesses)) if guesses else None


def _imported(module: ast.Module, file: str) -> Iterator[tuple[str, int, bool]]:
    """The full names of the modules that a file imports, with their lines, and whether all names are."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno, False) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            folder = posixpath.dirname(file).split("/")
            above = folder[: len(folder) - node.level + 1] if node.level else []
            name = ".".join([*above, *([node.module] if node.module else [])])
            yield name, node.lineno, node.names[0].name == "*"
