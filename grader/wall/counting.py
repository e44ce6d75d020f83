"""Code that counts its own steps: each turn of a loop or a comprehension, and each entry of a function.

The count is compiled into all code of a submission, whoever runs it and in whichever thread. It only goes
forward, and functions hold what counts among their constants. What iterates in C and calls a function for
each item (`map`, `reduce`, `np.vectorize`) counts these calls. Code that is built of text while it runs would
not count; that it was built is on record. Runs inside the wall: the standard library and numpy only.
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib.machinery
import itertools
import os
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .places import ROOT
from .trees import walk

__all__ = ["bound", "counting", "install", "not_counted", "steps"]

#: Names that the submission rebinds are not those of the functions here.
__builtins__ = dict(vars(builtins))  # type: ignore[assignment]

_steps, _built, _asked = itertools.count(1), itertools.count(1), itertools.count(1)
#: Stands for what counts until the code is compiled; in no text of a person's.
_MARK = "\0one more step\0"
#: Stands for what makes a function count its calls, and the one that is the `key` of a mapping.
_MARK_OF_CALLED = "\0each call of it\0"
_MARK_OF_MAPPING = "\0each call of its key\0"
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_normal = os.path.normpath
_LIBRARY = f"{Path(os.__file__).parent}{os.sep}"
_OURS = f"{Path(__file__).parent}{os.sep}"
#: The folders of installed packages.
_INSTALLED: list[str] = []
#: Events of code that comes into being.
_BUILDING = frozenset(["compile", "exec", "code.__new__", "function.__new__", "marshal.loads"])
#: Parameters that are functions; functions that only turn an item into something else.
_CALLED = frozenset(["function", "func", "func1d", "pyfunc", "predicate", "key"])
_CONVERTERS: tuple[Any, ...] = (int, float, bool, str)
_IMPORTING = "<frozen importlib"
#: What Python itself reads modules with.
_LOADERS = (
    importlib.machinery.SourceFileLoader,
    importlib.machinery.SourcelessFileLoader,
    importlib.machinery.ExtensionFileLoader,
)
#: Modules that build code for what a person declares, or only read it.
_DECLARING = (
    _OURS,
    *(f"{_LIBRARY}{name}" for name in ("collections/__init__.py", "dataclasses.py", "ast.py")),
)


def steps() -> tuple[int, int]:
    """How many steps were made so far, and how often code was built."""
    return _steps.__next__(), _built.__next__() - _asked.__next__()


def counting(tree: ast.Module) -> ast.Module:
    """The module with a call of the mark wherever a step is made; the tree itself is changed."""
    for node in walk(tree):
        if isinstance(node, _LOOPS):
            node.body.insert(0, _statement(node.body[0]))
        elif isinstance(node, _FUNCTIONS):
            node.body.insert(1 if _is_text(node.body[0]) else 0, _statement(node.body[0]))
        elif isinstance(node, ast.Lambda):
            node.body = ast.copy_location(ast.BoolOp(ast.And(), [_mark(node.body), node.body]), node.body)
        elif isinstance(node, ast.comprehension):
            node.ifs.insert(0, _mark(node.iter))
        elif isinstance(node, ast.Call):
            _mark_what_is_called(node)
    return tree


def _mark_what_is_called(call: ast.Call) -> None:
    """What is given as the key to sort by, or to `iter` with a last item, counts its calls."""
    for keyword in call.keywords:
        if keyword.arg in ("key", None):
            mark = _MARK_OF_CALLED if keyword.arg else _MARK_OF_MAPPING
            keyword.value = _counted_node(keyword.value, mark)
    is_iter = isinstance(call.func, ast.Name) and call.func.id == "iter" and len(call.args) == 2
    if is_iter and not isinstance(call.args[0], ast.Starred):
        call.args[0] = _counted_node(call.args[0], _MARK_OF_CALLED)


def _counted_node(function: ast.expr, mark: str) -> ast.Call:
    called = ast.copy_location(ast.Constant(mark), function)
    return ast.copy_location(ast.Call(called, [function], []), function)


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _statement(where: ast.AST) -> ast.stmt:
    return ast.copy_location(ast.Expr(_mark(where)), where)


def _mark(where: ast.AST) -> ast.Call:
    """A call of the mark, which counts a step and is true."""
    called = ast.copy_location(ast.Constant(_MARK), where)
    return ast.copy_location(ast.Call(called, [], []), where)


def bound(code: types.CodeType) -> types.CodeType:
    """Code in which the marks are what counts."""
    return code.replace(co_consts=tuple(map(_bound_constant, code.co_consts)))


def _bound_constant(constant: Any) -> Any:
    if isinstance(constant, types.CodeType):
        return bound(constant)
    return _MARKED.get(constant, constant) if type(constant) is str else constant


def not_counted() -> None:
    """Keep on record that there is code which does not count."""
    _built.__next__()


def install() -> None:
    """For the rest of this process: what runs for each item counts, and code that is built is on record."""
    _INSTALLED.extend(f"{folder}{os.sep}" for folder in sys.path if folder)
    _count_callbacks()
    sys.addaudithook(_watch)


def _count_callbacks() -> None:
    """Have what calls a function for each item count the calls, where the function does not count itself."""
    for name in ("map", "filter"):
        setattr(builtins, name, _counted_iterator(getattr(builtins, name)))
    for name in ("starmap", "filterfalse", "takewhile", "dropwhile"):
        setattr(itertools, name, _counted_iterator(getattr(itertools, name)))
    for module, name, place in (
        (itertools, "groupby", 1),
        (functools, "reduce", 0),
        (itertools, "accumulate", 1),
        (np, "frompyfunc", 0),
        (np, "apply_along_axis", 0),
        (np, "apply_over_axes", 0),
    ):
        setattr(module, name, _counted_caller(getattr(module, name), place))
    np.vectorize = _Vectorize  # type: ignore[misc]


def _counted_iterator(kind: type) -> type:
    def make(cls: type, function: Any, *iterables: Any) -> Any:
        return kind.__new__(cls, _counted(function), *iterables)

    return type(kind.__name__, (kind,), {"__new__": make, "__slots__": ()})


def _counted_caller(caller: Callable[..., Any], place: int) -> Callable[..., Any]:
    @functools.wraps(caller)
    def call(*args: Any, **kwargs: Any) -> Any:
        args = tuple(_counted(arg) if i == place else arg for i, arg in enumerate(args))
        named = {name: _counted(arg) if name in _CALLED else arg for name, arg in kwargs.items()}
        return caller(*args, **named)

    return call


class _Vectorize(np.vectorize):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        args = tuple(_counted(arg) if i == 0 else arg for i, arg in enumerate(args))
        named = {name: _counted(arg) if name in _CALLED else arg for name, arg in kwargs.items()}
        super().__init__(*args, **named)


def _counted(function: Any) -> Any:
    """The function; one that is not written in the submission counts its calls."""
    written = isinstance(function, types.FunctionType) and function.__code__.co_filename.startswith(ROOT)
    converts = any(function is one for one in _CONVERTERS)
    if written or converts or not callable(function):
        return function

    @functools.wraps(function, updated=())
    def call(*args: Any, **kwargs: Any) -> Any:
        _steps.__next__()
        return function(*args, **kwargs)

    return call


def _counted_unless_type(function: Any) -> Any:
    """A type stays what it is: not all that is given by that name is called."""
    return function if isinstance(function, type) else _counted(function)


def _with_counted_key(mapping: Any) -> Any:
    """What stands behind `**`; of a dict whose `key` is a function, one in which that counts its calls."""
    if type(mapping) is dict and "key" in mapping:
        return {**mapping, "key": _counted_unless_type(mapping["key"])}
    return mapping


#: What the marks are when the code is compiled.
_MARKED: dict[str, Any] = {
    _MARK: _steps.__next__,
    _MARK_OF_CALLED: _counted_unless_type,
    _MARK_OF_MAPPING: _with_counted_key,
}


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in _BUILDING and _by_submission(sys._getframe(1)):
        _built.__next__()


def _by_submission(frame: types.FrameType | None) -> bool:
    """Whether what happens is the submission's doing, and not that of an import or a declaration."""
    if frame is not None and frame.f_code.co_filename.startswith((_OURS, *_DECLARING)):
        return False
    while frame is not None:
        filename = frame.f_code.co_filename
        if filename.startswith(ROOT):
            return True
        if filename.startswith(_OURS):
            return False
        if filename.startswith(_IMPORTING):
            return not _is_of_library(frame)
        frame = frame.f_back
    return True


def _is_of_library(frame: types.FrameType | None) -> bool:
    """Whether the import that is under way in this frame is that of a module installed here."""
    while frame is not None and frame.f_code.co_filename.startswith(_IMPORTING):
        loader = frame.f_locals.get("self")
        if loader is not None:
            # Without `..`, which leads out again.
            path = _normal(loader.path) if type(loader) in _LOADERS else ""
            return path.startswith((_LIBRARY, *_INSTALLED))
        frame = frame.f_back
    return frame is None or not frame.f_code.co_filename.startswith(ROOT)
