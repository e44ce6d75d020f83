"""Where in a function a kind of mistake is made: each finder names one statement, or None when unsure."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Mapping, Sequence

from grader.assignment1.catalogue import CATALOGUE
from grader.assignment1.lines.class_finders import CLASS_FINDERS, examples_loop
from grader.assignment1.lines.net_finders import NET_FINDERS, gradient_of
from grader.assignment1.lines.results import RESULT_FINDERS, first, result_of
from grader.assignment1.lines.shifts import exponential, shift_of
from grader.assignment1.lines.statements import Finder, calling, last
from grader.diagnosis.source import Function, mentions, targets_of, value_of
from grader.diagnosis.static import computed_from_none, undefined_name, without_return, writer

__all__ = ["FINDERS", "locate"]

COURSE_CLASSES = 10
#: Of images, as the notebooks take them, and of pixels.
COURSE_SIZES = (500, 1000, 5000, 10_000, 49_000, 50_000, 3072, 3073)


def _last_return(function: Function) -> ast.stmt | None:
    return last(node for node in function.statements() if isinstance(node, ast.Return) and node.value)


def _regularization(position: int) -> Finder:
    def find(function: Function) -> ast.stmt | None:
        made = result_of(function, position)
        weights, reg = function.parameter("W", 0), function.parameter("reg", 3)
        return last(node for node in made if mentions(value_of(node), reg)) or last(
            node for node in made if mentions(value_of(node), weights)
        )

    return find


def _last_of(position: int) -> Finder:
    return lambda function: last(result_of(function, position))


def _first_of(position: int) -> Finder:
    return lambda function: first(result_of(function, position))


def _last_data(position: int) -> Finder:
    def find(function: Function) -> ast.stmt | None:
        reg, made = function.parameter("reg", 3), result_of(function, position)
        # Data and regularization may stand in one statement.
        return last(node for node in made if not mentions(value_of(node), reg)) or last(made)

    return find


def _at_index(assignment: type[ast.stmt]) -> Finder:
    """The first plain (`=`) or augmented (`+=`) assignment to columns of the gradient."""

    def find(function: Function) -> ast.stmt | None:
        return first(
            node
            for node in result_of(function, 1)
            if isinstance(node, assignment) and any(isinstance(t, ast.Subscript) for t in targets_of(node))
        )

    return find


def _parameter_changed(function: Function) -> ast.stmt | None:
    """The first `X -= …` or `X[…] = …` of a parameter, or of another name for it or for its rows."""
    others = {
        target.id
        for node in function.statements()
        if isinstance(node, ast.Assign)
        for of in [node.value.value if isinstance(node.value, ast.Subscript) else node.value]
        for target in node.targets
        if isinstance(target, ast.Name) and isinstance(of, ast.Name) and of.id in function.parameters
    }
    for name in (*function.parameters, *sorted(others)):
        for node in function.assigning(name):
            if isinstance(node, ast.AugAssign) or isinstance(targets_of(node)[0], ast.Subscript):
                return node
    return None


def _misnamed_entry(function: Function) -> ast.stmt | None:
    """The statement that fills `grads["w2"]` where the function reads `self.params["W2"]`."""
    read = {key for node in ast.walk(function.node) for key in _keys(node, ast.Load)}
    folded = {key.lower() for key in read}
    return first(
        statement
        for statement in function.statements()
        for target in targets_of(statement)
        for key in _keys(target, ast.Store)
        if key not in read and key.lower() in folded
    )


def _keys(node: ast.AST, context: type[ast.expr_context]) -> list[str]:
    """`W1` of `params["W1"]`."""
    match node:
        case ast.Subscript(slice=ast.Constant(value=str(key)), ctx=used) if isinstance(used, context):
            return [key]
    return []


def _correct_class(function: Function) -> ast.stmt | None:
    """The first statement that changes an array at the labels: `dW[:, y[i]] -= …`, `mask[rows, y] = …`."""
    labels = _labels(function)
    for statement in function.statements():
        for target in targets_of(statement):
            if (
                isinstance(target, ast.Subscript)
                and mentions(target.slice, *labels)
                and not _clears(statement)
            ):
                return statement
    return None


def _labels(function: Function) -> set[str]:
    """`y`, and the names of one label: `k = y[i]`, `for x, k in zip(X, y)`."""
    y = function.parameter("y", 2)
    names = {y}
    for node in function.statements():
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript):
            target = node.targets[0]
            if (
                isinstance(target, ast.Name)
                and isinstance(node.value.value, ast.Name)
                and node.value.value.id == y
            ):
                names.add(target.id)
        if (
            isinstance(node, ast.For)
            and isinstance(node.iter, ast.Call)
            and isinstance(node.target, ast.Tuple)
        ):
            pairs = zip(node.target.elts, node.iter.args, strict=False)
            names |= {one.id for one, of in pairs if isinstance(one, ast.Name) and mentions(of, y)}
    return names


def _clears(statement: ast.stmt) -> bool:
    """`margins[rows, y] = 0`: the own margin is taken out, which is no gradient."""
    value = value_of(statement)
    return isinstance(statement, ast.Assign) and isinstance(value, ast.Constant) and not value.value


def _loop(function: Function) -> ast.stmt | None:
    return examples_loop(function) or first(node for node in function.statements() if _calls_naive(node))


def _calls_naive(statement: ast.stmt) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith("_naive")
        for node in ast.walk(statement)
    )


def _mask(function: Function) -> ast.stmt | None:
    """The statement that asks whether a margin is at least 0, which holds of all once they are clamped."""
    return _comparing(function, lambda op, number: isinstance(op, ast.GtE) and number == 0)


def _comparing(function: Function, wanted: Callable[[ast.cmpop, float], bool]) -> ast.stmt | None:
    """The first statement, without those inside it, that compares with such a number."""
    for statement in function.statements():
        own = (part for part in ast.iter_child_nodes(statement) if isinstance(part, ast.expr))
        for node in (node for part in own for node in ast.walk(part)):
            if isinstance(node, ast.Compare) and isinstance(node.comparators[0], ast.Constant):
                number = node.comparators[0].value
                if isinstance(number, int | float) and wanted(node.ops[0], number):
                    return statement
    return None


def _margin(function: Function) -> ast.stmt | None:
    """The statement that asks for more than 1; else that clamps at 0, adds a 1, or takes a difference."""
    beyond = _comparing(function, lambda op, number: isinstance(op, ast.Gt | ast.GtE) and number == 1)
    return (
        beyond
        or calling("maximum", "clip")(function)
        or first(
            node for node in function.statements() if isinstance(node, ast.Assign) and _adds_one(node.value)
        )
        or first(node for node in function.inside_loops() if _subtracts(node))
    )


def _subtracts(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign) and any(
        isinstance(node, ast.Sub) for node in ast.walk(statement)
    )


def _adds_one(value: ast.expr) -> bool:
    return any(
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Add)
        and isinstance(node.right, ast.Constant)
        and node.right.value == 1
        for node in ast.walk(value)
    )


def _ten(function: Function) -> ast.stmt | None:
    simple = (node for node in function.statements() if not isinstance(node, ast.If | ast.While))
    return first(
        node
        for node in simple
        if any(
            isinstance(inner, ast.Constant) and inner.value == COURSE_CLASSES
            for inner in ast.walk(node.iter if isinstance(node, ast.For) else node)
        )
    )


def _shift(function: Function) -> ast.stmt | None:
    found = shift_of(function)
    return found.statement if found is not None else exponential(function)


def _classes_from_labels(function: Function) -> ast.stmt | None:
    """The statement that asks for the largest label, or for how many there are."""
    y = function.parameter("y", 2)
    simple = (node for node in function.statements() if not hasattr(node, "body"))
    return first(node for node in simple if any(_counts_labels(inner, y) for inner in ast.walk(node)))


def _counts_labels(node: ast.AST, y: str) -> bool:
    return isinstance(node, ast.Call) and mentions(node.func, "max", "unique", "set") and mentions(node, y)


def _size(function: Function) -> ast.stmt | None:
    """The first statement with one of CIFAR-10's sizes."""
    simple = (node for node in function.statements() if not isinstance(node, ast.For | ast.While | ast.If))
    return first(node for node in simple if any(map(_is_size, ast.walk(node))))


