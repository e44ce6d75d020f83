"""What stopped a function, in its author's words: the names of errors that NumPy and Python raise.

A name is given where no other explainer knows better. What a library says of shapes and places stands only in
its text, which is read here and nowhere else.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from grader.checking.finding import Finding
from grader.diagnosis.attribution import Attributed, Attribution, Case
from grader.diagnosis.source import parse_module
from grader.result import Verdict, Where

__all__ = ["RAISED", "explain_raised"]

#: The names that say which kind of error stopped a function: a mend may say more.
RAISED = (
    "shapes-do-not-fit",
    "axis-not-there",
    "index-out-of-range",
    "index-not-whole",
    "array-where-a-number-is-asked",
    "no-such-attribute",
    "no-such-key",
    "wrong-arguments",
)
_MOST_CHARACTERS = 60
_SHAPE = r"\(([\d, ]*)\)"


class _Told(NamedTuple):
    mistake: str
    help: str


def explain_raised(case: Case) -> Attribution:
    """Name what raised at a line of the function's own author, for all checks that stop there alike."""
    made = Attribution()
    for finding in case.findings:
        result = finding.result
        if result.role in case.student.sites and _is_open(finding) and result.id not in made.checks:
            assert result.where is not None
            text = case.source(result.where.file)
            told = _told(result.message, _statement(text, result.where))
            if told is not None:
                made += _attributed(case, finding, told)
    return made


def _is_open(finding: Finding) -> bool:
    """Whether it stopped at a known line, for a reason that nobody knows yet."""
    result = finding.result
    known = bool(result.mistakes) or finding.cause is not None
    return (
        result.verdict is Verdict.ERROR and not known and result.where is not None and bool(result.where.line)
    )


def _attributed(case: Case, first: Finding, told: _Told) -> Attribution:
    stopped = first.result
    alike = [
        finding.result
        for finding in case.findings
        if _is_open(finding) and finding.result.message == stopped.message
    ]
    checks = {
        result.id: Attributed(
            mistakes=(told.mistake,),
            help=told.help,
            borrowed=result.role != stopped.role,
            unseen=result.role == stopped.role,
        )
        for result in alike
    }
    proved = case.proved(told.mistake, stopped.role, stopped.message, remedy=told.help, where=stopped.where)
    return Attribution(checks=checks, diagnoses=(proved,))


def _told(message: str, statement: ast.AST | None) -> _Told | None:
    """The name of an error and what to do about it, as far as its text says."""
    matches = ((re.search(pattern, message), tell) for pattern, tell in _TELLERS)
    return next((tell(found, statement) for found, tell in matches if found is not None), None)


# --- the author's own words --------------------------------------------------------------------------------


def _statement(text: str | None, where: Where) -> ast.AST | None:
    """The innermost statement around a line of the text."""
    tree = parse_module(text) if text is not None and where.cell is None else None
    around = [
        node
        for node in (ast.walk(tree) if tree is not None else ())
        if isinstance(node, ast.stmt)
        and where.line is not None
        and node.lineno <= where.line <= (node.end_lineno or node.lineno)
    ]
    return max(around, key=lambda node: node.lineno, default=None)


def _operands(statement: ast.AST | None, *kinds: type[ast.operator]) -> tuple[str, str] | None:
    """The two sides of the only operation of these kinds in the statement, as they are written."""
    pairs = list(_pairs(statement, kinds)) if statement is not None else []
    if len(pairs) != 1:
        return None
    left, right = (ast.unparse(side) for side in pairs[0])
    return (left, right) if max(len(left), len(right)) <= _MOST_CHARACTERS else None


def _pairs(statement: ast.AST, kinds: tuple[type[ast.operator], ...]) -> Iterator[tuple[ast.expr, ast.expr]]:
    products = ast.MatMult in kinds
    for node in ast.walk(statement):
        if isinstance(node, ast.BinOp) and isinstance(node.op, kinds):
            yield node.left, node.right
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, kinds):
            yield node.target, node.value
        elif not products and isinstance(node, ast.Compare) and len(node.comparators) == 1:
            yield node.left, node.comparators[0]
        elif products and (factors := _factors(node)):
            yield factors[0], factors[1]


