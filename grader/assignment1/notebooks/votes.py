"""What a notebook hands to `predict_labels`, read from its text: distances, or the images themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from grader.intake.notebooks.statements import Statement
from grader.intake.syntax import parsed

__all__ = ["images_as_distances"]

Values = Mapping[str, Sequence[ast.expr]]

#: What takes images apart and puts them together again.
_STACKING = frozenset(
    [
        "array",
        "array_split",
        "asarray",
        "concatenate",
        "copy",
        "delete",
        "hstack",
        "range",
        "reshape",
        "split",
        "vstack",
    ]
)
_DEEPEST = 4


def images_as_distances(statements: Sequence[Statement]) -> tuple[int, int] | None:
    """Cell and line of the first call of `predict_labels` that is given images; None when there is none."""
    trees = [(one, parsed("\n".join(one.lines))) for one in statements]
    known = [(one, tree) for one, tree in trees if tree is not None]
    values: dict[str, list[ast.expr]] = {}
    for _, tree in known:
        for name, value in _assigned(tree):
            values.setdefault(name, []).append(value)
    for one, tree in known:
        for node in ast.walk(tree):
            given = _distances_of(node)
            if given is not None and _are_images(given, values):
                return one.cell, one.line + given.lineno - 1
    return None


def _assigned(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))


def _distances_of(node: ast.AST) -> ast.expr | None:
    """The first argument of a call of `predict_labels`."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return None
    if node.func.attr != "predict_labels":
        return None
    named = [keyword.value for keyword in node.keywords if keyword.arg == "dists"]
    return next(iter([*node.args[:1], *named]), None)


def _are_images(value: ast.expr, values: Values, depth: int = 0) -> bool:
    """Whether a value is made of names that begin as those of images do, by stacking and taking parts."""
    nodes = list(ast.walk(value))
    if depth > _DEEPEST or not all(_stacks(node) for node in nodes if isinstance(node, ast.Call)):
        return False
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    made = [one for name in names for one in values.get(name, ())]
    if any(name.startswith("X") for name in names):
        return not any(map(_computes_distances, made))
    return bool(made) and all(_are_images(one, values, depth + 1) for one in made)


def _stacks(call: ast.Call) -> bool:
    function = call.func
    return (
        function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    ) in _STACKING


def _computes_distances(value: ast.expr) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr.startswith("compute_distances")
        for node in ast.walk(value)
    )
