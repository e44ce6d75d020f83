"""What makes a loss or its gradient, and where in it a mistake of the data's part is made."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence

from grader.assignment1.lines.net_finders import holds
from grader.assignment1.lines.statements import Finder, is_start, last, multiplies
from grader.diagnosis.source import Function, mentions, targets_of, value_of

__all__ = ["RESULT_FINDERS", "first", "result_of"]


def first(statements: Iterable[ast.stmt]) -> ast.stmt | None:
    return next(iter(statements), None)


def result_of(function: Function, position: int) -> Sequence[ast.stmt]:
    """The statements that make the loss (0) or the gradient (1), the `return` itself if it computes."""
    value = function.returned(position)
    if value is None:
        return []
    if isinstance(value, ast.Name):
        return [node for node in function.assigning(value.id) if not is_start(node)]
    if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Constant):
        key = str(value.slice.value)
        return [s for s in function.statements() if any(holds(target, key) for target in targets_of(s))]
    # `return loss / n, dW / n + reg * W`: what was gathered before belongs to it.
    names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    gathered = [name for name in sorted(names) if name.lower().startswith(_RESULTS[position])]
    made = [node for name in gathered for node in function.assigning(name) if not is_start(node)]
    ends = [node for node in function.statements() if isinstance(node, ast.Return) and node.value][-1:]
    return sorted(made, key=lambda node: node.lineno) + ends


#: How people's names for the loss and for the gradient begin.
_RESULTS = (("loss",), ("dw", "grad"))


def _twice(position: int) -> Finder:
    """The statement of the data's part that multiplies by 2, or that stands there a second time."""

    def find(function: Function) -> ast.stmt | None:
        reg, made = function.parameter("reg", 3), result_of(function, position)
        data = [node for node in made if not mentions(value_of(node), reg)]
        texts = [ast.unparse(node) for node in data]
        again = (node for at, node in enumerate(data) if texts[at] in texts[:at])
        read = {name.id for node in data for name in ast.walk(value_of(node)) if isinstance(name, ast.Name)}
        behind = (node for name in sorted(read) for node in function.assigning(name))
        doubling = first(filter(_doubles, data)) or first(again) or first(filter(_doubles, behind))
        return doubling or last(data or made)

    return find


def _doubles(statement: ast.stmt) -> bool:
    products = [node for node in ast.walk(statement) if isinstance(node, ast.BinOp | ast.AugAssign)]
    sides = (side for node in products if isinstance(node.op, ast.Mult) for side in _sides(node))
    return any(isinstance(side, ast.Constant) and side.value == 2 for side in sides)


def _sides(node: ast.BinOp | ast.AugAssign) -> tuple[ast.expr, ...]:
    return (node.left, node.right) if isinstance(node, ast.BinOp) else (node.value,)


def _with_reg(position: int) -> Finder:
    """The first statement of a result that mentions reg, if there is one without W."""

    def find(function: Function) -> ast.stmt | None:
        reg, made = function.parameter("reg", 3), result_of(function, position)
        with_reg = [node for node in made if mentions(value_of(node), reg)]
        weights = function.parameter("W", 0)
        return first(s for s in with_reg if not mentions(value_of(s), weights)) or first(with_reg or made)

    return find


def _factor_made(function: Function) -> ast.stmt | None:
    """The statement that makes what the inputs are multiplied by; else the gradient's first."""
    return first(filter(_is_whole, _factor(function))) or first(result_of(function, 1))


def _is_whole(statement: ast.stmt) -> bool:
    """Whether it makes all of a value, where entries of a mask are the correct classes'."""
    return not any(isinstance(target, ast.Subscript) for target in targets_of(statement))


def _factor_changed(function: Function) -> ast.stmt | None:
    """The last statement that changes what the inputs are multiplied by; else the gradient's first."""
    changes = (s for s in _factor(function) if not _divides(s))
    return last(changes) or first(result_of(function, 1))


def _factor(function: Function) -> list[ast.stmt]:
    """What makes the factor of the first product of the gradient: `mask` of `dW = X.T.dot(mask)`.

    Not what the loss needs as well: that is right where only the gradient is wrong.
    """
    loss = result_of(function, 0)
    for product in result_of(function, 1):
        products = [node for node in ast.walk(value_of(product)) if multiplies(node)]
        if not products:
            continue
        names = {node.id for node in ast.walk(products[0]) if isinstance(node, ast.Name)}
        made = []
        for name in sorted(names - set(function.parameters)):
            needed = max((s.lineno for s in loss if mentions(value_of(s), name)), default=0)
            lines = range(needed + 1, product.lineno)
            made.append([s for s in function.assigning(name) if s.lineno in lines and not is_start(s)])
        return max(filter(None, made), key=lambda found: found[-1].lineno, default=[])
    return []


def _sign(function: Function) -> ast.stmt | None:
    """The statement that turns the sign of the gradient, or of its factor."""
    made = result_of(function, 1)
    turned = (s for s in made if _negates(s) or (isinstance(s, ast.AugAssign) and isinstance(s.op, ast.Sub)))
    of_factor = (s for s in _factor(function) if _negates(s) and _is_whole(s))
    return first(turned) or first(of_factor) or _factor_made(function)


def _negates(statement: ast.stmt) -> bool:
    """Whether it has `-x` of more than a number, or a product with -1."""
    inner = list(ast.walk(statement))
    minus = [node for node in inner if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)]
    products = (node for node in inner if isinstance(node, ast.BinOp | ast.AugAssign))
    factors = [side for node in products if isinstance(node.op, ast.Mult) for side in _sides(node)]
    return any(not isinstance(node.operand, ast.Constant) or node in factors for node in minus)


def _divides(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Div)


RESULT_FINDERS: Mapping[str, Finder] = {
    "factor-changed": _factor_changed,
    "factor-made": _factor_made,
    "gradient-sign": _sign,
    "twice-gradient": _twice(1),
    "twice-loss": _twice(0),
    "with-reg-loss": _with_reg(0),
}