def _is_size(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value in COURSE_SIZES


def _still_none(function: Function) -> ast.stmt | None:
    """The statement that computes a name from itself while it is None."""
    found = computed_from_none(function)
    return found[-1] if found is not None else None


def _kept(*names: str) -> Finder:
    """What makes that which an update rule keeps under the first of these names that it has."""

    def find(function: Function) -> ast.stmt | None:
        found = (gradient_of(function, name) for name in names)
        return next(filter(None, found), None) or _last_of(0)(function)

    return find


FINDERS: Mapping[str, Finder] = {
    **CLASS_FINDERS,
    "velocity-kept": _kept("velocity"),
    "squares-kept": _kept("cache", "v"),
    **NET_FINDERS,
    **RESULT_FINDERS,
    "classes-from-labels": _classes_from_labels,
    "assigned-gradient": _at_index(ast.Assign),
    "correct-class": _correct_class,
    "exponential": exponential,
    "first-gradient": _first_of(1),
    "first-loss": _first_of(0),
    "indexed-gradient": _at_index(ast.AugAssign),
    "last-data-gradient": _last_data(1),
    "last-data-loss": _last_data(0),
    "last-return": _last_return,
    "last-gradient": _last_of(1),
    "last-loss": _last_of(0),
    "logarithm": calling("log", "log2", "log10", "log1p"),
    "loop": _loop,
    "margin": _margin,
    "misnamed-entry": _misnamed_entry,
    "mask": lambda function: _mask(function) or _first_of(1)(function),
    "maximum": calling("max", "amax"),
    "parameter-changed": _parameter_changed,
    "regularization-gradient": _regularization(1),
    "regularization-loss": _regularization(0),
    "root": calling("sqrt"),
    "shift": _shift,
    "still-none": _still_none,
    "size": _size,
    "sum": calling("sum"),
    "ten": _ten,
    "undefined-name": undefined_name,
    "without-return": without_return,
    "writer": writer,
}
#: Where a row names no finder of its own. The data parts are spread over many statements: no line is better.
_BY_SLOT: Mapping[str, str] = {
    "regularization_loss": "regularization-loss",
    "regularization_gradient": "regularization-gradient",
}
#: Finders of a gradient as a whole; that of one parameter of a net is nearer.
_OF_A_GRADIENT = {"regularization-gradient", "last-gradient", "last-data-gradient", "bias-gradient"}


def locate(function: Function, mistake: str, parameters: Sequence[str]) -> ast.stmt | None:
    """The statement of the mistake, or where what is missing belongs; None when unsure.

    `parameters`: those of a net in whose gradients the mistake is.
    """
    row = CATALOGUE[mistake]
    # In one of the parameters that it could be in, it is made where their gradient is.
    own = parameters and set(parameters) < set(CATALOGUE.slots(mistake))
    for name in [row.where] if row.where else [_BY_SLOT.get(slot) for slot in CATALOGUE.slots(mistake)]:
        wanted = "reg" if name == "regularization-gradient" else ""
        near = (
            gradient_of(function, parameters[0], wanted)
            if parameters and (own or name in _OF_A_GRADIENT)
            else None
        )
        found = near or (_found(FINDERS[name], function) if name else None)
        if found is not None:
            return found
    return None


def _found(find: Finder, function: Function) -> ast.stmt | None:
    """What is found in a function, else in the functions of the submission that it calls."""
    parts = itertools.chain([function], function.helpers())
    return next((found for part in parts if (found := find(part)) is not None), None)
