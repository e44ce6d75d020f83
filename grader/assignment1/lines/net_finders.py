"""Where in nets and their layers a mistake is made; None when unsure."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

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

__all__ = ["NET_FINDERS", "gradient_of", "holds"]

_RELUS = ("maximum", "relu", "relu_forward", "affine_relu_forward", "clip", "where")


def gradient_of(function: Function, name: str, wanted: str = "") -> ast.stmt | None:
    """The last statement that makes the gradient of parameter `name`, if possible one that mentions `wanted`.

    That is `grads[name] = …`, or where it stores a variable, the statement that makes this.
    """
    stored = [
        (s, _put_into(target, value_of(s), name))
        for s in function.statements()
        for target in targets_of(s)
        if holds(target, name)
    ]
    variables = {value.id for _, value in stored if isinstance(value, ast.Name)}
    entries = [(s, value) for s in function.statements() for value in _entries(s, name)]
    variables |= {value.id for _, value in entries if isinstance(value, ast.Name)}
    made = [s for variable in variables for s in function.assigning(variable) if not is_start(s)]
    made += [s for s, value in stored if not isinstance(value, ast.Name)]
    made += [s for s, value in entries if not isinstance(value, ast.Name)]
    made.sort(key=lambda statement: statement.lineno)
    return last(s for s in made if wanted and mentions(value_of(s), wanted)) or last(made)


def holds(target: ast.expr, name: str) -> bool:
    """`grads["W1"]`, alone or among others."""
    if isinstance(target, ast.Tuple | ast.List):
        return any(holds(element, name) for element in target.elts)
    return isinstance(target, ast.Subscript) and _is_text(target.slice, name)


def _put_into(target: ast.expr, value: ast.AST, name: str) -> ast.AST:
    """What goes into `grads["W1"]`, also where several are stored at once: `grads["W1"], … = dW1, …`."""
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        pairs = zip(target.elts, value.elts, strict=False)
        return next((given for each, given in pairs if holds(each, name)), value)
    return value


def _entries(statement: ast.stmt, name: str) -> list[ast.expr]:
    """The values at a key of dicts written out: `{"W1": dW1, …}`."""
    dicts = (
        []
        if isinstance(statement, COMPOUND)
        else [node for node in ast.walk(statement) if isinstance(node, ast.Dict)]
    )
    pairs = [pair for node in dicts for pair in zip(node.keys, node.values, strict=True)]
    return [value for key, value in pairs if key and _is_text(key, name)]


def _is_text(node: ast.expr, text: str) -> bool:
    """`"W1"`, or what is put together of its letter and a number: `"W%d" % i`, `f"W{i}"`, `"W" + str(i)`."""
    if isinstance(node, ast.Constant):
        return node.value == text
    letter = text.rstrip("0123456789")
    parts = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
    made_of = isinstance(node, ast.BinOp | ast.JoinedStr | ast.Call) and letter != text
    return made_of and any(part in (letter, f"{letter}%d", f"{letter}%s", f"{letter}{{}}") for part in parts)


def _bias_gradient(function: Function) -> ast.stmt | None:
    """In `return dx, dw, db` what makes db."""
    value = function.returned(2)
    return last(function.assigning(value.id)) if isinstance(value, ast.Name) else None


def _relu_mask(function: Function) -> ast.stmt | None:
    """The one comparison with 0 behind the loss; else where the gradient comes back through W2."""
    if function.result is not None:
        return last_result(function)
    loss = function.returned(0)
    made = last(function.assigning(loss.id)) if isinstance(loss, ast.Name) else None
    behind = [s for s in simple(function.statements()) if made is not None and s.lineno > made.lineno]
    return (
        only(s for s in behind if any(map(_compares_with_zero, ast.walk(s))))
        or only(s for s in behind if any(map(_is_transposed_second, ast.walk(s))))
        or only(s for s in behind if mentions(s, "W2") and not mentions(s, "reg"))
    )


def _scores(function: Function) -> ast.stmt | None:
    """The last statement that makes what `loss` returns without labels."""
    returns = [s for s in function.statements() if isinstance(s, ast.Return)]
    value = returns[0].value if len(returns) > 1 else None
    return last(s for s in function.assigning(value.id)) if isinstance(value, ast.Name) else None


def _first_layer(function: Function) -> ast.stmt | None:
    """The first product with W1, behind which the ReLU belongs; None where one stands, but is not used."""
    if any(calls(s, _RELUS) for s in function.statements()):
        return None
    products = (s for s in simple(function.statements()) if any(map(multiplies, ast.walk(s))))
    return next((s for s in products if mentions(s, "W1", "X")), None) or calling("affine_forward")(function)


def _without_bias(function: Function) -> ast.stmt | None:
    """The first product with W1 or W2 when no computation mentions that layer's bias."""
    computing = [s for s in simple(function.statements()) if any(map(multiplies, ast.walk(s)))]
    for layer in ("1", "2", ""):
        weights, bias = (f"W{layer}", f"b{layer}") if layer else ("w", "b")
        products = [s for s in computing if mentions(s, weights)]
        if products and not any(mentions(s, bias) for s in computing):
            return products[0]
    return None


def _random_biases(function: Function) -> ast.stmt | None:
    """The first statement that stores random numbers as a bias."""
    stored = (s for s in simple(function.statements()) if any(_holds_bias(t) for t in targets_of(s)))
    return next((s for s in stored if mentions(s, "random", "randn", "normal")), None)


def _holds_bias(target: ast.expr) -> bool:
    return any(holds(target, f"b{layer}") for layer in (1, 2))


def _flat_cache(function: Function) -> ast.stmt | None:
    """The statement that gives x a new value; else the last that puts several things together."""
    x = function.assigning(function.parameter("x", 0))
    return next(iter(x), None) or last(
        s for s in simple(function.statements()) if isinstance(value_of(s), ast.Tuple)
    )


def _bias_in_product(function: Function) -> ast.stmt | None:
    """The first statement with a product one of whose factors is a sum."""
    products = ((s, node) for s in simple(function.statements()) for node in ast.walk(s) if multiplies(node))
    return next((s for s, node in products if any(map(_is_sum, _factors(node)))), None)


def _factors(product: ast.AST) -> list[ast.expr]:
    if isinstance(product, ast.BinOp):
        return [product.left, product.right]
    return list(product.args) if isinstance(product, ast.Call) else []


def _is_sum(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)


def _compares_with_zero(node: ast.AST) -> bool:
    return isinstance(node, ast.Compare) and any(
        isinstance(side, ast.Constant) and side.value == 0 for side in (node.left, *node.comparators)
    )


def _is_transposed_second(node: ast.AST) -> bool:
    """`W2.T`, `self.params["W2"].T`, `np.transpose(W2)`."""
    if isinstance(node, ast.Attribute) and node.attr in ("T", "transpose"):
        inside: Sequence[ast.AST] = list(ast.walk(node.value))
    elif isinstance(node, ast.Call) and mentions(node.func, "transpose"):
        inside = [inner for argument in node.args for inner in ast.walk(argument)]
    else:
        return False
    return any(
        (isinstance(inner, ast.Name) and inner.id == "W2")
        or (isinstance(inner, ast.Constant) and inner.value == "W2")
        for inner in inside
    )


NET_FINDERS: Mapping[str, Finder] = {
    "bias-gradient": _bias_gradient,
    "bias-in-product": _bias_in_product,
    "first-layer": _first_layer,
    "flat-cache": _flat_cache,
    "random-biases": _random_biases,
    "relu-mask": _relu_mask,
    "scores": _scores,
    "without-bias": _without_bias,
}
