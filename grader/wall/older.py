"""Rewrite code so that what ran in the Python, NumPy and SciPy of its year runs today: see `supplied`.

Only the tree changes, never a line number, and only where today's answer would be an error or is known to be
another. Runs inside the wall: the standard library only.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from . import supplied

__all__ = ["Older", "rewritten"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef
#: What made lists in Python 2: functions, and methods without arguments.
_MAKERS = frozenset(["map", "filter", "zip", "range"])
_VIEWS = frozenset(["keys", "values", "items"])
#: Methods that a list has, and neither `range` nor an iterator.
_LIST_METHODS = frozenset(["append", "extend", "insert", "remove", "pop", "sort", "reverse"])
#: Functions that count, and so want whole numbers.
_COUNTERS = frozenset(["range", "xrange"])
_NUMERIC = frozenset(["float", "int", "complex"])
#: `%s` and its like, which show an array as such.
_TEXT_PLACE = re.compile(r"%[^%a-zA-Z]*[sra]")
_KEEPS_SHAPE = frozenset(["astype", "copy", "tolist", "flatten", "ravel", "reshape", "squeeze"])
#: Functions of arrays or sequences.
_OF_SEQUENCES = frozenset(["sorted", "list", "tuple", "set", "len", "enumerate", "max", "min", "sum"])


def rewritten(tree: ast.Module) -> ast.Module:
    """The module; the tree itself is changed."""
    Older().visit(tree)
    return tree


@dataclass
class _Names:
    """What names stand for in one function, or outside of all."""

    lists: set[str] = field(default_factory=set)
    indices: set[str] = field(default_factory=set)
    counts: set[str] = field(default_factory=set)
    mode_is_array: bool = False


class Older(ast.NodeTransformer):
    """Asks `supplied` wherever earlier years may have done otherwise."""

    def __init__(self) -> None:
        self._names = _Names()
        self._math: set[str] = set()
        self._modes: set[str] = {"mode"}
        self._depth = 0

    def visit_Module(self, node: ast.Module) -> ast.AST:
        imported = [
            (found.module, alias)
            for found in ast.walk(node)
            if isinstance(found, ast.ImportFrom)
            for alias in found.names
        ]
        self._math = {alias.asname or alias.name for module, alias in imported if module == "math"}
        self._modes = {"mode"} | {
            alias.asname for _, alias in imported if alias.name == "mode" and alias.asname
        }
        self._names = _names_in(node, self._modes)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._visit_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._visit_function(node)

    def _visit_function(self, node: _Function) -> ast.AST:
        if self._depth:
            return self.generic_visit(node)
        outside, self._names = self._names, _names_in(node, self._modes)
        self._depth += 1
        try:
            return self.generic_visit(node)
        finally:
            self._names = outside
            self._depth -= 1

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        targets = _named(node.targets)
        if targets & self._names.lists and _makes(node.value):
            node.value = _ask(supplied.LIST, node.value)
        elif targets & self._names.counts:
            node.value = _whole(node.value)
        return node

    def visit_Slice(self, node: ast.Slice) -> ast.AST:
        self.generic_visit(node)
        node.lower, node.upper, node.step = map(_whole, (node.lower, node.upper, node.step))
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load) and _makes(node.value, but="range"):
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
        return _holds_sequences(index)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Mod) and _prints_one(node.left):
            return ast.copy_location(_ask(supplied.PRINT, node.left.args[0], node.right), node)
        if isinstance(node.op, ast.Mod) and _is_numeric_format(node.left):
            node.right = _ask(supplied.NUMBERS, node.right)
        elif isinstance(node.op, ast.Add) and any(_makes(side) for side in (node.left, node.right)):
            return ast.copy_location(_ask(supplied.ADD, node.left, node.right), node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        name = _last_name(node.func)
        as_array = name in self._modes and self._names.mode_is_array
        self.generic_visit(node)
        if as_array:
            return ast.copy_location(_ask(supplied.MODE, node.func, *node.args, keywords=node.keywords), node)
        if isinstance(node.func, ast.Attribute) and name in supplied.METHODS and _is_old(node):
            wanted = ast.copy_location(ast.Constant(name), node.func)
            node.func = _ask(supplied.ATTRIBUTE, node.func.value, wanted)
        elif self._wants_numbers(node.func):
            node.args = [arg if isinstance(arg, ast.Starred) else _number(arg) for arg in node.args]
        elif name in _COUNTERS and isinstance(node.func, ast.Name):
            node.args = [_whole(arg) for arg in node.args]
        elif _wants_sequence(node.func):
            args = [_ask(supplied.LIST, arg) if _makes(arg, but="range") else arg for arg in node.args]
            node.args = args
        return node

    def _wants_numbers(self, function: ast.expr) -> bool:
        if isinstance(function, ast.Name):
            return function.id in _NUMERIC or function.id in self._math
        return isinstance(function, ast.Attribute) and _root(function) == "math"


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


def _makes(node: ast.expr, but: str = "") -> bool:
    """Whether it is a call that made a list in Python 2, and makes something else today."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        return node.func.id in _MAKERS and node.func.id != but
    return isinstance(node.func, ast.Attribute) and node.func.attr in _VIEWS and not node.args


def _wants_sequence(function: ast.expr) -> bool:
    """Whether it is a function of lists, which does nothing sensible with an iterator."""
    name = _last_name(function)
    return name == "len" or (_root(function) in ("np", "numpy") and name != "fromiter")


def _is_old(call: ast.Call) -> bool:
    return _last_name(call.func) != "next" or not (call.args or call.keywords)