def _factors(node: ast.AST) -> list[ast.expr]:
    """Both of `a.dot(b)`, `np.dot(a, b)` and `np.matmul(a, b)`; none of anything else."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return []
    factors = [node.func.value, *node.args][-2:]
    return factors if node.func.attr in ("dot", "matmul") and len(node.args) in (1, 2) else []


def _shape(text: str) -> tuple[int, ...]:
    return tuple(int(size) for size in text.split(",") if size.strip())


def _with_shape(shape: tuple[int, ...], words: str | None) -> str:
    written = f"({shape[0]},)" if len(shape) == 1 else f"({', '.join(map(str, shape))})"
    return f"`{words}` has the shape {written}" if words else f"one side has the shape {written}"


# --- what each error says ----------------------------------------------------------------------------------


def _of_broadcast(found: re.Match[str], statement: ast.AST | None) -> _Told:
    left, right = _shape(found[1]), _shape(found[2])
    sides = _operands(statement, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.FloorDiv, ast.Mod)
    first, second = sides or (None, None)
    both = f"{_with_shape(left, first)}, {_with_shape(right, second).replace('one side', 'the other')}"
    rule = "axes are compared from the last one: they have to be equal, or one of them 1"
    return _Told("shapes-do-not-fit", f"{both}: {rule}{_column(left, right, first, second)}.")


def _column(left: tuple[int, ...], right: tuple[int, ...], first: str | None, second: str | None) -> str:
    """Where one number for each row is asked, how to have it as a column."""
    for flat, other, words in ((right, left, second), (left, right, first)):
        if len(flat) == 1 and len(other) == 2 and flat[0] == other[0]:
            name = words if words is not None and words.isidentifier() else "it"
            shown = f"`{name}[:, np.newaxis]`" if name != "it" else "`[:, np.newaxis]` behind it"
            return f"; {shown} (or keepdims=True where it is summed) makes a column ({flat[0]}, 1) of it"
    return ""


def _of_product(found: re.Match[str], statement: ast.AST | None) -> _Told:
    left, right = _shape(found[1]), _shape(found[2])
    first, second = _operands(statement, ast.MatMult) or (None, None)
    both = f"{_with_shape(left, first)}, {_with_shape(right, second).replace('one side', 'the other')}"
    rule = "the last axis of the first has to be as long as the first axis of the second"
    fits = ""
    if len(left) == len(right) == 2 and left[0] == right[0]:
        fits = "; with the first one transposed (`.T`) they would fit"
    elif len(left) == len(right) == 2 and left[1] == right[1]:
        fits = "; with the second one transposed (`.T`) they would fit"
    return _Told("shapes-do-not-fit", f"{both}: {rule}{fits}.")


def _of_matmul(found: re.Match[str], statement: ast.AST | None) -> _Told:
    sides = _operands(statement, ast.MatMult)
    what = f"`{sides[0]}` and `{sides[1]}`" if sides else "the two matrices"
    rule = "the last axis of the first has to be as long as the first axis of the second"
    return _Told("shapes-do-not-fit", f"{what} do not fit, {found[2]} against {found[1]}: {rule}.")


def _of_storing(found: re.Match[str], statement: ast.AST | None) -> _Told:
    what, place = (_with_shape(_shape(found[n]), None).removeprefix("one side ") for n in (1, 2))
    return _Told("shapes-do-not-fit", f"What is stored {what}, and where it goes {place}: make them alike.")


def _of_indices(found: re.Match[str], statement: ast.AST | None) -> _Told:
    left, right = _shape(found[1]), _shape(found[2])
    lengths = f"{left[0] if left else 1} and {right[0] if right else 1}"
    advice = "there has to be one row for each column: `scores[np.arange(N), y]` takes one entry of each row"
    return _Told("shapes-do-not-fit", f"The two indices have {lengths} entries: {advice}.")


def _of_fitting(found: re.Match[str], statement: ast.AST | None) -> _Told:
    return _Told("shapes-do-not-fit", "Print the shapes of what is combined in this line, and make them fit.")


def _of_axis(found: re.Match[str], statement: ast.AST | None) -> _Told:
    axis, count = int(found[1]), int(found[2])
    has = f"{count} {'axis' if count == 1 else 'axes'}"
    which = "no axis" if count == 0 else "only axis 0" if count == 1 else f"axes 0 to {count - 1}"
    advice = "ask for one of them, or keep the axis where it was summed away (keepdims=True)"
    return _Told("axis-not-there", f"axis {axis} is asked of an array of {has}: there is {which}; {advice}.")


def _of_place(found: re.Match[str], statement: ast.AST | None) -> _Told:
    place, axis, size = (int(found[n]) for n in (1, 2, 3))
    there = f"axis {axis} has {size} entries, 0 to {size - 1}" if size else f"axis {axis} has no entries"
    advice = "look whether the index counts along another axis, or its loop runs too far"
    return _Told("index-out-of-range", f"{place} is asked, and {there}: {advice}.")


def _of_count(found: re.Match[str], statement: ast.AST | None) -> _Told:
    has, asked = int(found[1]), int(found[2])
    axes = f"{has} {'axis' if has == 1 else 'axes'}"
    advice = "index it with one entry an axis, or keep the axis that was summed or picked away"
    return _Told("index-out-of-range", f"The array has {axes}, and {asked} indices are given: {advice}.")


def _of_list(found: re.Match[str], statement: ast.AST | None) -> _Told:
    advice = "look which list it is, and how far the index runs"
    return _Told("index-out-of-range", f"An index lies behind the last entry of a {found[1]}: {advice}.")


def _of_key(found: re.Match[str], statement: ast.AST | None) -> _Told:
    advice = "compare it with where the entries are made; capitals count"
    return _Told("no-such-key", f"A dict has no entry {found[1]}: {advice}.")


def _of_type(found: re.Match[str], statement: ast.AST | None) -> _Told:
    advice = "make it whole numbers where it is made (`dtype=int`), or here (`.astype(int)`)"
    return _Told("index-not-whole", f"What stands as an index holds no whole numbers: {advice}.")


def _of_number(found: re.Match[str], statement: ast.AST | None) -> _Told:
    advice = "take one of its entries, or what sums them up: `np.sum`, `np.any`, `np.all`"
    return _Told(
        "array-where-a-number-is-asked", f"A whole array stands here where one number is asked: {advice}."
    )


def _of_attribute(found: re.Match[str], statement: ast.AST | None) -> _Told:
    owner, name = found[1], found[2]
    advice = "compare the spelling, and look what it is at this point"
    return _Told("no-such-attribute", f"{owner} has no `{name}`: {advice}.")


def _of_arguments(found: re.Match[str], statement: ast.AST | None) -> _Told:
    return _Told("wrong-arguments", "Compare what is passed here with the parameters of what is called.")


_TELLERS: tuple[tuple[str, Callable[[re.Match[str], ast.AST | None], _Told]], ...] = (
    (rf"could not be broadcast together with shapes {_SHAPE} {_SHAPE}\s*$", _of_broadcast),
    (rf"indexing arrays could not be broadcast together with shapes {_SHAPE} {_SHAPE}", _of_indices),
    (rf"shapes {_SHAPE} and {_SHAPE} not aligned", _of_product),
    (r"mismatch in its core dimension .*\(size (\d+) is different from (\d+)\)", _of_matmul),
    (rf"could not broadcast input array from shape {_SHAPE} into shape {_SHAPE}", _of_storing),
    (r"could not be broadcast|non-broadcastable|cannot reshape array|must match exactly", _of_fitting),
    (r"boolean index did not match|shape mismatch", _of_fitting),
    (r"axis (-?\d+) is out of bounds for array of dimension (\d+)", _of_axis),
    (r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)", _of_place),
    (r"array is (\d+)-dimensional, but (\d+) were indexed", _of_count),
    (r"(list|tuple) (?:assignment )?index out of range", _of_list),
    (r"raised KeyError: ('\w+'|-?\d+)$", _of_key),
    (r"arrays used as indices must be of integer|are valid indices", _of_type),
    (r"setting an array element with a sequence|truth value of an array", _of_number),
    (r"only (?:length-1|0-dimensional|size-1) arrays can be converted", _of_number),
    (r"raised AttributeError: ('[\w.]+' object|module '[\w.]+') has no attribute '(\w+)'", _of_attribute),
    (
        r"raised TypeError: .*(?:positional arguments?|unexpected keyword argument|multiple values)",
        _of_arguments,
    ),
)
