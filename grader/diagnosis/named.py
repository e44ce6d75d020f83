"""Which mistakes code names: its texts of words joined by hyphens, as every id is written."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from grader.checking.check import CheckFunction

__all__ = ["named_in"]

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")


def named_in(*modules: types.ModuleType) -> set[str]:
    """The ids of mistakes in the functions and tables of these modules, to be held against the catalogue."""
    return {id for module in modules for id in _ids(tuple(vars(module).values()), module.__name__)}


def _ids(value: Any, module: str) -> Iterator[str]:
    parts: Iterable[Any] = ()
    if isinstance(value, str):
        yield from [value] if _ID.fullmatch(value) else []
    elif isinstance(value, (tuple, list, set, frozenset)):
        parts = value
    elif isinstance(value, Mapping):
        parts = (*value.keys(), *value.values())
    elif isinstance(value, types.CodeType):
        parts = value.co_consts
    elif isinstance(value, (CheckFunction, property)):
        parts = (value.function if isinstance(value, CheckFunction) else value.fget,)
    elif getattr(value, "__module__", None) == module:
        parts = (getattr(value, "__code__", None) or vars(value),)
    for part in parts:
        yield from _ids(part, module)
