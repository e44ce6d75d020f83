"""Walking syntax trees past what says nothing: contexts and operators, which are half of the nodes.

Runs inside the wall: the standard library only.
"""

from __future__ import annotations

import ast

__all__ = ["LEAVES", "children", "walk"]

_SIGNS = frozenset(
    kind
    for kinds in (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)
    for kind in kinds.__subclasses__()
    if kind is not ast.MatMult  # which tells Python 3
)
#: Kinds of nodes without others below them.
LEAVES = _SIGNS | {ast.MatMult, ast.Name, ast.Constant}


def walk(tree: ast.AST) -> list[ast.AST]:
    """The node and all below it, outer ones first."""
    found = [tree]
    for node in found:  # it grows meanwhile
        if type(node) not in LEAVES:
            found += children(node)
    return found


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes right below."""
    found: list[ast.AST] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if type(value) is list:
            found += [item for item in value if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST) and type(value) not in _SIGNS:
            found.append(value)
    return found