def _is_numeric_format(node: ast.expr) -> bool:
    """Whether it is a text with places for numbers, and for nothing else."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    return "%" in node.value and not _TEXT_PLACE.search(node.value)


def _last_name(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None


def _root(node: ast.expr) -> str | None:
    """`np` of `np.random.choice`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _named(targets: Iterable[ast.expr]) -> set[str]:
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _holds_sequences(node: ast.expr) -> bool:
    """Whether it is a list that may hold more than numbers."""
    if isinstance(node, ast.Call):
        return _last_name(node.func) == "list"
    if isinstance(node, ast.List):
        return not all(isinstance(item, ast.Constant) for item in node.elts)
    return isinstance(node, ast.ListComp)


def _names_in(scope: ast.AST, modes: set[str]) -> _Names:
    nodes = list(_own_nodes(scope))
    assigned = [
        (target.id, node.value)
        for node in nodes
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    return _Names(
        lists=_used_as_lists(nodes, assigned),
        indices={name for name, value in assigned if _holds_sequences(value)},
        counts=_counting(nodes),
        mode_is_array=any(_last_name(n.func) in modes for n in nodes if isinstance(n, ast.Call))
        and _ModeUses(nodes, modes).are_of_arrays(),
    )


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """What stands in a function, or in a module outside of its functions; outer nodes first."""
    level: list[ast.AST] = [scope]
    while level:
        yield from level
        inner = [child for node in level for child in ast.iter_child_nodes(node)]
        is_module = isinstance(scope, ast.Module)
        level = [node for node in inner if not (is_module and isinstance(node, _Function))]


def _counting(nodes: list[ast.AST]) -> set[str]:
    """Names that stand, alone, where only whole numbers may."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Call) and _last_name(node.func) in _COUNTERS:
            found |= _named(node.args)
        elif isinstance(node, ast.Slice):
            found |= _named(side for side in (node.lower, node.upper, node.step) if side is not None)
    return found


def _used_as_lists(nodes: list[ast.AST], assigned: list[tuple[str, ast.expr]]) -> set[str]:
    """Names of what made a list in Python 2, where they are used as only a list can be."""
    iterators = {name for name, value in assigned if _makes(value, but="range")}
    ranges = {name for name, value in assigned if _makes(value)} - iterators
    if not iterators | ranges:
        return set()
    changed: set[str] = set()
    looked_up: set[str] = set()
    advanced: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            (looked_up if isinstance(node.ctx, ast.Load) else changed).add(node.value.id)
        elif isinstance(node, ast.Call):
            function, given = node.func, _named(node.args)
            if isinstance(function, ast.Attribute) and function.attr in _LIST_METHODS:
                changed |= _named([function.value])
            if _last_name(function) == "shuffle":
                changed |= given
            elif _last_name(function) == "next":
                advanced |= given
            elif _wants_sequence(function):
                looked_up |= given
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            sides = (node.left, node.right)
            if any(isinstance(side, ast.List) or _makes(side) for side in sides):
                changed |= _named(sides)
    return (ranges & changed | iterators & (changed | looked_up)) - advanced


class _ModeUses:
    """What is done with the results of `mode`: "result" is one, "part" its modes or counts.

    With an axis they are "results" and "parts": arrays today as well, of one dimension less.
    """

    def __init__(self, nodes: list[ast.AST], modes: set[str]) -> None:
        self._nodes, self._modes = nodes, modes
        self._kinds: dict[str, str] = {}
        for node in nodes:
            if isinstance(node, ast.Assign):
                self._assign(node.targets[0], self._kind(node.value))
        for node in nodes:
            if isinstance(node, (ast.For, ast.comprehension)) and self._kind(node.iter) == "parts":
                self._assign(node.target, "part")

    def are_of_arrays(self) -> bool:
        """Whether something is done with them that takes the arrays of before SciPy 1.11."""
        return any(self._takes_array(node) for node in self._nodes)

    def _assign(self, target: ast.expr, kind: str | None) -> None:
        if kind is None:
            return
        if isinstance(target, ast.Name):
            self._kinds[target.id] = kind
        elif isinstance(target, ast.Tuple) and kind.startswith("result"):
            for name in _named(target.elts):
                self._kinds[name] = kind.replace("result", "part")

    def _kind(self, node: ast.expr) -> str | None:
        match node:
            case ast.Name():
                return self._kinds.get(node.id)
            case ast.Call() if _last_name(node.func) in self._modes:
                return "results" if _has_axis(node) else "result"
            case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in _KEEPS_SHAPE:
                return self._kind(owner)
            case ast.Subscript(value=owner) | ast.Attribute(value=owner, attr="mode" | "count"):
                kind = self._kind(owner)
                return kind.replace("result", "part") if kind and kind.startswith("result") else None
        return None

    def _takes_array(self, node: ast.AST) -> bool:
        match node:
            case ast.Subscript():
                kind = self._kind(node.value)
                return kind == "part" or (kind == "parts" and isinstance(node.slice, ast.Tuple))
            case ast.Call():
                kinds = set(map(self._kind, node.args))
                # The larger of label and count, were they numbers.
                sorts = "result" in kinds and _last_name(node.func) == "sort"
                return sorts or ("part" in kinds and _last_name(node.func) in _OF_SEQUENCES)
            case ast.For() | ast.comprehension():
                return self._kind(node.iter) == "part"
        return False


def _has_axis(call: ast.Call) -> bool:
    given = [*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "axis")]
    return any(not isinstance(value, ast.Constant) or value.value not in (None, 0) for value in given)
