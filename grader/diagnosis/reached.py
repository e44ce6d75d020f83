"""What a function reaches by name among the functions of a submission. Read as trees, never run."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from grader.diagnosis.source import Function, read

__all__ = ["names_reached"]

_DEFINED = re.compile(rb"^def[ \t]+(\w{1,100})", re.M)
#: Functions that are looked into on the way; nets reach four or five.
_MOST_FUNCTIONS = 20


def names_reached(function: Function, files: Mapping[str, bytes]) -> set[str]:
    """The names that a function has, and those of the functions that it reaches by them, however far.

    Args:
        files: of the submission; functions at the top of its modules are looked into.
    """
    homes, found = _homes(files), _names(function.node)
    left, seen = sorted(found & homes.keys()), 0
    while left and seen < _MOST_FUNCTIONS:
        name, seen = left.pop(0), seen + 1
        reached = read(files[homes[name]].decode("utf-8", "replace"), name)
        new = (_names(reached.node) if reached is not None else set()) - found
        found |= new
        left += sorted(new & homes.keys())
    return found


def _homes(files: Mapping[str, bytes]) -> dict[str, str]:
    """The module that defines each function."""
    modules = [path for path in sorted(files) if path.endswith(".py")]
    return {match[1].decode("latin-1"): path for path in modules for match in _DEFINED.finditer(files[path])}


def _names(node: ast.AST) -> set[str]:
    """Of variables and attributes."""
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)} | {
        inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)
    }
