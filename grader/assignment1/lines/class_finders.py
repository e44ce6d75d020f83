"""Where in loops, training, prediction, neighbours and nets a mistake is made; None when unsure."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence

from grader.diagnosis.source import Function, mentions, targets_of, value_of

__all__ = ["CLASS_FINDERS", "calling", "draws", "examples_loop", "gradient_of", "holds", "is_start"]

Finder = Callable[[Function], ast.stmt | None]

_COMPOUND = ast.For | ast.While | ast.If | ast.With | ast.Try | ast.FunctionDef
_COMPREHENSIONS = ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp
_MAPPING = ("map", "apply_along_axis", "vectorize", "fromiter", "fromfunction")


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
    return lambda function: next((s for s in _simple(function.statements()) if _calls(s, names)), None)


def _simple(statements: Iterable[ast.stmt]) -> list[ast.stmt]:
    return [node for node in statements if not isinstance(node, _COMPOUND)]


def _calls(statement: ast.stmt, names: Sequence[str]) -> bool:
    return any(isinstance(node, ast.Call) and mentions(node.func, *names) for node in ast.walk(statement))


def _last(statements: Iterable[ast.stmt]) -> ast.stmt | None:
    return next(iter(reversed(list(statements))), None)


def _only(statements: Iterable[ast.stmt]) -> ast.stmt | None:
    found = list(statements)
    return found[0] if len(found) == 1 else None


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
    if isinstance(statement, _COMPOUND):
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
    return _last(s for s in changed if id(s) not in guarded) or _last(changed)


def _batch_size(function: Function) -> ast.stmt | None:
    """The statement in the loop that reckons with batch_size, else the one that draws."""
    reckons = (s for s in _simple(function.inside_loops()) if any(map(_reckons_with_size, ast.walk(s))))
    return next(reckons, None) or _draw(function)


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


def _is_part_of(name: str, value: ast.expr) -> bool:
    return isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name) and value.value.id == name


def _steps(function: Function) -> ast.stmt | None:
    """The loop over the iterations."""
    loops = ((s, _over(s)) for s in function.statements() if isinstance(s, ast.For | ast.While))
    return next((loop for loop, over in loops if over is not None and mentions(over, "num_iters")), None)


def _second_append(function: Function) -> ast.stmt | None:
    """The second statement that appends a loss."""
    appended = [s for s in _simple(function.statements()) if _calls(s, ("append",)) and mentions(s, "loss")]
    return appended[1] if len(appended) > 1 else None


def _assigning(name: str) -> Finder:
    return lambda function: _last(function.assigning(name))


# --- neighbours -----------------------------------------------------------------------------------------

_SORTING = calling("argsort", "argpartition", "sort", "sorted", "nsmallest", "nlargest")


def _farthest(function: Function) -> ast.stmt | None:
    """The statement that takes the last ones, or turns the order round; else the one that sorts."""
    turned = (s for s in _simple(function.statements()) if any(map(_from_the_end, ast.walk(s))))
    return next(turned, None) or calling("nlargest")(function) or _SORTING(function)


def _from_the_end(node: ast.AST) -> bool:
    """`[-k:]`, `[::-1]`."""
    if not isinstance(node, ast.Slice):
        return False
    return any(isinstance(part, ast.UnaryOp) for part in (node.lower, node.step))


_TAKING = calling("most_common", "mode", "argmax", "argmin", "max")


def _vote(function: Function) -> ast.stmt | None:
    """The statement that takes the label with the most votes."""
    distances = function.parameter("dists", 1)
    sorts = [s for s in _simple(function.statements()) if _calls(s, ("argsort", "sorted", "sort"))]
    of_counts = [s for s in sorts if not mentions(s, distances)]
    compares = [s for s in function.inside_loops() if isinstance(s, ast.If) and _is_larger(s.test)]
    return _TAKING(function) or calling("bincount")(function) or _last(of_counts) or _last(compares)


def _is_larger(test: ast.expr) -> bool:
    larger = ast.Gt | ast.GtE | ast.Lt | ast.LtE
    return any(isinstance(node, ast.Compare) and isinstance(node.ops[0], larger) for node in ast.walk(test))


def _last_result(function: Function) -> ast.stmt | None:
    """The last statement that gives the one returned name a value, or the `return` that computes it."""
    if function.result is None:
        returns = [s for s in function.statements() if isinstance(s, ast.Return)]
        return returns[-1] if returns and isinstance(returns[-1].value, ast.Call | ast.BinOp) else None
    return _last(node for node in function.assigning(function.result) if not is_start(node))


def _cross_term(function: Function) -> ast.stmt | None:
    """The last statement that uses the matrix product; where there is none, the first of the result."""
    simple = _simple(function.statements())
    products = [s for s in simple if any(map(_multiplies, ast.walk(s)))]
    if not products:
        return next((s for s in function.assigning(function.result or "") if not is_start(s)), None)
    named = [each.id for each in targets_of(products[-1]) if isinstance(each, ast.Name)]
    others = [name for name in named if name != function.result]
    return _last(s for s in simple if mentions(value_of(s), *others)) or products[-1]


def _root(function: Function) -> ast.stmt | None:
    return calling("sqrt")(function) or _last_result(function)


# --- nets -----------------------------------------------------------------------------------------------


def gradient_of(function: Function, name: str, wanted: str = "") -> ast.stmt | None:
    """The last statement that makes the gradient of parameter `name`, if possible one that mentions `wanted`.

    That is `grads[name] = …`, or where it stores a variable, the statement that makes this.
    """
    stored = [s for s in function.statements() if any(holds(target, name) for target in targets_of(s))]
    variables = {value.id for s in stored if isinstance(value := value_of(s), ast.Name)}
    entries = [(s, value) for s in function.statements() for value in _entries(s, name)]
    variables |= {value.id for _, value in entries if isinstance(value, ast.Name)}
    made = [s for variable in variables for s in function.assigning(variable) if not is_start(s)]
    made += [s for s in stored if not isinstance(value_of(s), ast.Name)]
    made += [s for s, value in entries if not isinstance(value, ast.Name)]
    made.sort(key=lambda statement: statement.lineno)
    return _last(s for s in made if wanted and mentions(value_of(s), wanted)) or _last(made)


def holds(target: ast.expr, name: str) -> bool:
    """`grads["W1"]`, alone or among others."""
    if isinstance(target, ast.Tuple | ast.List):
        return any(holds(element, name) for element in target.elts)
    return isinstance(target, ast.Subscript) and _is_text(target.slice, name)


def _entries(statement: ast.stmt, name: str) -> list[ast.expr]:
    """The values at a key of dicts written out: `{"W1": dW1, …}`."""
    dicts = (
        []
        if isinstance(statement, _COMPOUND)
        else [node for node in ast.walk(statement) if isinstance(node, ast.Dict)]
    )
    pairs = [pair for node in dicts for pair in zip(node.keys, node.values, strict=True)]
    return [value for key, value in pairs if key and _is_text(key, name)]


def _is_text(node: ast.expr, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text


def _bias_gradient(function: Function) -> ast.stmt | None:
    """In `return dx, dw, db` what makes db."""
    value = function.returned(2)
    return _last(function.assigning(value.id)) if isinstance(value, ast.Name) else None


def _relu_mask(function: Function) -> ast.stmt | None:
    """The one comparison with 0 behind the loss; else where the gradient comes back through W2."""
    if function.result is not None:
        return _last_result(function)
    loss = function.returned(0)
    last = _last(function.assigning(loss.id)) if isinstance(loss, ast.Name) else None
    behind = [s for s in _simple(function.statements()) if last is not None and s.lineno > last.lineno]
    return (
        _only(s for s in behind if any(map(_compares_with_zero, ast.walk(s))))
        or _only(s for s in behind if any(map(_is_transposed_second, ast.walk(s))))
        or _only(s for s in behind if mentions(s, "W2") and not mentions(s, "reg"))
    )


def _scores(function: Function) -> ast.stmt | None:
    """The last statement that makes what `loss` returns without labels."""
    returns = [s for s in function.statements() if isinstance(s, ast.Return)]
    value = returns[0].value if len(returns) > 1 else None
    return _last(s for s in function.assigning(value.id)) if isinstance(value, ast.Name) else None


def _first_layer(function: Function) -> ast.stmt | None:
    """The first product with W1, behind which the ReLU belongs."""
    products = (s for s in _simple(function.statements()) if any(map(_multiplies, ast.walk(s))))
    return next((s for s in products if mentions(s, "W1", "X")), None) or calling("affine_forward")(function)


def _without_bias(function: Function) -> ast.stmt | None:
    """The first product with W1 or W2 when no computation mentions that layer's bias."""
    computing = [s for s in _simple(function.statements()) if any(map(_multiplies, ast.walk(s)))]
    for layer in ("1", "2", ""):
        weights, bias = (f"W{layer}", f"b{layer}") if layer else ("w", "b")
        products = [s for s in computing if mentions(s, weights)]
        if products and not any(mentions(s, bias) for s in computing):
            return products[0]
    return None


