"""What finders ask of a function's statements."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence

from grader.diagnosis.source import Function, mentions

__all__ = [
    "COMPOUND",
    "Finder",
    "calling",
    "calls",
    "is_start",
    "last",
    "last_result",
    "multiplies",
    "only",
    "simple",
]

Finder = Callable[[Function], ast.stmt | None]

COMPOUND = ast.For | ast.While | ast.If | ast.With | ast.Try | ast.FunctionDef


def is_start(statement: ast.stmt) -> bool:
    """`loss = 0.0`, `dW = np.zeros(W.shape)`, or both at once: where an accumulator starts."""
    if not isinstance(statement, ast.Assign):
        return False
    values = statement.value.elts if isinstance(statement.value, ast.Tuple) else [statement.value]
    return all(
        isinstance(value, ast.Constant)
        or (isinstance(value, ast.Call) and mentions(value.func, "zeros", "zeros_like"))
        for value in values
    )


def calling(*names: str) -> Finder:
    """The first statement that calls one of these functions or methods."""
    return lambda function: next((s for s in simple(function.statements()) if calls(s, names)), None)


def simple(statements: Iterable[ast.stmt]) -> list[ast.stmt]:
    return [node for node in statements if not isinstance(node, COMPOUND)]


def calls(statement: ast.stmt, names: Sequence[str]) -> bool:
    return any(isinstance(node, ast.Call) and mentions(node.func, *names) for node in ast.walk(statement))


def last(statements: Iterable[ast.stmt]) -> ast.stmt | None:
    return next(iter(reversed(list(statements))), None)


def only(statements: Iterable[ast.stmt]) -> ast.stmt | None:
    found = list(statements)
    return found[0] if len(found) == 1 else None


def last_result(function: Function) -> ast.stmt | None:
    """The last statement that gives the one returned name a value, or the `return` that computes it."""
    if function.result is None:
        returns = [s for s in function.statements() if isinstance(s, ast.Return)]
        return returns[-1] if returns and isinstance(returns[-1].value, ast.Call | ast.BinOp) else None
    return last(node for node in function.assigning(function.result) if not is_start(node))


def multiplies(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.MatMult)
    return isinstance(node, ast.Call) and mentions(node.func, "dot", "matmul", "einsum", "tensordot")
