"""What stopped a function, in its author's words: the names of errors that NumPy and Python raise.

A name is given where no other explainer knows better. What a library says of shapes and places stands only in
its text, which is read here and nowhere else.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import NamedTuple

from grader.checking.finding import Finding
from grader.diagnosis.attribution import Attributed, Attribution, Case
from grader.diagnosis.operands import Pair, entrywise, in_place, products, sides_of, statement_at
from grader.intake.site import Site
from grader.result import CheckResult, Verdict

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
#: What a submission raises may say anything: only what NumPy itself could say is read.
_NUMBER = r"(-?\d{1,9})\b"
_SHAPE = r"\(((?:\d{1,9}, ?)*\d{0,9})\)"
_ARGUMENTS = r"(?:positional arguments?|unexpected keyword argument|multiple values)"


class _Told(NamedTuple):
    mistake: str
    help: str


_Tell = Callable[[re.Match[str], ast.AST | None], _Told]


def explain_raised(case: Case) -> Attribution:
    """Name what raised at a line of the function's own author, for all checks that stop there alike."""
    made = Attribution()
    for finding in case.findings:
        result = finding.result
        site = case.student.sites.get(result.role)
        if site is not None and _is_open(finding) and result.id not in made.checks:
            told = _told_of(case, site, result)
            if told is not None:
                made += _attributed(case, result, told)
    return made


def _is_open(finding: Finding) -> bool:
    """Whether it stopped at a known line, for a reason that nobody knows yet."""
    result = finding.result
    known = bool(result.mistakes) or finding.cause is not None
    return (
        result.verdict is Verdict.ERROR and not known and result.where is not None and bool(result.where.line)
    )


def _told_of(case: Case, site: Site, stopped: CheckResult) -> _Told | None:
    """What is to be said of an error, in its author's words where these are certain."""
    assert stopped.where is not None
    if stopped.where == site.where:  # no line of the function ran: what called it was not its author's
        return _of_call(site, stopped.message)
    return _told(stopped.message, statement_at(case.source(stopped.where.file), stopped.where))


def _attributed(case: Case, stopped: CheckResult, told: _Told) -> Attribution:
    alike = [
        finding.result
        for finding in case.findings
        if _is_open(finding)
        and (finding.result.message, finding.result.where) == (stopped.message, stopped.where)
    ]
    checks = {
        result.id: Attributed(
            mistakes=(told.mistake,),
            help=told.help,
            of_place=True,
            borrowed=result.role != stopped.role,
            unseen=result.role == stopped.role,
        )
        for result in alike
    }
    # The same name may stand for another error elsewhere: what is said of all is the catalogue's.
    fact = case.catalogue[told.mistake].fact
    return Attribution(
        checks=checks, diagnoses=(case.proved(told.mistake, stopped.role, fact, where=stopped.where),)
    )


def _told(message: str, statement: ast.AST | None) -> _Told | None:
    """The name of an error and what to do about it, as far as its text says."""
    matches = ((re.search(pattern, message), tell) for pattern, tell in _TELLERS)
    return next((tell(found, statement) for found, tell in matches if found is not None), None)


# --- what each error says ----------------------------------------------------------------------------------


def _shape(text: str) -> tuple[int, ...]:
    return tuple(int(size) for size in text.split(",") if size.strip())


def _both(left: tuple[int, ...], right: tuple[int, ...], sides: Pair | None) -> str:
    first, second = (f"`{side}`" for side in sides) if sides else ("one side", "the other")
    return f"{first} has the shape {left}, {second} has the shape {right}"


def _plainly(mistake: str, text: str) -> _Tell:
    """What takes no more than the words of the error: `text`, with its groups as {0}, {1}."""
    return lambda found, statement: _Told(mistake, text.format(*found.groups()))


_of_fitting = _plainly(
    "shapes-do-not-fit", "Print the shapes of what is combined in this line, and make them fit."
)


def _of_broadcast(found: re.Match[str], statement: ast.AST | None) -> _Told:
    left, right, place = (_shape(found[n]) if found[n] is not None else None for n in (1, 2, 3))
    assert left is not None
    assert right is not None
    if place is not None and place != left:  # of three sides, nobody says which two do not fit
        return _of_fitting(found, statement)
    operations = entrywise if place is None else in_place
    sides = sides_of(operations(statement)) if statement is not None else None
    rule = "axes are compared from the last one: they have to be equal, or one of them 1"
    return _Told("shapes-do-not-fit", f"{_both(left, right, sides)}: {rule}{_column(left, right, sides)}.")


