"""What names stand for in code of earlier years, as far as `older` asks: lists, counts, results of `mode`.

Runs inside the wall: the standard library only.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .trees import LEAVES, children

__all__ = [
    "COUNTERS",
    "Names",
    "holds_sequences",
    "last_name",
    "makes",
    "named",
    "names_in",
    "root",
    "wants_sequence",
]

#: What made lists in Python 2: functions, and methods without arguments.
_MAKERS = frozenset(["map", "filter", "zip", "range"])
_VIEWS = frozenset(["keys", "values", "items"])
#: Methods that a list has, and neither `range` nor an iterator.
_LIST_METHODS = frozenset(["append", "extend", "insert", "remove", "pop", "sort", "reverse"])
#: Functions that count, and so want whole numbers.
COUNTERS = frozenset(["range", "xrange"])
_KEEPS_SHAPE = frozenset(["astype", "copy", "tolist", "flatten", "ravel", "reshape", "squeeze"])
#: Functions of arrays or sequences.
_OF_SEQUENCES = frozenset(["sorted", "list", "tuple", "set", "len", "enumerate", "max", "min", "sum"])
_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Names:
    """What names stand for in one function, or outside of all."""

    lists: set[str] = field(default_factory=set)
    indices: set[str] = field(default_factory=set)
    counts: set[str] = field(default_factory=set)
    mode_is_array: bool = False


def names_in(scope: ast.AST, modes: set[str]) -> Names:
    """Those of a function, or of a module outside of its functions; `modes`: the names of `mode`."""
    nodes = list(_own_nodes(scope))
    assigned = [
        (target.id, node.value)
        for node in nodes
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    return Names(
        lists=_used_as_lists(nodes, assigned),
        indices={name for name, value in assigned if holds_sequences(value)},
        counts=_counting(nodes),
        mode_is_array=any(last_name(n.func) in modes for n in nodes if isinstance(n, ast.Call))
        and _ModeUses(nodes, modes).are_of_arrays(),
    )


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """What stands in a function, or in a module outside of its functions; outer nodes first."""
    level: list[ast.AST] = [scope]
    while level:
        yield from level
        inner = [child for node in level if type(node) not in LEAVES for child in children(node)]
        is_module = isinstance(scope, ast.Module)
        level = [node for node in inner if not (is_module and isinstance(node, _FUNCTION))]


def _counting(nodes: list[ast.AST]) -> set[str]:
    """Names that stand, alone, where only whole numbers may."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Call) and last_name(node.func) in COUNTERS:
            found |= named(node.args)
        elif isinstance(node, ast.Slice):
            found |= named(side for side in (node.lower, node.upper, node.step) if side is not None)
    return found


def _used_as_lists(nodes: list[ast.AST], assigned: list[tuple[str, ast.expr]]) -> set[str]:
    """Names of what made a list in Python 2, where they are used as only a list can be."""
    iterators = {name for name, value in assigned if makes(value, but="range")}
    ranges = {name for name, value in assigned if makes(value)} - iterators
    if not iterators | ranges:
        return set()
    changed: set[str] = set()
    looked_up: set[str] = set()
    advanced: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            (looked_up if isinstance(node.ctx, ast.Load) else changed).add(node.value.id)
        elif isinstance(node, ast.Call):
            function, given = node.func, named(node.args)
            if isinstance(function, ast.Attribute) and function.attr in _LIST_METHODS:
                changed |= named([function.value])
            if last_name(function) == "shuffle":
                changed |= given
            elif last_name(function) == "next":
                advanced |= given
            elif wants_sequence(function):
                looked_up |= given
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            sides = (node.left, node.right)
            if any(isinstance(side, ast.List) or makes(side) for side in sides):
                changed |= named(sides)
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
            for name in named(target.elts):
                self._kinds[name] = kind.replace("result", "part")

    def _kind(self, node: ast.expr) -> str | None:
        match node:
            case ast.Name():
                return self._kinds.get(node.id)
            case ast.Call() if last_name(node.func) in self._modes:
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
                sorts = "result" in kinds and last_name(node.func) == "sort"
                return sorts or ("part" in kinds and last_name(node.func) in _OF_SEQUENCES)
            case ast.For() | ast.comprehension():
                return self._kind(node.iter) == "part"
        return False


def _has_axis(call: ast.Call) -> bool:
    given = [*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "axis")]
    return any(not isinstance(value, ast.Constant) or value.value not in (None, 0) for value in given)


def makes(node: ast.expr, but: str = "") -> bool:
    """Whether it is a call that made a list in Python 2, and makes something else today."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        return node.func.id in _MAKERS and node.func.id != but
    return isinstance(node.func, ast.Attribute) and node.func.attr in _VIEWS and not node.args


def wants_sequence(function: ast.expr) -> bool:
    """Whether it is a function of lists, which does nothing sensible with an iterator."""
    name = last_name(function)
    return name == "len" or (root(function) in ("np", "numpy") and name != "fromiter")


def last_name(node: ast.expr) -> str | None:
    """`choice` of `np.random.choice`."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None


def root(node: ast.expr) -> str | None:
    """`np` of `np.random.choice`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def named(targets: Iterable[ast.expr]) -> set[str]:
    """Those of them that are names."""
    return {target.id for target in targets if isinstance(target, ast.Name)}


def holds_sequences(node: ast.expr) -> bool:
    """Whether it is a list that may hold more than numbers."""
    if isinstance(node, ast.Call):
        return last_name(node.func) == "list"
    if isinstance(node, ast.List):
        return not all(isinstance(item, ast.Constant) for item in node.elts)
    return isinstance(node, ast.ListComp)
