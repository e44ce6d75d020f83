"""What a statement combines, in its author's words: the sides of the one operation that can be meant.

An error of NumPy's tells two shapes and not whose they are. Where a statement has several operations that
could have failed, nobody is named.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from grader.diagnosis.source import parse_module
from grader.result import Where

__all__ = ["Pair", "entrywise", "in_place", "products", "sides_of", "statement_at"]

_MOST_CHARACTERS = 60
_NUMPY = ("np", "numpy")
#: Functions of two arrays entry by entry, products of matrices, what fails with other words than these, and
#: arguments that are no arrays.
_ENTRYWISE = ("maximum", "minimum", "add", "subtract", "multiply", "divide", "power")
_PRODUCTS = ("dot", "matmul", "inner")
_OTHERWISE = (*_PRODUCTS, "reshape", "astype")
_SETTINGS = ("axis", "keepdims", "dtype")

#: The sides of an operation; none where it is not certain which they are.
_Operands = tuple[ast.expr, ...]
Pair = tuple[str, str]


def statement_at(text: str | None, where: Where) -> ast.AST | None:
    """The innermost statement at a line, of a compound one its header; None where a line has several."""
    tree = parse_module(text) if text is not None and where.cell is None else None
    around = [
        node
        for node in (ast.walk(tree) if tree is not None else ())
        if isinstance(node, ast.stmt)
        and where.line is not None
        and node.lineno <= where.line <= (node.end_lineno or node.lineno)
    ]
    last = max((node.lineno for node in around), default=0)
    innermost = [node for node in around if node.lineno == last]
    return _header(innermost[0]) if len(innermost) == 1 else None


def _header(statement: ast.stmt) -> ast.AST:
    """The statement without the statements inside."""
    blocks: dict[str, list[ast.AST]] = {
        name: [] for name in ("body", "orelse", "finalbody", "handlers", "cases") if hasattr(statement, name)
    }
    return type(statement)(**{**dict(ast.iter_fields(statement)), **blocks})


def sides_of(operations: Iterable[_Operands]) -> Pair | None:
    """The two sides as they are written, where only one operation can be meant and it has two."""
    all_of_them = list(operations)
    if len(all_of_them) != 1 or len(all_of_them[0]) != 2:
        return None
    left, right = (ast.unparse(side) for side in all_of_them[0])
    return (left, right) if max(len(left), len(right)) <= _MOST_CHARACTERS else None


def entrywise(statement: ast.AST) -> Iterator[_Operands]:
    """What each operation combines entry by entry, nothing where that is not certain."""
    for node in ast.walk(statement):
        match node:
            case ast.BinOp(left=left, op=operator, right=right) if not isinstance(operator, ast.MatMult):
                sides, certain = [left, right], True
            case ast.Compare(left=left, comparators=others):
                sides, certain = [left, *others], True
            case ast.Call() if _called(node) not in _OTHERWISE:
                sides, certain = _arguments(node), _called(node) in _ENTRYWISE
            case _:
                continue
        arrays = tuple(side for side in sides if not _is_number(side))
        if len(arrays) > 1:
            yield arrays if certain else ()


def in_place(statement: ast.AST) -> Iterator[_Operands]:
    """What an operation with a place for its result, or with three sides, combines."""
    if isinstance(statement, ast.AugAssign):
        yield statement.target, statement.value
    for node in ast.walk(statement):
        if isinstance(node, ast.Call) and len(_arguments(node)) > 2:
            yield ()


def products(statement: ast.AST) -> Iterator[_Operands]:
    """The two factors of each product of matrices."""
    for node in ast.walk(statement):
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.MatMult):
            yield (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)
        elif isinstance(node, ast.Call) and _called(node) in _PRODUCTS:
            yield tuple(_arguments(node))


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _arguments(call: ast.Call) -> list[ast.expr]:
    """What a call may combine: its arguments, and what it is a method of."""
    own = [call.func.value] if isinstance(call.func, ast.Attribute) else []
    owner = [each for each in own if not (isinstance(each, ast.Name) and each.id in _NUMPY)]
    named = [each.value for each in call.keywords if each.arg not in _SETTINGS]
    return [*owner, *call.args, *named]


def _is_number(node: ast.expr) -> bool:
    """Whether it is certainly one number, which fits everything."""
    match node:
        case ast.Constant():
            return True
        case ast.UnaryOp(operand=inner):
            return _is_number(inner)
        case ast.BinOp(left=left, right=right):
            return _is_number(left) and _is_number(right)
        case ast.Call(func=ast.Name(id="len" | "float" | "int")):
            return True
        case ast.Call(func=ast.Attribute(attr="sum" | "mean"), keywords=[]):
            return len(_arguments(node)) == 1
    return False