def _column(left: tuple[int, ...], right: tuple[int, ...], sides: Pair | None) -> str:
    """Where one number for each row is asked, how to have it as a column."""
    first, second = sides or ("", "")
    for flat, other, words in ((right, left, second), (left, right, first)):
        if len(flat) == 1 and len(other) == 2 and flat[0] == other[0]:
            shown = f"`{words}[:, np.newaxis]`" if words.isidentifier() else "`[:, np.newaxis]` behind it"
            return f"; {shown} (or keepdims=True where it is summed) makes a column ({flat[0]}, 1) of {flat}"
    return ""


def _of_product(found: re.Match[str], statement: ast.AST | None) -> _Told:
    left, right = _shape(found[1]), _shape(found[2])
    sides = sides_of(products(statement)) if statement is not None else None
    rule = "the last axis of the first has to be as long as the first axis of the second"
    fits = ""
    if len(left) == len(right) == 2 and left[0] == right[0]:
        fits = "; with the first one transposed (`.T`) they would fit"
    elif len(left) == len(right) == 2 and left[1] == right[1]:
        fits = "; with the second one transposed (`.T`) they would fit"
    return _Told("shapes-do-not-fit", f"{_both(left, right, sides)}: {rule}{fits}.")


def _of_matmul(found: re.Match[str], statement: ast.AST | None) -> _Told:
    sides = sides_of(products(statement)) if statement is not None else None
    what = f"`{sides[0]}` and `{sides[1]}`" if sides else "the two matrices"
    rule = "the last axis of the first has to be as long as the first axis of the second"
    return _Told("shapes-do-not-fit", f"{what} do not fit, {found[2]} against {found[1]}: {rule}.")


def _of_storing(found: re.Match[str], statement: ast.AST | None) -> _Told:
    what, place = _shape(found[1]), _shape(found[2])
    both = f"What is stored has the shape {what}, and where it goes has the shape {place}"
    return _Told("shapes-do-not-fit", f"{both}: make them alike.")


def _of_indices(found: re.Match[str], statement: ast.AST | None) -> _Told:
    both = f"Two indices have the shapes {_shape(found[1])} and {_shape(found[2])}"
    advice = "each needs one number for every entry that is taken, as in `a[rows, columns]`"
    return _Told("shapes-do-not-fit", f"{both}: {advice}.")


def _of_axis(found: re.Match[str], statement: ast.AST | None) -> _Told:
    axis, count = int(found[1]), int(found[2])
    which = "no axis" if count == 0 else "only axis 0" if count == 1 else f"axes 0 to {count - 1}"
    advice = "ask for one that is there, or keep the axis where it was summed away (keepdims=True)"
    return _Told("axis-not-there", f"axis {axis} is asked of an array that has {which}: {advice}.")


def _of_place(found: re.Match[str], statement: ast.AST | None) -> _Told:
    place, axis, size = (int(found[n]) for n in (1, 2, 3))
    entries = f"{size} entries, 0 to {size - 1}" if size > 1 else "the one entry 0" if size else "no entries"
    advice = "look whether the index counts along another axis, or its loop runs too far"
    return _Told("index-out-of-range", f"{place} is asked, and axis {axis} has {entries}: {advice}.")


def _of_count(found: re.Match[str], statement: ast.AST | None) -> _Told:
    has, asked = int(found[1]), int(found[2])
    axes = f"{has} {'axis' if has == 1 else 'axes'}"
    advice = "index it with one entry an axis, or keep the axis that was summed or picked away"
    return _Told("index-out-of-range", f"The array has {axes}, and {asked} indices are given: {advice}.")


def _of_index(found: re.Match[str], statement: ast.AST | None) -> _Told:
    indices = [node.slice for node in ast.walk(statement or ast.Pass()) if isinstance(node, ast.Subscript)]
    if len(indices) == 1 and isinstance(indices[0], ast.Constant) and isinstance(indices[0].value, str):
        key = ast.unparse(indices[0])
        advice = "only a dict has entries by name; look what it is at this point"
        return _Told("index-not-whole", f"What `[{key}]` is asked of is an array: {advice}.")
    advice = "no text and no fraction; `//` divides to a whole number, `int()` makes one"
    return _Told(
        "index-not-whole", f"An array is indexed with whole numbers, slices or arrays of them: {advice}."
    )


