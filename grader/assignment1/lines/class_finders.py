"""Where in loops, training, prediction and neighbours a mistake is made; None when unsure."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from grader.assignment1.lines.statements import (
    COMPOUND,
    Finder,
    calling,
    calls,
    is_start,
    last,
    last_result,
    multiplies,
    only,
    simple,
)
from grader.diagnosis.source import Function, mentions, targets_of, value_of

__all__ = ["CLASS_FINDERS", "draws", "examples_loop"]

_COMPREHENSIONS = ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp
_DRAWING = ("randn", "normal", "standard_normal", "rand", "uniform", "random")
_MAPPING = ("map", "apply_along_axis", "vectorize", "fromiter", "fromfunction")


# --- loops ----------------------------------------------------------------------------------------------


def examples_loop(function: Function) -> ast.stmt | None:
    """The first loop over the examples, else the first loop; a comprehension is one as well."""
    loops = [(node, _over(node)) for node in function.statements()]
    found = [(node, over) for node, over in loops if over is not None]
    ours = [node for node, over in found if _counts_examples(over, function)]
    return next(iter(ours or [node for node, _ in found]), None)


def _over(statement: ast.stmt) -> ast.expr | None:
    """What a loop runs over; None when the statement is none."""
    if isinstance(statement, ast.For):
        return statement.iter
    if isinstance(statement, ast.While):
        return statement.test
    if isinstance(statement, COMPOUND):
        return None
    for node in ast.walk(statement):
        if isinstance(node, _COMPREHENSIONS):
            return node.generators[0].iter
        if isinstance(node, ast.Call) and mentions(node.func, *_MAPPING):
            return node
    return None


def _counts_examples(over: ast.expr, function: Function) -> bool:
    """Whether what is looped over is made of X or y, or a name that is."""
    examples = {function.parameter("X", 0), function.parameter("y", 2), "X_train"}
    if mentions(over, *examples):
        return True
    names = {node.id for node in ast.walk(over) if isinstance(node, ast.Name)}
    values = [value_of(statement) for name in names for statement in function.assigning(name)]
    return any(mentions(value, *examples) for value in values)


# --- training and prediction ----------------------------------------------------------------------------


def _update(function: Function) -> ast.stmt | None:
    """The first change of self.W or self.params[…] in the loop of `train`."""
    return next((s for s in function.inside_loops() if any(map(_is_weight, targets_of(s)))), None)


def _repeated_update(function: Function) -> ast.stmt | None:
    """The second change of the same weights in the loop, else the first of any."""
    changed: set[str] = set()
    for statement in function.inside_loops():
        for target in filter(_is_weight, targets_of(statement)):
            if ast.dump(target) in changed:
                return statement
            changed.add(ast.dump(target))
    return _update(function)


def _velocity(function: Function) -> ast.stmt | None:
    """The statement in the loop that keeps a part of what something was: `v = 0.9 * v - step`, `v *= 0.9`."""
    for statement in function.inside_loops():
        for target in targets_of(statement):
            kept = not _is_weight(target) and not mentions(target, "learning_rate")
            if kept and (_scales(statement) or _scaled_in(statement, target)):
                return statement
    return _update(function)


def _scales(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Mult)


def _scaled_in(statement: ast.stmt, target: ast.expr) -> bool:
    """Whether what is assigned to is multiplied in the value."""
    text = ast.unparse(target)
    operations = [node for node in ast.walk(value_of(statement)) if isinstance(node, ast.BinOp)]
    products = [node for node in operations if isinstance(node.op, ast.Mult)]
    return any(ast.unparse(side) == text for one in products for side in (one.left, one.right))


def _decay(function: Function) -> ast.stmt | None:
    """The change of the learning rate that no `if` of the loop guards, else the last one."""
    changed = function.assigning("learning_rate")
    guards = [node for node in function.statements() if isinstance(node, ast.If)]
    guarded = {id(inner) for guard in guards for inner in ast.walk(guard)}
    return last(s for s in changed if id(s) not in guarded) or last(changed)


def _batch_size(function: Function) -> ast.stmt | None:
    """The statement that hands all of X to the loss; in the loop that reckons with batch_size; that draws."""
    fed = calling("loss")(function)
    if fed is not None and any(map(_takes_all, ast.walk(fed))):
        return fed
    reckons = (s for s in simple(function.inside_loops()) if any(map(_reckons_with_size, ast.walk(s))))
    return next(reckons, None) or _draw(function)


def _takes_all(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and any(isinstance(a, ast.Name) and a.id == "X" for a in node.args)


def _reckons_with_size(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and mentions(node, "batch_size")


def _is_weight(target: ast.expr) -> bool:
    """`self.W`, `self.params[name]`."""
    inner = target.value if isinstance(target, ast.Subscript) else target
    return isinstance(inner, ast.Attribute) and inner.attr in ("W", "params")


#: The first statement that draws random numbers.
draws = calling("rand", "randn", "random", "random_sample", "binomial", "uniform", "normal")


def _draw(function: Function) -> ast.stmt | None:
    """The statement that draws a batch, else the one that takes rows of X in the loop."""
    drawn = calling("choice", "randint", "permutation", "shuffle", "sample", "random_integers")(function)
    X = function.parameter("X", 1)
    rows = (s for s in function.inside_loops() if isinstance(s, ast.Assign) and _is_part_of(X, s.value))
    return drawn or next(rows, None)


def _batch_labels(function: Function) -> ast.stmt | None:
    """The statement in the loop that takes labels by other indices than rows of X, else that which draws."""
    X, y = function.parameter("X", 1), function.parameter("y", 2)
    inside = [s for s in function.inside_loops() if isinstance(s, ast.Assign) and not calls(s, ("loss",))]
    taken_by = {index for s in inside if mentions(s.value, X) and (index := _index(s.value))}
    labels = (s for s in inside if mentions(s.value, y) and _index(s.value) not in taken_by)
    return next(labels, None) or _draw(function)


def _index(value: ast.expr) -> str:
    return ast.dump(value.slice) if isinstance(value, ast.Subscript) else ""


def _is_part_of(name: str, value: ast.expr) -> bool:
    return isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name) and value.value.id == name


def _steps(function: Function) -> ast.stmt | None:
    """The loop over the iterations."""
    loops = ((s, _over(s)) for s in function.statements() if isinstance(s, ast.For | ast.While))
    return next((loop for loop, over in loops if over is not None and mentions(over, "num_iters")), None)


def _second_append(function: Function) -> ast.stmt | None:
    """The second statement that appends a loss."""
    appended = [s for s in simple(function.statements()) if calls(s, ("append",)) and mentions(s, "loss")]
    return appended[1] if len(appended) > 1 else None


# --- neighbours -----------------------------------------------------------------------------------------

_SORTING = calling("argsort", "argpartition", "sort", "sorted", "nsmallest", "nlargest")


def _farthest(function: Function) -> ast.stmt | None:
    """The statement that takes the last ones, or turns the order round; else the one that sorts."""
    turned = (s for s in simple(function.statements()) if any(map(_from_the_end, ast.walk(s))))
    return next(turned, None) or calling("nlargest")(function) or _SORTING(function)


def _from_the_end(node: ast.AST) -> bool:
    """`[-k:]`, `[::-1]`."""
    if not isinstance(node, ast.Slice):
        return False
    return any(isinstance(part, ast.UnaryOp) for part in (node.lower, node.step))


_TAKING = calling("most_common", "mode", "argmax", "argmin", "max")


def _vote(function: Function) -> ast.stmt | None:
    """The statement that takes the label with the most votes, else the one that stores it."""
    distances = function.parameter("dists", 1)
    sorts = [s for s in simple(function.statements()) if calls(s, ("argsort", "sorted", "sort"))]
    of_counts = [s for s in sorts if not mentions(s, distances)]
    compares = [s for s in function.inside_loops() if isinstance(s, ast.If) and _is_larger(s.test)]
    return (
        _TAKING(function)
        or calling("bincount")(function)
        or last(of_counts)
        or last(compares)
        or last_result(function)
    )


def _is_larger(test: ast.expr) -> bool:
    larger = ast.Gt | ast.GtE | ast.Lt | ast.LtE
    return any(isinstance(node, ast.Compare) and isinstance(node.ops[0], larger) for node in ast.walk(test))


def _cross_term(function: Function) -> ast.stmt | None:
    """The last statement that uses the matrix product; where there is none, what adds the points themselves,
    else the first of the result."""
    every = simple(function.statements())
    products = [s for s in every if any(map(multiplies, ast.walk(s)))]
    if not products:
        sums = [s for s in every if any(map(_adds_training_points, ast.walk(s)))]
        made = [s for s in function.assigning(function.result or "") if not is_start(s)]
        return next(iter([*sums, *made]), None)
    named = [each.id for each in targets_of(products[-1]) if isinstance(each, ast.Name)]
    others = [name for name in named if name != function.result]
    return last(s for s in every if mentions(value_of(s), *others)) or products[-1]


def _adds_training_points(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and mentions(node.right, "X_train")


def _random_weights(function: Function) -> ast.stmt | None:
    """The first statement that draws numbers and does not mention their scale; else the only one."""
    drawing = [s for s in simple(function.statements()) if calls(s, _DRAWING)]
    unscaled = (s for s in drawing if not mentions(s, "std", "weight_scale"))
    return next(unscaled, None) or only(drawing)


CLASS_FINDERS: Mapping[str, Finder] = {
    "batch-labels": _batch_labels,
    "batch-size": _batch_size,
    "decay": _decay,
    "draw": _draw,
    "random-numbers": draws,
    "farthest": _farthest,
    "cross-term": _cross_term,
    "last-result": last_result,
    "loss-call": calling("loss"),
    "matrix": calling("matrix", "mat", "asmatrix", "bmat"),
    "predicted-class": calling("argmax", "argmin", "argsort", "max", "min"),
    "random-weights": _random_weights,
    "reshape": calling("reshape", "newaxis", "expand_dims", "atleast_2d", "transpose"),
    "root": lambda function: calling("sqrt")(function) or last_result(function),
    "second-append": _second_append,
    "sorting": _SORTING,
    "steps": _steps,
    "update": _update,
    "repeated-update": _repeated_update,
    "velocity": _velocity,
    "vote": _vote,
}
