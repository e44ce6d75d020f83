"""Where statements and expressions stand in a function, and what part they play there.

Runs inside the wall: the standard library only.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .mend_scope import Scope
from .mend_structure import begun

__all__ = ["assigned", "expressions", "expressions_of", "last_line", "own_lines"]

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
            node._packed = top and slot == "value" and isinstance(node, ast.Tuple)  # type: ignore[attr-defined]
            node._item = getattr(parent, "_packed", False)  # type: ignore[attr-defined]
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


def own_lines(stmt: ast.stmt) -> range:
    """The lines of a statement, without those of the blocks inside it."""
    body = getattr(stmt, "body", None)
    end = body[0].lineno if isinstance(body, list) and body else (stmt.end_lineno or stmt.lineno) + 1
    return range(stmt.lineno, max(end, stmt.lineno + 1))


def last_line(stmt: ast.stmt) -> int:
    return stmt.end_lineno or stmt.lineno


def assigned(stmt: ast.AST, scope: Scope) -> Iterator[str]:
    """The names, or what holds the entries, that a statement assigns; not those of integers."""
    if isinstance(stmt, ast.Assign):
        targets = stmt.targets
    else:
        targets = [stmt.target] if isinstance(stmt, ast.AugAssign) else []
    for target in [e for t in targets for e in (t.elts if isinstance(t, ast.Tuple) else [t])]:
        path = ast.unparse(target)
        if path not in scope.paths and isinstance(target, ast.Subscript):
            path = ast.unparse(target.value)
        if scope.paths.get(path, ("int",))[0] not in ("int", "bool"):
            yield path
