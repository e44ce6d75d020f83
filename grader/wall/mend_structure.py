"""Edits of the order and the blocks of a function: statements moved, deleted, or freed of a condition.

Each is (row, line, sets); in a set a tuple (node, [nodes]) puts nodes in the place of one of a list. Runs
inside the wall: the standard library only.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from typing import Any

from .mend_rows import Rules, statements
from .mend_scope import Scope, key_of

__all__ = ["begun", "structural"]

#: The line, and what is set.
Change = tuple[int, list[tuple[ast.AST, str, Any]]]
_Assignment = (ast.Assign, ast.AugAssign)
#: From how far away a statement is moved at most, within one block.
_FAR = 12


def begun(stmt: ast.stmt) -> bool:
    """Whether there is nothing to mend in a statement: prints, texts, imports."""
    if isinstance(stmt, ast.Expr):
        return not isinstance(stmt.value, ast.Call) or getattr(stmt.value.func, "id", "") == "print"
    return isinstance(stmt, (ast.Pass, ast.Import, ast.ImportFrom, ast.Global, ast.Assert, ast.Raise))


def structural(
    tree: ast.FunctionDef, rules: Rules, scope: Scope
) -> Iterator[tuple[int, int, list[tuple[ast.AST, str, Any]]]]:
    """All changes that the rows name by their structure."""
    for name, make in _MAKERS.items():
        for row, _ in rules.structures.get(name, ()):
            for line, sets in make(tree, scope):
                yield row, line, sets


def _blocks(tree: ast.AST) -> Iterator[tuple[ast.AST, str, list[ast.stmt]]]:
    """Every list of statements, those of the function first."""
    for node in ast.walk(tree):
        for slot in ("body", "orelse"):
            block = getattr(node, slot, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                yield node, slot, block


def _delete(tree: ast.FunctionDef, scope: Scope) -> Iterator[Change]:
    for owner, slot, block in _blocks(tree):
        for stmt in block:
            if not begun(stmt) and not isinstance(stmt, ast.Return):
                yield stmt.lineno, [(owner, slot, (stmt, []))]


def _move(tree: ast.FunctionDef, scope: Scope) -> Iterator[Change]:
    """A statement, to another place of its own block."""
    for owner, slot, block in _blocks(tree):
        for i, stmt in enumerate(block):
            for j in range(max(0, i - _FAR), min(len(block), i + _FAR)):
                if j not in (i, i - 1) and not begun(stmt):
                    beside = block[j]
                    around = [stmt, beside] if j < i else [beside, stmt]
                    yield stmt.lineno, [(owner, slot, (stmt, [])), (owner, slot, (beside, around))]


def _move_out(tree: ast.FunctionDef, scope: Scope) -> Iterator[Change]:
    """A statement of a loop or condition, to before or behind it."""
    for owner, slot, block in _blocks(tree):
        for stmt in block:
            for inner in ("body", "orelse"):
                inside = getattr(stmt, inner, None)
                for child in inside if isinstance(inside, list) and len(inside) > 1 else ():
                    if isinstance(child, ast.stmt):
                        for around in ([stmt, child], [child, stmt]):
                            yield child.lineno, [(stmt, inner, (child, [])), (owner, slot, (stmt, around))]
            yield from _last_out(owner, slot, stmt)


def _last_out(owner: ast.AST, slot: str, stmt: ast.stmt) -> Iterator[Change]:
    """Several last statements of a loop or condition, to behind it: indented too far."""
    inside: Any = getattr(stmt, "body", None)
    for count in range(2, len(inside)) if isinstance(inside, list) and not isinstance(stmt, ast.With) else ():
        kept, moved = inside[:-count], inside[-count:]
        if isinstance(moved[0], ast.stmt):
            yield moved[0].lineno, [(stmt, "body", kept), (owner, slot, (stmt, [stmt, *moved]))]


def _move_in(tree: ast.FunctionDef, scope: Scope) -> Iterator[Change]:
    """A statement beside a loop or condition, into it."""
    for owner, slot, block in _blocks(tree):
        for i, stmt in enumerate(block):
            inside = getattr(stmt, "body", None)
            if not isinstance(inside, list) or not isinstance(stmt, (ast.For, ast.While, ast.If)):
                continue
            for k in (i - 1, i + 1):
                if 0 <= k < len(block) and isinstance(block[k], _Assignment):
                    moved = [block[k], *inside] if k < i else [*inside, block[k]]
                    yield block[k].lineno, [(stmt, "body", moved), (owner, slot, (block[k], []))]
            for end in range(i + 3, min(len(block), i + _FAR) + 1):  # indented too little
                moved, rest = block[i + 1 : end], [*block[: i + 1], *block[end:]]
                yield moved[0].lineno, [(stmt, "body", [*inside, *moved]), (owner, slot, rest)]


def _move_far(tree: ast.FunctionDef, scope: Scope) -> Iterator[Change]:
    """An assignment of an inner block, to the end of another block."""
    blocks = list(_blocks(tree))
    for owner, slot, block in blocks:
        for stmt in block if owner is not tree and len(block) > 1 else ():
            if isinstance(stmt, _Assignment):
                for other, name, target in blocks:
                    if other is not owner:
                        yield stmt.lineno, [(owner, slot, (stmt, [])), (other, name, [*target, stmt])]


def _drop_condition(tree: ast.FunctionDef, scope: Scope) -> Iterator[Change]:
    for owner, slot, block in _blocks(tree):
        for stmt in block:
            if isinstance(stmt, ast.If):
                yield stmt.lineno, [(owner, slot, (stmt, list(stmt.body)))]


def _skip_own(tree: ast.FunctionDef, scope: Scope) -> Iterator[Change]:
    """`if j == y[i]: continue` as a loop's first statement, and `continue` as a condition's last."""
    for owner, _, block in _blocks(tree):
        for stmt in block:
            if isinstance(stmt, ast.For) and isinstance(stmt.target, ast.Name):
                for text in scope.fill("labelindex", ""):
                    skip = _placed(statements(f"if {stmt.target.id} == {text}:\n  continue"), stmt)
                    yield stmt.lineno, [(stmt, "body", [*skip, *stmt.body])]
            if isinstance(stmt, ast.If) and not isinstance(owner, ast.FunctionDef):
                last = stmt.body[-1]
                yield stmt.lineno, [(stmt, "body", (last, [last, *_placed([ast.Continue()], last)]))]


def _twin(tree: ast.FunctionDef, scope: Scope) -> Iterator[Change]:
    """The counterpart of a line that adds to an entry: the same for another entry, or taken away from it."""
    for owner, slot, block in _blocks(tree):
        for stmt in block:
            if isinstance(stmt, ast.If):
                yield from _otherwise(stmt)
            if not (isinstance(stmt, ast.AugAssign) and isinstance(stmt.target, ast.Subscript)):
                continue
            yield from _for_other_keys(owner, slot, stmt, scope)
            own, value = ast.unparse(stmt.target.value), ast.unparse(stmt.value)
            for index in _indices_of(stmt.target, scope):
                for op in "+-":
                    twin = _placed(statements(f"{own}[{index}] {op}= {value}"), stmt)
                    yield stmt.lineno, [(owner, slot, (stmt, [stmt, *twin]))]


def _for_other_keys(owner: ast.AST, slot: str, stmt: ast.AugAssign, scope: Scope) -> Iterator[Change]:
    """The same line for the other entries of what it adds to."""
    target = ast.unparse(stmt.target)
    own = key_of(target)
    for path in scope.entries:
        if path != target and path.removesuffix(f"{key_of(path)}]") == target.removesuffix(f"{own}]"):
            twin = _placed(statements(ast.unparse(stmt).replace(own, key_of(path))), stmt)
            yield stmt.lineno, [(owner, slot, (stmt, [stmt, *twin]))]


def _otherwise(stmt: ast.If) -> Iterator[Change]:
    """The last line of a condition, or that without one of its operands, for all other cases."""
    last = stmt.body[-1]
    if stmt.orelse or not isinstance(last, ast.AugAssign):
        return
    pairs = [node for node in ast.walk(last.value) if isinstance(node, ast.BinOp)]
    instead = [{id(node): copy.deepcopy(side)} for node in pairs for side in (node.left, node.right)]
    for known in ({}, *instead):
        yield last.lineno, [(stmt, "orelse", [copy.deepcopy(last, known)])]


def _indices_of(target: ast.Subscript, scope: Scope) -> list[str]:
    """The function's indices, and those of the target with a loop's variable in the place of `y[i]`."""
    own = ast.unparse(ast.Subscript(ast.Name("a", ast.Load()), target.slice, ast.Load()))[2:-1]
    labels = [text for text in scope.fill("labelindex", "") if text in own]
    return list(dict.fromkeys([*scope.indices, *(own.replace(t, j) for t in labels for j in scope.loops)]))


def _placed(new: list[Any], like: ast.stmt) -> list[Any]:
    for node in [n for stmt in new for n in ast.walk(stmt)]:
        if "lineno" in node._attributes:
            ast.copy_location(node, like)
    return new


_MAKERS: dict[str, Callable[[ast.FunctionDef, Scope], Iterator[Change]]] = {
    "delete": _delete,
    "move": _move,
    "move-out": _move_out,
    "move-in": _move_in,
    "move-far": _move_far,
    "drop-condition": _drop_condition,
    "skip-own": _skip_own,
    "twin": _twin,
}