def _flat_cache(function: Function) -> ast.stmt | None:
    """The statement that gives x a new value; else the last that puts several things together."""
    x = function.assigning(function.parameter("x", 0))
    return next(iter(x), None) or _last(
        s for s in _simple(function.statements()) if isinstance(value_of(s), ast.Tuple)
    )


def _bias_in_product(function: Function) -> ast.stmt | None:
    """The first statement with a product one of whose factors is a sum."""
    simple = _simple(function.statements())
    products = ((s, node) for s in simple for node in ast.walk(s) if _multiplies(node))
    return next((s for s, node in products if any(map(_is_sum, _factors(node)))), None)


def _factors(product: ast.AST) -> list[ast.expr]:
    if isinstance(product, ast.BinOp):
        return [product.left, product.right]
    return list(product.args) if isinstance(product, ast.Call) else []


def _is_sum(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)


def _multiplies(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.MatMult)
    return isinstance(node, ast.Call) and mentions(node.func, "dot", "matmul", "einsum", "tensordot")


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


CLASS_FINDERS: Mapping[str, Finder] = {
    "bias-gradient": _bias_gradient,
    "bias-in-product": _bias_in_product,
    "batch-size": _batch_size,
    "decay": _decay,
    "draw": _draw,
    "random-numbers": draws,
    "farthest": _farthest,
    "cross-term": _cross_term,
    "first-layer": _first_layer,
    "flat-cache": _flat_cache,
    "last-result": _last_result,
    "loss-call": calling("loss"),
    "matrix": calling("matrix", "mat", "asmatrix", "bmat"),
    "predicted-class": calling("argmax", "argmin", "argsort", "max", "min"),
    "random-weights": calling("randn", "normal", "standard_normal", "rand", "uniform", "random"),
    "relu-mask": _relu_mask,
    "reshape": calling("reshape", "newaxis", "expand_dims", "atleast_2d", "transpose"),
    "root": _root,
    "scores": _scores,
    "second-append": _second_append,
    "sorting": _SORTING,
    "steps": _steps,
    "update": _update,
    "repeated-update": _repeated_update,
    "velocity": _velocity,
    "vote": _vote,
    "without-bias": _without_bias,
}
