"""Where expressions stand in a function, and what part they play there.

Runs inside the wall: the standard library only.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .mend_structure import begun

__all__ = ["expressions", "expressions_of"]

_LOAD = ast.Load()
_PRODUCTS = (ast.Mult, ast.Div, ast.MatMult, ast.FloorDiv, ast.Mod)
_SUMMED = frozenset(["dot", "sum", "mean", "matmul"])
_OPERATIONS = (ast.BinOp, ast.Call, ast.Compare, ast.Tuple, ast.UnaryOp)


def expressions_of(tree: ast.FunctionDef) -> Iterator[tuple[ast.AST, str, ast.expr, int, bool]]:
    """Those of every statement of a function."""
    for stmt in ast.walk(tree):
        if isinstance(stmt, ast.stmt) and not isinstance(stmt, ast.FunctionDef) and not begun(stmt):
            yield from expressions(stmt, True)


def expressions(parent: ast.AST, top: bool) -> Iterator[tuple[ast.AST, str, ast.expr, int, bool]]:
    """Each expression that a statement itself reads: its parent and field, and what place it has there.

    The number is 2 for a term, 1 for a part of a product, 0 for neither; the last says whether it is what
    is called, or assigned to.
    """
    part_of_product = _is_product(parent)
    for slot, value in ast.iter_fields(parent):
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, (ast.comprehension, ast.keyword)):
                if not (isinstance(node, ast.keyword) and node.arg in ("axis", "keepdims")):
                    yield from expressions(node, False)
                continue
            if not isinstance(node, ast.expr):
                continue
            load = isinstance(getattr(node, "ctx", _LOAD), ast.Load)
            if not load and isinstance(node, ast.Name):
                continue
            side = _target(parent) if top and slot == "value" else ""
            node._side = side  # type: ignore[attr-defined]
            node._part_of = side or (getattr(parent, "_part_of", "") if _is_sum(parent) else "")  # type: ignore[attr-defined]
            # What a loop runs over is no term: its numbers are counted, not computed with.
            counted = isinstance(parent, ast.For)
            term = not counted and (top or slot == "value" or isinstance(parent, _OPERATIONS))
            part = part_of_product or (slot == "value" and isinstance(parent, (ast.Attribute, ast.Subscript)))
            called = isinstance(parent, ast.Call) and slot == "func"
            aside = called or (not load and isinstance(parent, ast.stmt))
            # What a call as a statement is of its own: there is nothing to put in its place.
            if (load or isinstance(node, ast.Subscript)) and not isinstance(parent, ast.Expr):
                yield parent, slot, node, 0 if aside else term * (1 if part else 2), called
            yield from expressions(node, False)


def _target(stmt: ast.AST) -> str:
    """What an assignment assigns to."""
    if isinstance(stmt, ast.Assign):
        return ast.unparse(stmt.targets[0])
    return ast.unparse(stmt.target) if isinstance(stmt, ast.AugAssign) else ""


def _is_sum(parent: ast.AST) -> bool:
    return isinstance(parent, ast.BinOp) and isinstance(parent.op, (ast.Add, ast.Sub))


def _is_product(parent: ast.AST) -> bool:
    if isinstance(parent, ast.BinOp):
        return isinstance(parent.op, _PRODUCTS)
    called = isinstance(parent, ast.Call) and getattr(parent.func, "attr", "") in _SUMMED
    return called or isinstance(parent, ast.UnaryOp)