def _of_attribute(found: re.Match[str], statement: ast.AST | None) -> _Told:
    owner, name = found[1], found[2]
    if owner == "'NoneType' object":
        advice = "look where it gets its value; a function without `return` gives None"
        return _Told("no-such-attribute", f"What `.{name}` is asked of is None here: {advice}.")
    of_module = owner.startswith("module")
    advice = (
        "compare the spelling" if of_module else "compare the spelling, and look what it is at this point"
    )
    return _Told("no-such-attribute", f"{owner} has no `{name}`: {advice}.")


def _of_call(site: Site, message: str) -> _Told | None:
    """Of a function that cannot be called as the assignment calls it."""
    name = re.escape(site.method or site.name)
    if re.search(rf"raised TypeError: (?:[\w.<>]+\.)?{name}\(\) .*{_ARGUMENTS}", message) is None:
        return None
    advice = "keep these, and give one that you add a value there (`name=1.0`)"
    fact = "It is called with the parameters that the starter's `def` has"
    return _Told("wrong-arguments", f"{fact}: {advice}.")


_TELLERS: tuple[tuple[str, _Tell], ...] = (
    (
        rf"operands could not be broadcast together with shapes {_SHAPE} {_SHAPE}(?: {_SHAPE})?\s*$",
        _of_broadcast,
    ),
    (rf"indexing arrays could not be broadcast together with shapes {_SHAPE} {_SHAPE}", _of_indices),
    (rf"shapes {_SHAPE} and {_SHAPE} not aligned", _of_product),
    (rf"mismatch in its core dimension .*\(size {_NUMBER} is different from {_NUMBER}\)", _of_matmul),
    (rf"could not broadcast input array from shape {_SHAPE} into shape {_SHAPE}", _of_storing),
    (r"could not be broadcast|non-broadcastable|cannot reshape array|must match exactly", _of_fitting),
    (r"boolean index did not match|shape mismatch", _of_fitting),
    (rf"axis {_NUMBER} is out of bounds for array of dimension {_NUMBER}", _of_axis),
    (rf"index {_NUMBER} is out of bounds for axis {_NUMBER} with size {_NUMBER}", _of_place),
    (rf"array is {_NUMBER}-dimensional, but {_NUMBER} were indexed", _of_count),
    (
        r"(list|tuple) (?:assignment )?index out of range",
        _plainly(
            "index-out-of-range",
            "An index lies outside of a {0}: look which one it is, how long it is, and how far "
            "the index runs.",
        ),
    ),
    (
        r"raised KeyError: ('\w+'|-?\d+)$",
        _plainly(
            "no-such-key",
            "A dict has no entry {0}: compare it with where the entries are made; capitals count.",
        ),
    ),
    (
        r"arrays used as indices must be of integer",
        _plainly(
            "index-not-whole",
            "What stands as an index holds no whole numbers: make it whole numbers where it is made "
            "(`dtype=int`), or here (`.astype(int)`).",
        ),
    ),
    (r"arrays are valid indices", _of_index),
    (
        r"(list|tuple) indices must be integers or slices, not ([\w.]+)",
        _plainly(
            "index-not-whole",
            "A {0} is indexed with a whole number, not with {1}: make it one, or the list an array "
            "(`np.array`) where several axes are meant.",
        ),
    ),
    (
        r"inhomogeneous shape",
        _plainly(
            "shapes-do-not-fit",
            "One array is made of entries with unlike lengths or shapes: make these alike, or join them with "
            "`np.concatenate`.",
        ),
    ),
    (
        r"setting an array element with a sequence|truth value of an array"
        r"|only (?:length-1|0-dimensional|size-1) arrays can be converted",
        _plainly(
            "array-where-a-number-is-asked",
            "A whole array or list stands where one number is asked: take one of its entries, or what sums "
            "them up: `np.sum`, `np.any`, `np.all`.",
        ),
    ),
    (r"raised AttributeError: ('[\w.]+' object|module '[\w.]+') has no attribute '(\w+)'", _of_attribute),
    (
        rf"raised TypeError: .*{_ARGUMENTS}",
        _plainly("wrong-arguments", "Compare what is passed here with the parameters of what is called."),
    ),
)
