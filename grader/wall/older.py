"""Rewrite code so that what ran in the Python, NumPy and SciPy of its year runs today: see `supplied`.

Only the tree changes, never a line number, and only where today's answer would be an error or is known to be
another. Runs inside the wall: the standard library only.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Any, TypeGuard

from . import supplied
from .older_names import (
    COUNTERS,
    Names,
    holds_sequences,
    last_name,
    makes,
    named,
    names_in,
    root,
    wants_sequence,
)
from .trees import LEAVES, walk

__all__ = ["Older", "rewritten"]

_NUMERIC = frozenset(["float", "int", "complex"])
#: `%s` and its like, which show an array as such.
_TEXT_PLACE = re.compile(r"%[^%a-zA-Z]*[sra]")


def rewritten(tree: ast.Module) -> ast.Module:
    """The module; the tree itself is changed."""
    Older().visit(tree)
    return tree


class Older(ast.NodeTransformer):
    """Asks `supplied` wherever earlier years may have done otherwise."""

    def __init__(self) -> None:
        self._names = Names()
        self._math: set[str] = set()
        self._modes: set[str] = {"mode"}
        self._depth = 0
        self._may_be_python2 = True

    def visit(self, node: ast.AST) -> Any:
        return node if type(node) in LEAVES else super().visit(node)

    def visit_Module(self, node: ast.Module) -> ast.AST:
        nodes = walk(node)
        self._may_be_python2 = not any(map(_is_python3, nodes))
        imported = [
            (found.module, alias)
            for found in nodes
            if isinstance(found, ast.ImportFrom)
            for alias in found.names
        ]
        self._math = {alias.asname or alias.name for module, alias in imported if module == "math"}
        self._modes = {"mode"} | {
            alias.asname for _, alias in imported if alias.name == "mode" and alias.asname
        }
        self._names = names_in(node, self._modes)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._visit_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._visit_function(node)

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        if self._depth:
            return self.generic_visit(node)
        outside, self._names = self._names, names_in(node, self._modes)
        self._depth += 1
        try:
            return self.generic_visit(node)
        finally:
            self._names = outside
            self._depth -= 1

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        targets = named(node.targets) if self._may_be_python2 else set()
        if targets & self._names.lists and makes(node.value):
            node.value = _ask(supplied.LIST, node.value)
        elif targets & self._names.counts:
            node.value = _whole(node.value)
        return node

    def visit_Slice(self, node: ast.Slice) -> ast.AST:
        self.generic_visit(node)
        if self._may_be_python2:
            node.lower, node.upper, node.step = map(_whole, (node.lower, node.upper, node.step))
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if self._may_be_python2 and isinstance(node.ctx, ast.Load) and makes(node.value, but="range"):
            node.value = _ask(supplied.LIST, node.value)
        elif self._may_differ(node):
            node.value = _ask(supplied.ELEMENTS, node.value)
        return node

    def _may_differ(self, node: ast.Subscript) -> bool:
        index = node.slice
        if isinstance(node.ctx, ast.Store):
            return not (isinstance(index, ast.Constant) and isinstance(index.value, str))
        if isinstance(index, ast.Name):
            return index.id in self._names.indices
        return holds_sequences(index)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Mod) and _prints_one(node.left):
            return ast.copy_location(_ask(supplied.PRINT, node.left.args[0], node.right), node)
        if isinstance(node.op, ast.Mod) and _is_numeric_format(node.left):
            node.right = _ask(supplied.NUMBERS, node.right)
        elif not self._may_be_python2:
            return node
        elif isinstance(node.op, ast.Add) and any(makes(side) for side in (node.left, node.right)):
            return ast.copy_location(_ask(supplied.ADD, node.left, node.right), node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = last_name(node.func)
        as_array = name in self._modes and self._names.mode_is_array
        self.generic_visit(node)
        if as_array:
            return ast.copy_location(_ask(supplied.MODE, node.func, *node.args, keywords=node.keywords), node)
        if isinstance(node.func, ast.Attribute) and self._is_gone(name) and _is_old(node):
            wanted = ast.copy_location(ast.Constant(name), node.func)
            node.func = _ask(supplied.ATTRIBUTE, node.func.value, wanted)
        elif self._wants_numbers(node.func):
            node.args = [arg if isinstance(arg, ast.Starred) else _number(arg) for arg in node.args]
        elif not self._may_be_python2:
            return node
        elif name in COUNTERS and isinstance(node.func, ast.Name):
            node.args = [_whole(arg) for arg in node.args]
        elif wants_sequence(node.func):
            args = [_ask(supplied.LIST, arg) if makes(arg, but="range") else arg for arg in node.args]
            node.args = args
        return node

    def _is_gone(self, name: str | None) -> TypeGuard[str]:
        """Whether a method of that name may be one that earlier years had."""
        kind = supplied.METHODS[name][0] if name is not None and name in supplied.METHODS else None
        return kind is not None and (self._may_be_python2 or kind is not dict)

    def _wants_numbers(self, function: ast.expr) -> bool:
        if isinstance(function, ast.Name):
            return function.id in _NUMERIC or function.id in self._math
        return isinstance(function, ast.Attribute) and root(function) == "math"


def _is_python3(node: ast.AST) -> bool:
    """Whether Python 2 could not have read it: what it meant there is nothing to go by."""
    annotated = isinstance(node, ast.arg) and node.annotation is not None
    return annotated or isinstance(
        node, ast.JoinedStr | ast.NamedExpr | ast.AnnAssign | ast.Nonlocal | ast.MatMult
    )


def _ask(name: str, *args: ast.expr, keywords: Iterable[ast.keyword] = ()) -> ast.Call:
    """A call of what `supplied` installs, at the place of its first argument."""
    function = ast.copy_location(ast.Name(name, ast.Load()), args[0])
    return ast.copy_location(ast.Call(function, list(args), list(keywords)), args[0])


def _number(node: ast.expr) -> ast.expr:
    return node if isinstance(node, ast.Constant) else _ask(supplied.NUMBER, node)


def _whole(node: ast.expr | None) -> Any:
    """The node, where it is a quotient as one that may be whole."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _ask(supplied.DIVISION, node.left, node.right)
    return node


def _prints_one(node: ast.expr) -> TypeGuard[ast.Call]:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return False
    return node.func.id == "print" and len(node.args) == 1 and not node.keywords


def _is_old(call: ast.Call) -> bool:
    return last_name(call.func) != "next" or not (call.args or call.keywords)


def _is_numeric_format(node: ast.expr) -> bool:
    """Whether it is a text with places for numbers, and for nothing else."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    return "%" in node.value and not _TEXT_PLACE.search(node.value)
