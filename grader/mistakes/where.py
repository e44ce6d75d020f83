"""Point to the student's line, by reading the syntax tree; say nothing when unsure."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Mapping, Sequence

from grader.mistakes import catalogue
from grader.mistakes.source import Function, mentions, read

__all__ = ["locate", "static_mistakes"]

Finder = Callable[[Function], ast.stmt | None]

# Names of Python 2 and of the course's support code that a loader may provide.
PROVIDED = {
    "xrange",
    "unicode",
    "raw_input",
    "reduce",
    "unichr",
    "basestring",
    "long",
    "get_ipython",
    "display",
}
WRITERS = {"savetxt", "save", "savez", "savez_compressed", "dump", "tofile", "imsave", "savefig", "to_csv"}
COURSE_CLASSES = 10


def locate(source: str, function: str, mistake_id: str) -> int | None:
    """The line (from 1) of the mistake, or of the place where what is missing belongs; None when unsure."""
    found = read(source, function)
    row = catalogue.load().get(mistake_id)
    if found is None or row is None:
        return None
    names = [row.where] if row.where else [_BY_SLOT.get(slot) for slot in catalogue.slots_of(row)]
    for name in names:
        statement = _FINDERS[name](found) if name else None
        if statement is not None:
            return statement.lineno
    return None


def static_mistakes(source: str, function: str) -> list[tuple[str, int]]:
    """What the tree alone proves about a function: ids and lines, `undefined-name`, `writes-files`, …"""
    found = read(source, function)
    if found is None:
        return []
    checks: Mapping[str, Finder] = {
        "undefined-name": _undefined_name,
        "returns-nothing": _without_return,
        "writes-files": _writer,
    }
    lines = [(mistake, check(found)) for mistake, check in checks.items()]
    return [(mistake, statement.lineno) for mistake, statement in lines if statement is not None]


# --- finders: the statement where a kind of mistake is made -----------------------------------------------


def _last(statements: Iterable[ast.stmt]) -> ast.stmt | None:
    return next(iter(reversed(list(statements))), None)


def _first(statements: Iterable[ast.stmt]) -> ast.stmt | None:
    return next(iter(statements), None)


def _result(function: Function, position: int) -> Sequence[ast.stmt]:
    """The statements that make the loss (0) or the gradient (1), the `return` itself if it computes."""
    value = function.returned(position)
    if isinstance(value, ast.Name):
        return [node for node in function.assigning(value.id) if not _is_start(node)]
    if value is None:
        return []
    return [node for node in function.statements() if isinstance(node, ast.Return) and node.value][-1:]


def _is_start(statement: ast.stmt) -> bool:
    """`loss = 0.0`, `dW = np.zeros(W.shape)`: where an accumulator starts."""
    if not isinstance(statement, ast.Assign):
        return False
    value = statement.value
    return isinstance(value, ast.Constant) or (
        isinstance(value, ast.Call) and mentions(value.func, "zeros", "zeros_like")
    )


def _regularization(position: int) -> Finder:
    def find(function: Function) -> ast.stmt | None:
        made = _result(function, position)
        weights, reg = function.parameters[:1], function.parameters[3:4]
        return _last(node for node in made if mentions(_value(node), *reg)) or _last(
            node for node in made if mentions(_value(node), *weights)
        )

    return find


def _value(statement: ast.stmt) -> ast.AST:
    value = getattr(statement, "value", None)
    return value if isinstance(value, ast.AST) else statement


def _last_of(position: int) -> Finder:
    return lambda function: _last(_result(function, position))


def _first_of(position: int) -> Finder:
    return lambda function: _first(_result(function, position))


def _last_data(position: int) -> Finder:
    def find(function: Function) -> ast.stmt | None:
        reg = function.parameters[3:4]
        return _last(node for node in _result(function, position) if not mentions(_value(node), *reg))

    return find


def _at_index(assignment: type[ast.stmt]) -> Finder:
    """The first plain (`=`) or augmented (`+=`) assignment to columns of the gradient."""

    def find(function: Function) -> ast.stmt | None:
        return _first(
            node
            for node in _result(function, 1)
            if isinstance(node, assignment) and any(isinstance(t, ast.Subscript) for t in _targets_of(node))
        )

    return find


def _targets_of(statement: ast.stmt) -> list[ast.expr]:
    match statement:
        case ast.Assign(targets=targets):
            return targets
        case ast.AugAssign(target=target):
            return [target]
        case _:
            return []


def _parameter_changed(function: Function) -> ast.stmt | None:
    """The first `X -= …` or `X[…] = …` of a parameter."""
    for name in function.parameters:
        for node in function.assigning(name):
            if isinstance(node, ast.AugAssign) or isinstance(_targets_of(node)[0], ast.Subscript):
                return node
    return None


def _correct_class(function: Function) -> ast.stmt | None:
    """The first statement that changes an array at the labels: `dW[:, y[i]] -= …`, `mask[rows, y] = …`."""
    labels = function.parameters[2:3]
    for statement in function.statements():
        for target in _targets_of(statement):
            if (
                isinstance(target, ast.Subscript)
                and mentions(target.slice, *labels)
                and not _clears(statement)
            ):
                return statement
    return None


def _clears(statement: ast.stmt) -> bool:
    """`margins[rows, y] = 0`: the own margin is taken out, which is no gradient."""
    value = _value(statement)
    return isinstance(statement, ast.Assign) and isinstance(value, ast.Constant) and not value.value


def _calling(*names: str) -> Finder:
    def find(function: Function) -> ast.stmt | None:
        simple = (
            node for node in function.statements() if not isinstance(node, ast.For | ast.While | ast.If)
        )
        return _first(
            node
            for node in simple
            if any(isinstance(inner, ast.Call) and mentions(inner.func, *names) for inner in ast.walk(node))
        )

    return find


def _loop(function: Function) -> ast.stmt | None:
    naive = _first(node for node in function.statements() if isinstance(node, ast.For | ast.While))
    return naive or _first(node for node in function.statements() if _calls_naive(node))


def _calls_naive(statement: ast.stmt) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith("_naive")
        for node in ast.walk(statement)
    )


def _margin(function: Function) -> ast.stmt | None:
    """The statement that forms the margin: the first that clamps at 0, or that adds a 1 to a difference."""
    return _calling("maximum", "clip")(function) or _first(
        node for node in function.statements() if isinstance(node, ast.Assign) and _adds_one(node.value)
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
    return _first(
        node
        for node in simple
        if any(
            isinstance(inner, ast.Constant) and inner.value == COURSE_CLASSES
            for inner in ast.walk(node.iter if isinstance(node, ast.For) else node)
        )
    )


def _writer(function: Function) -> ast.stmt | None:
    return _calling(*WRITERS)(function)


def _without_return(function: Function) -> ast.stmt | None:
    """The function's own `def` when it gives nothing back, raises nothing and yields nothing."""
    for node in ast.walk(function.node):
        if isinstance(node, ast.Yield | ast.YieldFrom | ast.Raise | ast.Lambda):
            return None
        if isinstance(node, ast.Return) and node.value is not None:
            return None
    return function.node


