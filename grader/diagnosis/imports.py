"""A module that is not there may be a misspelt one: what was probably meant, told as a guess."""

from __future__ import annotations

import ast
import difflib
import posixpath
import re
from collections.abc import Iterable, Iterator

import msgspec

from grader.diagnosis.causes import Causes, Source, replaced
from grader.diagnosis.source import parse_module
from grader.result import Verdict
from grader.student.calls import Student

__all__ = ["explain_imports"]

#: What the course's code imports, beside its own modules.
_LIBRARIES = {
    "numpy",
    "numpy.linalg",
    "numpy.random",
    "scipy",
    "scipy.spatial",
    "scipy.special",
    "scipy.stats",
    "matplotlib",
    "matplotlib.pyplot",
    "past.builtins",
    "future.utils",
    "six",
    *("builtins", "collections", "itertools", "math", "os", "pickle", "platform", "random", "sys", "time"),
}
_SUPPORT = (
    "classifiers",
    "data_utils",
    "features",
    "gradient_check",
    "layer_utils",
    "layers",
    "optim",
    "solver",
)
#: From here on a name is a slip of the keyboard: `nunpy` is at 0.8, `numba` at 0.55.
_LIKE = 0.75
_NOT_THERE = re.compile(r"the module (\S+) is not available here|No module named '([^']+)'")
_STOPPED_FOR = re.compile(r"NameError: |No module named '|the library is not available|cannot import name ")


def explain_imports(causes: Causes, student: Student, source: Source) -> None:
    """Where code stops for want of a name or module, ask whether a misspelt import is behind it."""
    files = {file for site in student.sites.values() if (file := site.defined_in or site.file) is not None}
    texts = [*student.notes, *(finding.result.message for finding in causes.findings)]
    absent = {name for text in texts for found in _NOT_THERE.findall(text) for name in found if name}
    for i, finding in enumerate(causes.findings):
        result = finding.result
        if result.verdict is Verdict.ERROR and result.where and _STOPPED_FOR.search(result.message):
            guess = _guess(result.where.file, absent, _known(files), source)
            changed = msgspec.structs.replace(result, help=guess or result.help)
            causes.findings[i] = replaced(finding, changed)


def _guess(file: str, absent: set[str], known: Iterable[str], source: Source) -> str:
    """What was probably meant by the imports of a file that lead nowhere; empty when nothing is like them."""
    module = parse_module(source(file) or "")
    guesses = []
    for name, line in _imported(module, file) if module is not None and absent else ():
        like = difflib.get_close_matches(name, known, n=1, cutoff=_LIKE) if name in absent else []
        guesses += [
            f"line {line} imports `{name}`, which is not there: did you mean `{one}`?" for one in like
        ]
    return "; ".join(guesses)


def _known(files: Iterable[str]) -> set[str]:
    own = {file.removesuffix(".py").replace("/", ".") for file in files}
    return own | {f"cs231n.{name}" for name in _SUPPORT} | _LIBRARIES


def _imported(module: ast.Module, file: str) -> Iterator[tuple[str, int]]:
    """The full names of the modules that a file imports, with their lines."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            folder = posixpath.dirname(file).split("/")
            above = folder[: len(folder) - node.level + 1] if node.level else []
            yield ".".join([*above, *([node.module] if node.module else [])]), node.lineno
