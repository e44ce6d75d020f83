"""Names that Python and NumPy no longer have: what they stood for, and what to write today.

Runs inside the wall: the standard library and numpy only. Each use is noted.
"""

from __future__ import annotations

import ast
import builtins
import collections
import collections.abc
import functools
import importlib
import itertools
import math
import string
import sys
import types
import typing
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from .supplied import asked_by_submission, note_here
from .trees import walk

__all__ = ["install", "notes", "python2_names"]

#: Built-in names of Python 2, each with its meaning and what to write.
_PYTHON2: dict[str, tuple[Any, str]] = {
    "xrange": (range, "range"),
    "unicode": (str, "str"),
    "basestring": (str, "str"),
    "long": (int, "int"),
    "unichr": (chr, "chr"),
    "raw_input": (input, "input"),
    "reduce": (functools.reduce, "from functools import reduce"),
    "reload": (importlib.reload, "from importlib import reload"),
    "cmp": (lambda a, b: (a > b) - (a < b), "(a > b) - (a < b)"),
    "StandardError": (Exception, "Exception"),
}
_ITERTOOLS: dict[str, tuple[Any, str]] = {
    "izip": (zip, "zip"),
    "imap": (map, "map"),
    "ifilter": (filter, "filter"),
    "izip_longest": (itertools.zip_longest, "itertools.zip_longest"),
}
_SYS: dict[str, tuple[Any, str]] = {"maxint": (sys.maxsize, "sys.maxsize")}
_STRING: dict[str, tuple[Any, str]] = {
    "letters": (string.ascii_letters, "string.ascii_letters"),
    "join": (lambda words, between=" ": between.join(words), "' '.join(words)"),
}
_COLLECTIONS: dict[str, tuple[Any, str]] = {
    name: (getattr(collections.abc, name), f"from collections.abc import {name}")
    for name in ("Iterable", "Iterator", "Mapping", "MutableMapping", "Sequence", "Callable", "Hashable")
}
#: `np.bool` stays away: putting it back breaks NumPy 2 and SciPy.
_NUMPY: dict[str, tuple[Any, str]] = {
    "float": (float, "float"),
    "int": (int, "int"),
    "object": (object, "object"),
    "str": (str, "str"),
    "long": (int, "int"),
    "complex": (complex, "complex"),
    "unicode": (str, "str"),
    "bool8": (np.bool_, "np.bool_"),
    "float_": (np.float64, "np.float64"),
    "longfloat": (np.longdouble, "np.longdouble"),
    "complex_": (np.complex128, "np.complex128"),
    "string_": (np.bytes_, "np.bytes_"),
    "unicode_": (np.str_, "np.str_"),
    "int0": (np.intp, "np.intp"),
    "uint0": (np.uintp, "np.uintp"),
    "mat": (np.asmatrix, "np.asmatrix"),
    "NaN": (np.nan, "np.nan"),
    "NAN": (np.nan, "np.nan"),
    "Inf": (np.inf, "np.inf"),
    "PINF": (np.inf, "np.inf"),
    "infty": (np.inf, "np.inf"),
    "Infinity": (np.inf, "np.inf"),
    "NINF": (-np.inf, "-np.inf"),
    "PZERO": (0.0, "0.0"),
    "NZERO": (-0.0, "-0.0"),
    "asfarray": (lambda a: np.asarray(a, dtype=np.float64), "np.asarray(a, dtype=float)"),
    "trapz": (getattr(np, "trapezoid", None), "np.trapezoid"),
    "product": (np.prod, "np.prod"),
    "cumproduct": (np.cumprod, "np.cumprod"),
    "alltrue": (np.all, "np.all"),
    "sometrue": (np.any, "np.any"),
    "row_stack": (np.vstack, "np.vstack"),
    "in1d": (np.isin, "np.isin"),
    "round_": (np.round, "np.round"),
    "rank": (np.ndim, "np.ndim"),
    "asscalar": (lambda a: a.item(), "a.item()"),
    "msort": (lambda a: np.sort(a, axis=0), "np.sort(a, axis=0)"),
    "math": (math, "import math"),
    "warnings": (warnings, "import warnings"),
}


_ALL: tuple[tuple[types.ModuleType, dict[str, tuple[Any, str]], str], ...] = (
    (itertools, _ITERTOOLS, "Python 3"),
    (sys, _SYS, "Python 3"),
    (string, _STRING, "Python 3"),
    (collections, _COLLECTIONS, "Python 3.10"),
    (np, _NUMPY, "NumPy"),
)


def notes() -> Iterator[str]:
    """All that can be noted here, without the place."""
    for name in _PYTHON2:
        yield _of_python2(name)
    for module, gone, since in _ALL:
        for name in gone:
            yield _gone_from(module, name, since, gone[name][1])


def _of_python2(name: str) -> str:
    return f"{name}, which Python 3 lacks, was supplied; write {_PYTHON2[name][1]}"


def _gone_from(module: types.ModuleType, name: str, since: str, cure: str) -> str:
    called = "np" if module is np else module.__name__
    return f"used {called}.{name}, which {since} no longer has; write {cure}"


def install() -> None:
    """Answer for the names that are absent today."""
    for name, (value, _) in _PYTHON2.items():
        if not hasattr(builtins, name):
            setattr(builtins, name, value)
    if not hasattr(typing, "override"):
        typing.override = lambda method: method  # type: ignore[attr-defined]
    for module, gone, since in _ALL:
        _answer_for(module, gone, since)


def python2_names(tree: ast.Module) -> Iterator[str]:
    """What to note of the built-in names of Python 2 that a module uses and does not define."""
    names = [node for node in walk(tree) if isinstance(node, ast.Name)]
    used = {node.id for node in names if isinstance(node.ctx, ast.Load)} & _PYTHON2.keys()
    if used:
        used -= {node.id for node in names if not isinstance(node.ctx, ast.Load)} | set(_bound(tree))
    for name in sorted(used):
        yield _of_python2(name)


def _bound(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg


def _answer_for(module: types.ModuleType, gone: dict[str, tuple[Any, str]], since: str) -> None:
    """Answer through the module's own `__getattr__`, so that each use is noted."""
    original = module.__dict__.get("__getattr__")

    def lookup(name: str) -> Any:
        try:
            return _still_there(module, original, name)
        except AttributeError:
            if name not in gone:
                raise
        value, cure = gone[name]
        if asked_by_submission():
            note_here(_gone_from(module, name, since, cure))
        return value

    module.__dict__["__getattr__"] = lookup


def _still_there(module: types.ModuleType, original: Any, name: str) -> Any:
    if original is None:
        raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return original(name)
