"""Which mistakes code names: its texts of words joined by hyphens, as every id is written."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Iterator
from typing import Any

from grader.checking.check import CheckFunction

__all__ = ["named_in"]

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")


def named_in(*modules: types.ModuleType) -> set[str]:
    """The ids of mistakes in the functions and tables of these modules, to be held against the catalogue."""
    return {id for module in modules for id in _ids(module)}


def _ids(module: types.ModuleType) -> Iterator[str]:
    # What the interpreter puts into every module is not of it.
    left = [value for name, value in vars(module).items() if not name.startswith("__")]
    while left:
        value = left.pop()
        if isinstance(value, str):
            if _ID.fullmatch(value):
                yield value
        else:
            left += _parts(value, module.__name__)


def _parts(value: Any, module: str) -> Iterable[Any]:
    """What ids may stand in: a container's entries, a function's constants, a class's members."""
    if isinstance(value, (tuple, list, set, frozenset)):
        return value
    if isinstance(value, (dict, types.MappingProxyType)):  # a mapping of any kind costs more to make out
        return (*value.keys(), *value.values())
    if isinstance(value, types.CodeType):
        return value.co_consts
    if isinstance(value, (CheckFunction, property)):
        return (value.function if isinstance(value, CheckFunction) else value.fget,)
    if getattr(value, "__module__", None) == module:
        return (getattr(value, "__code__", None) or vars(value),)
    return ()
