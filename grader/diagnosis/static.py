"""What the syntax tree alone proves: undefined names, functions that return nothing, files written."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Mapping, Sequence

from grader.diagnosis.source import Function, mentions, value_of

__all__ = [
    "PLACEHOLDER",
    "PROVED",
    "computed_from_none",
    "misspelt_result",
    "placeholder",
    "undefined_name",
    "without_return",
    "writer",
]

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

#: A name is computed with that is still None.
PLACEHOLDER = "placeholder-none-used"
_WRITERS = {"savetxt", "save", "savez", "savez_compressed", "dump", "tofile", "imsave", "savefig", "to_csv"}


def without_return(function: Function) -> ast.stmt | None:
    """The last line of a function that computes something, when its end is reached and gives nothing back."""
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function.node)):
        return None
    if not _ends_with_nothing(function.node.body) or not any(map(_computes, function.statements())):
        return None
    return list(function.statements())[-1]


def _ends_with_nothing(body: Sequence[ast.stmt]) -> bool:
    """Whether the end of these statements may be reached, or a `return` without a value."""
    match body[-1]:
        case ast.Return(value=None):
            return True
        case ast.Return() | ast.Raise():
            return False
        case ast.If(body=first, orelse=[_, *_] as other):
            return _ends_with_nothing(first) or _ends_with_nothing(other)
        case ast.With(body=inner):
            return _ends_with_nothing(inner)
        case ast.Try(body=inner, handlers=handlers, orelse=other, finalbody=final):
            ends = [other or inner, *(handler.body for handler in handlers)]
            return any(map(_ends_with_nothing, ends)) and not (final and not _ends_with_nothing(final))
        case _:
            return True


def _computes(statement: ast.stmt) -> bool:
    """Whether a statement gives a name a value that is no constant."""
    return isinstance(statement, ast.Assign | ast.AugAssign) and any(
        isinstance(node, ast.BinOp | ast.Call | ast.Subscript) for node in ast.walk(statement.value)
    )


def undefined_name(function: Function) -> ast.stmt | None:
    """The statement that uses a name nothing defines, or fills one that nothing reads but its misspelling."""
    if any(
        isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in ast.walk(function.module)
    ):
        return None
    known = (
        _stored(function)
        | set(function.parameters)
        | _module_names(function.module)
        | set(dir(builtins))
        | PROVIDED
    )
    for statement in function.statements():
        if isinstance(statement, ast.AugAssign) and _augments_unknown(statement, known):
            return statement
        if not hasattr(statement, "body") and not _loaded(statement) <= known:
            return statement
    return misspelt_result(function)


def placeholder(function: Function, line: int) -> tuple[str, int] | None:
    """A name that is read at a line and was last set to None before it, with the line that did."""
    at = [node for node in function.statements() if node.lineno <= line <= (node.end_lineno or node.lineno)]
    for name in sorted(_loaded(at[-1]) | _augmented(at[-1])) if at else ():
        before = [node for node in function.assigning(name) if node.lineno < line]
        if before and _sets_none(before[-1], name):
            return name, before[-1].lineno
    return None


def computed_from_none(function: Function) -> tuple[str, int, ast.stmt] | None:
    """A name that a statement computes from itself while it is None, the line that set it so, the statement.

    Starters hand their own None on to what is called next; nobody computes a name from itself but by a slip.
    """
    for statement in function.statements():
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call | ast.BinOp):
            unset = placeholder(function, statement.lineno)
            if unset is not None and unset[0] in {ast.unparse(target) for target in statement.targets}:
                return *unset, statement
    return None


def _augmented(statement: ast.stmt) -> set[str]:
    """The name that `+=` and its like change."""
    target = statement.target if isinstance(statement, ast.AugAssign) else None
    return {target.id} if isinstance(target, ast.Name) else set()


def _sets_none(statement: ast.stmt, name: str) -> bool:
    """`name = None`, alone or among others."""
    if not isinstance(statement, ast.Assign):
        return False
    pairs: list[tuple[ast.expr, ast.expr]] = []
    for target in statement.targets:
        if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
            pairs += zip(target.elts, statement.value.elts, strict=False)
        else:
            pairs.append((target, statement.value))
    nones = [target for target, value in pairs if isinstance(value, ast.Constant) and value.value is None]
    return any(isinstance(target, ast.Name) and target.id == name for target in nones)


def misspelt_result(function: Function) -> ast.stmt | None:
    """The statement that fills `dw`, which nothing reads, where `dW` is returned."""
    result = function.returned(1)
    if not isinstance(result, ast.Name):
        return None
    unread = _stored(function) - _loaded(function.node)
    typos = {name for name in unread if name != result.id and name.lower() == result.id.lower()}
    filled = (node for name in typos for node in function.assigning(name))
    at_fault = [node for node in filled if not mentions(value_of(node), result.id)]
    return at_fault[-1] if at_fault else None


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


def writer(function: Function) -> ast.stmt | None:
    """The statement that saves something, or opens a file to write."""
    for node in function.statements():
        parts = [item.context_expr for item in node.items] if isinstance(node, ast.With) else [node]
        if not isinstance(node, ast.For | ast.While | ast.If) and any(map(_writes, parts)):
            return node
    return None


def _writes(tree: ast.AST) -> bool:
    calls = [inner for inner in ast.walk(tree) if isinstance(inner, ast.Call)]
    return any(mentions(call.func, *_WRITERS) or _opens_to_write(call) for call in calls)


def _opens_to_write(call: ast.Call) -> bool:
    modes = [*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    return mentions(call.func, "open") and any(
        isinstance(mode, ast.Constant) and isinstance(mode.value, str) and set(mode.value) & set("wax+")
        for mode in modes
    )


#: Mistake → what finds the statement that proves it.
PROVED: Mapping[str, Callable[[Function], ast.stmt | None]] = {
    "undefined-name": undefined_name,
    "returns-nothing": without_return,
    "writes-files": writer,
}
