"""The small language in which the catalogue writes what a mistake computes.

An expression such as ``V - Y * rows(V)`` is arithmetic over named arrays. It is parsed once, when the
catalogue is read; only the operators and functions below exist, so a row can compute and do nothing else.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "ExpressionError", "parse"]

Array = NDArray[np.float64]
Namespace = Mapping[str, Any]
Expression = Callable[[Namespace], Any]


class ExpressionError(ValueError):
    """An expression of the catalogue that cannot be read."""


def _rows(values: Array) -> Array:
    """The sum over the classes of each example, (N, 1)."""
    return cast(Array, values.sum(axis=1, keepdims=True))


def _columns(values: Array) -> Array:
    """The sum over the examples (or features) of each class, (1, C)."""
    return cast(Array, values.sum(axis=0, keepdims=True))


def _largest(values: Array) -> Array:
    """The largest value of each example, (N, 1)."""
    return cast(Array, values.max(axis=1, keepdims=True))


def _still_to_come(values: Array) -> NDArray[np.int64]:
    """How many entries of the column are not zero from here on."""
    return np.cumsum((values != 0)[::-1], axis=0)[::-1]


def _first_row(values: Array) -> Array:
    """The first example's values for each example."""
    return np.broadcast_to(values[:1], values.shape)


def _last_row(values: Array) -> Array:
    """The last example's values for each example."""
    return np.broadcast_to(values[-1:], values.shape)


def _after_last(values: Array) -> Array:
    """1 for each example after the last one that is not zero in its column; a zero column is all 1."""
    return np.asarray(_still_to_come(values) == 0, dtype=np.float64)


def _last(values: Array) -> Array:
    """Of each column only the last entry that is not zero: what `=` or a repeated index leaves."""
    return cast(Array, values * (values != 0) * (_still_to_come(values) == 1))


def _final(values: Array) -> Array:
    """Of the whole array only the last entry that is not zero, in reading order."""
    kept = np.zeros_like(values)
    where = np.flatnonzero(values)
    if where.size:
        kept.flat[where[-1]] = values.flat[where[-1]]
    return kept


def _running(values: Array) -> Array:
    """The sum over the classes up to each one, (N, C)."""
    return cast(Array, values.cumsum(axis=1))


def _rounds(values: Array) -> Array:
    """For each entry that is not zero, how many rows it lies before the next such one of its column."""
    found = np.zeros_like(values)
    for column in range(values.shape[1]):
        rows = np.flatnonzero(values[:, column])
        found[rows, column] = np.diff(np.append(rows, len(values)))
    return found


def _without_bias(values: Array) -> Array:
    """The bias row, the last, set to zero."""
    kept = values.copy()
    kept[-1] = 0.0
    return kept


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": np.abs,
    "after_last": _after_last,
    "clamp": lambda values: np.maximum(0.0, values),
    "columns": _columns,
    "exp": np.exp,
    "final": _final,
    "first_row": _first_row,
    "largest": _largest,
    "last": _last,
    "last_row": _last_row,
    "log": np.log,
    "log10": np.log10,
    "log2": np.log2,
    "ones": np.ones_like,
    "rounds": _rounds,
    "rows": _rows,
    "running": _running,
    "sign": np.sign,
    "sqrt": np.sqrt,
    "total": np.sum,
    "without_bias": _without_bias,
}

_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Gt: operator.gt,
    ast.Lt: operator.lt,
    ast.Eq: operator.eq,
}


@cache
def parse(text: str) -> Expression:
    """Read an expression; the result maps a namespace to a value.

    Raises:
        ExpressionError: not arithmetic over names, numbers and the functions above.
    """
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError as error:
        raise ExpressionError(f"cannot read the expression {text!r}: {error.msg}") from error
    return _build(tree.body, text)


def _build(node: ast.expr, text: str) -> Expression:
    match node:
        case ast.Constant(value=int() | float() as number):
            return lambda names: float(number)
        case ast.Name(id=name):
            return lambda names: names[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = _build(operand, text)
            return lambda names: -inner(names)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _apply(_BINARY[type(op)], _build(left, text), _build(right, text))
        case ast.Compare(left=left, ops=[comparison], comparators=[right]) if type(comparison) in _COMPARE:
            truth = _apply(_COMPARE[type(comparison)], _build(left, text), _build(right, text))
            return lambda names: np.asarray(truth(names), dtype=np.float64)
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in FUNCTIONS:
            function, inner = FUNCTIONS[name], _build(argument, text)
            return lambda names: function(inner(names))
        case _:
            raise ExpressionError(
                f"{ast.unparse(node)!r} in {text!r} is not part of the catalogue's language"
            )


def _apply(function: Callable[[Any, Any], Any], left: Expression, right: Expression) -> Expression:
    return lambda names: function(left(names), right(names))
