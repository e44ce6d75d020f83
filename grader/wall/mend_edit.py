"""An edit of a syntax tree: made in place, and taken back.

Runs inside the wall: the standard library only.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Edit", "Put", "Sets", "Without", "apply", "clash", "located", "replacement", "restore"]

Sets = list[tuple[ast.AST, str, Any]]


@dataclass
class Put:
    """Put nodes in the place of one of a list, wherever it stands then: neighbours' edits do not clash."""

    old: ast.AST
    new: list[Any]

    def __call__(self, block: list[Any]) -> list[Any]:
        changed = [n for item in block for n in (self.new if item is self.old else [item])]
        return changed or [ast.Pass(lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)]


class Without(Put):
    """Takes a keyword out of a call's."""

    def __init__(self, old: ast.AST) -> None:
        super().__init__(old, [])

    def __call__(self, block: list[Any]) -> list[Any]:
        return [item for item in block if item is not self.old]


@dataclass
class Edit:
    """Set each (node, field). `row` is the operator's number, `line` the student's, `home` the function."""

    row: int
    line: int
    sets: Sets
    home: int


def apply(chosen: Sequence[Edit]) -> Sets:
    """Make the edits; what was there before, to be set back in this order."""
    undo: Sets = []
    for edit in chosen:
        for node, name, value in edit.sets:
            old = getattr(node, name)
            undo.insert(0, (node, name, old))
            setattr(node, name, value(old) if isinstance(value, Put) else value)
    return undo


def restore(sets: Sets) -> None:
    """Set back what `apply` changed."""
    for node, name, value in sets:
        setattr(node, name, value)


def clash(chosen: Sequence[Edit], other: Edit) -> bool:
    """Whether both change one place: a field, a node of a list, or a list and a node in it."""
    ours, theirs = _places(chosen), _places([other])
    return bool(ours[0] & theirs[0] or ours[1] & theirs[2] or ours[2] & theirs[1])


def _places(edits: Sequence[Edit]) -> tuple[set[Any], set[Any], set[Any]]:
    """The fields or nodes changed, the lists in which a node is, and the fields set as a whole."""
    sets = [s for edit in edits for s in edit.sets]
    nodes = {id(v.old) if isinstance(v, Put) else (id(n), f) for n, f, v in sets}
    within = {(id(n), f) for n, f, v in sets if isinstance(v, Put)}
    return nodes, within, {(id(n), f) for n, f, v in sets if not isinstance(v, Put)}


def replacement(parent: ast.AST, slot: str, node: ast.AST, new: Any) -> tuple[ast.AST, str, Any]:
    return parent, slot, Put(node, [new]) if isinstance(getattr(parent, slot), list) else new


def located(node: Any, like: ast.AST) -> Any:
    """Give new nodes the place of the one they stand for. Nodes that were there before keep theirs."""
    if not getattr(node, "_known", False):
        if "lineno" in node._attributes:
            for name in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
                setattr(node, name, getattr(like, name, 1))
        for child in ast.iter_child_nodes(node):
            located(child, like)
    return node
