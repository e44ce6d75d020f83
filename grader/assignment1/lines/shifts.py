"""By what the scores are shifted before an exponential: read from the text, never run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from grader.diagnosis.source import Function, mentions, value_of

__all__ = ["Shift", "exponential", "shift_of"]

_MAXIMA = ("max", "amax", "nanmax")
_REDUCTIONS = (*_MAXIMA, "sum", "mean", "average", "min", "amin", "median")
_SHAPING = ("reshape", "expand_dims", "array", "asarray", "tile", "repeat", "transpose", "float")
#: How far a name is followed to what it was made of.
_DEPTH = 3

Kind = Literal["largest", "sign flipped", "something else"]


class Shift(NamedTuple):
    """What is added to or taken from the scores, and where."""

    kind: Kind
    statement: ast.stmt
    by: str


class _Term(NamedTuple):
    """What a reduction adds (1) or takes away (-1)."""

    sign: int
    value: ast.expr
    statement: ast.stmt


def exponential(function: Function) -> ast.stmt | None:
    """The first used statement with an exponential that is not shifted by a maximum, else the first."""
    found = list(_exponentials(function))
    bare = (s for s, call in found if _of(function, s, call) is None)
    wrong = (s for s, call in found if (shift := _of(function, s, call)) and shift.kind != "largest")
    return next(bare, None) or next(wrong, None) or next((s for s, _ in found), None)


def shift_of(function: Function) -> Shift | None:
    """How the scores are shifted, first of all where it is not by a maximum; None if some are not at all."""
    shifts = [_of(function, statement, call) for statement, call in _exponentials(function)]
    known = [one for one in shifts if one is not None]
    if len(known) < len(shifts):
        return None
    return next((one for one in known if one.kind != "largest"), next(iter(known), None))


def _exponentials(function: Function) -> Iterator[tuple[ast.stmt, ast.Call]]:
    """The calls of `exp` whose values are used, with their statements."""
    for statement in function.used():
        if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.For | ast.While | ast.If | ast.With):
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and mentions(node.func, "exp") and node.args:
                yield statement, node


def _of(function: Function, statement: ast.stmt, call: ast.Call) -> Shift | None:
    """The shift of what is given to an exponential."""
    terms = list(_terms(function, call.args[0], statement, 1, _DEPTH))
    if not terms:
        return None
    X = function.parameter("X", 1)
    for term in terms:
        if _called(term.value) in _MAXIMA and not _is_of(term.value, X):
            return Shift(
                "largest" if term.sign < 0 else "sign flipped", term.statement, ast.unparse(term.value)
            )
    return Shift("something else", terms[0].statement, ast.unparse(terms[0].value))


def _is_method(call: ast.Call) -> bool:
    """`scores.max()`, not `np.max(scores)`."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return owner is not None and not (isinstance(owner, ast.Name) and owner.id in ("np", "numpy"))


def _called(value: ast.expr) -> str:
    """The name of the function or method that a call is one of; empty for anything else."""
    match value:
        case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)):
            return name
        case _:
            return ""


def _is_of(value: ast.expr, name: str) -> bool:
    """Whether a reduction is one of this array itself, or of its rows."""
    if not isinstance(value, ast.Call):
        return False
    reduced: ast.AST = next(iter(value.args), value)
    if isinstance(value.func, ast.Attribute) and _is_method(value):
        reduced = value.func.value
    while isinstance(reduced, ast.Subscript):
        reduced = reduced.value
    return isinstance(reduced, ast.Name) and reduced.id == name


def _terms(
    function: Function, value: ast.expr, statement: ast.stmt, sign: int, depth: int
) -> Iterator[_Term]:
    """The reductions that are added to or taken from a value, in it or in what its names were made of."""
    match value:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            yield from _terms(function, left, statement, sign, depth)
            other = -sign if isinstance(op, ast.Sub) else sign
            if _is_of_labels(function, right):
                yield _Term(other, right, statement)
            yield from _terms(function, right, statement, other, depth)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield from _terms(function, operand, statement, -sign, depth)
        case ast.Call() if _called(value) in _REDUCTIONS:
            yield _Term(sign, value, statement)
        case ast.Call(args=[inner, *_]) if _called(value) in _SHAPING and not _is_method(value):
            yield from _terms(function, inner, statement, sign, depth)
        case ast.Call(func=ast.Attribute(value=inner)) if _called(value) in _SHAPING:
            yield from _terms(function, inner, statement, sign, depth)
        case ast.Attribute(value=inner) | ast.Subscript(value=inner):
            yield from _terms(function, inner, statement, sign, depth)
        case ast.Name(id=name) if depth:
            yield from _terms_of_name(function, name, statement, sign, depth - 1)


def _is_of_labels(function: Function, value: ast.expr) -> bool:
    """Whether a value is picked by the labels, as the correct class's score is, or a name for such a one."""
    base = value
    while isinstance(base, ast.Subscript):
        base = base.value
    made = [value_of(one) for one in function.assigning(base.id)] if isinstance(base, ast.Name) else []
    picked = [node for one in (value, *made) for node in ast.walk(one) if isinstance(node, ast.Subscript)]
    return any(mentions(node.slice, function.parameter("y", 2)) for node in picked)


def _terms_of_name(
    function: Function, name: str, statement: ast.stmt, sign: int, depth: int
) -> Iterator[_Term]:
    """What the statements before this one made of a name."""
    for made in _before(function.assigning(name), statement):
        value = value_of(made)
        if isinstance(made, ast.AugAssign) and isinstance(value, ast.expr):
            if isinstance(made.op, ast.Add | ast.Sub):
                other = -sign if isinstance(made.op, ast.Sub) else sign
                if _is_of_labels(function, value):
                    yield _Term(other, value, made)
                yield from _terms(function, value, made, other, depth)
        elif isinstance(value, ast.expr):
            yield from _terms(function, value, made, sign, depth)


def _before(statements: Sequence[ast.stmt], statement: ast.stmt) -> Iterator[ast.stmt]:
    """Those before a statement, the last first, back to the one that gave the name a new value."""
    for made in reversed([one for one in statements if one.lineno < statement.lineno or one is statement]):
        if made is statement and not isinstance(made, ast.AugAssign):
            continue
        yield made
        if isinstance(made, ast.Assign) and all(isinstance(t, ast.Name) for t in made.targets):
            return