def _undefined_name(function: Function) -> ast.stmt | None:
    """The statement that uses a name nothing defines, or fills one that nothing reads but its misspelling."""
    if any(
        isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in ast.walk(function.module)
    ):
        return None
    stored, loaded = _stored(function), _loaded(function.node)
    known = stored | set(function.parameters) | _module_names(function.module) | set(dir(builtins)) | PROVIDED
    for statement in function.statements():
        if isinstance(statement, ast.AugAssign) and _augments_unknown(statement, known):
            return statement
        if not hasattr(statement, "body") and not _loaded(statement) <= known:
            return statement
    result = function.returned(1)
    if isinstance(result, ast.Name):
        typos = {name for name in stored - loaded if name != result.id and name.lower() == result.id.lower()}
        filled = (node for name in typos for node in function.assigning(name))
        return _last(node for node in filled if not mentions(_value(node), result.id))
    return None


def _augments_unknown(statement: ast.AugAssign, known: set[str]) -> bool:
    return isinstance(statement.target, ast.Name) and statement.target.id not in known


def _stored(function: Function) -> set[str]:
    """Names that something inside gives a value; `+=` alone does not."""
    augmented = {id(node.target) for node in ast.walk(function.node) if isinstance(node, ast.AugAssign)}
    names: set[str] = set()
    for node in ast.walk(function.node):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) if id(node) not in augmented:
                names.add(name)
            case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {(alias.asname or alias.name).split(".")[0] for alias in aliases}
            case ast.ExceptHandler(name=str(name)):
                names.add(name)
            case ast.Global(names=declared) | ast.Nonlocal(names=declared):
                names |= set(declared)
    return names


def _loaded(node: ast.AST) -> set[str]:
    return {
        inner.id
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load)
    }


def _module_names(module: ast.Module) -> set[str]:
    """Names that the module's top level may define, at whatever depth of `if` and `try`."""
    names: set[str] = set()
    for node in ast.walk(module):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {(alias.asname or alias.name).split(".")[0] for alias in aliases}
            case ast.Global(names=declared):
                names |= set(declared)
    for statement in module.body:
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef):
            names |= {
                inner.id
                for inner in ast.walk(statement)
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
            }
    return names


_FINDERS: Mapping[str, Finder] = {
    "assigned-gradient": _at_index(ast.Assign),
    "correct-class": _correct_class,
    "exponential": _calling("exp"),
    "first-gradient": _first_of(1),
    "first-loss": _first_of(0),
    "indexed-gradient": _at_index(ast.AugAssign),
    "last-data-gradient": _last_data(1),
    "last-data-loss": _last_data(0),
    "last-gradient": _last_of(1),
    "last-loss": _last_of(0),
    "logarithm": _calling("log", "log2", "log10", "log1p"),
    "loop": _loop,
    "margin": _margin,
    "maximum": _calling("max", "amax"),
    "parameter-changed": _parameter_changed,
    "regularization-gradient": _regularization(1),
    "regularization-loss": _regularization(0),
    "sum": _calling("sum"),
    "ten": _ten,
    "undefined-name": _undefined_name,
    "without-return": _without_return,
    "writer": _writer,
}

# Where a row names no finder of its own. The data parts are spread over many statements: no line is better.
_BY_SLOT: Mapping[str, str] = {
    "regularization_loss": "regularization-loss",
    "regularization_gradient": "regularization-gradient",
}
