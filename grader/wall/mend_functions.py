"""The functions of a file that may be edited for a role, and the names in them that nothing defines.

Runs inside the wall: the standard library only.
"""

from __future__ import annotations

import ast
import builtins
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["functions_of", "unknown_names"]

_MOST_HELPERS = 4


def functions_of(
    module: ast.Module, wanted: Sequence[Mapping[str, Any]], roles: Sequence[str]
) -> tuple[list[ast.FunctionDef], list[str]]:
    """The wanted functions, then those of the same file that they call; and the class of each, or nothing.

    A function that is a role has checks of its own and is left alone.
    """
    defined: list[tuple[str, ast.FunctionDef]] = []
    for top in module.body:
        if isinstance(top, ast.FunctionDef):
            defined.append(("", top))
        elif isinstance(top, ast.ClassDef):
            defined += [(top.name, f) for f in top.body if isinstance(f, ast.FunctionDef)]
    chosen = [_nearest(defined, function["name"], function["line"]) for function in wanted]
    for owner, tree in chosen:  # grows while it is read: helpers of helpers
        for helper in _called(owner, tree, defined):
            if helper not in chosen and helper[1].name not in roles and len(chosen) < _MOST_HELPERS:
                chosen.append(helper)
    for _, tree in chosen:
        if (
            len(tree.body) > 1
            and isinstance(tree.body[0], ast.Expr)
            and isinstance(tree.body[0].value, ast.Constant)
        ):
            del tree.body[0]  # the docstring
    return [tree for _, tree in chosen], [owner for owner, _ in chosen]


def _nearest(
    defined: Sequence[tuple[str, ast.FunctionDef]], name: str, line: int
) -> tuple[str, ast.FunctionDef]:
    """The definition of that name at that line, or the nearest to it.

    Raises:
        ValueError: there is none.
    """
    return min((d for d in defined if d[1].name == name), key=lambda d: abs(d[1].lineno - line))


def _called(
    owner: str, tree: ast.FunctionDef, defined: Sequence[tuple[str, ast.FunctionDef]]
) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in ast.walk(tree):
        function = node.func if isinstance(node, ast.Call) else None
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            if function.value.id == "self":
                yield from (d for d in defined if d[0] == owner and d[1].name == function.attr)
        elif isinstance(function, ast.Name):
            yield from (d for d in defined if not d[0] and d[1].name == function.id)


def unknown_names(tree: ast.FunctionDef, module: types.ModuleType) -> list[str]:
    """Names that are read and nowhere defined."""
    nodes = list(ast.walk(tree))
    names = [n for n in nodes if isinstance(n, ast.Name)]
    # What is only ever added to was never there.
    added = [n.target for n in nodes if isinstance(n, ast.AugAssign)]
    known = {n.id for n in names if not isinstance(n.ctx, ast.Load) and n not in added}
    known |= set(module.__dict__) | set(vars(builtins))
    known |= {a.arg for a in ast.walk(tree) if isinstance(a, ast.arg)}
    known |= {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    return sorted({n.id for n in names} - known)
