"""Point to the student's line, by reading the syntax tree; say nothing when unsure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from grader.assignment1.lines.class_finders import gradient_of
from grader.assignment1.lines.finders import FINDERS
from grader.diagnosis import catalogue
from grader.diagnosis.names import misspelt_result
from grader.diagnosis.source import read

__all__ = ["assigns", "locate", "misspells_result", "static_mistakes"]

# Where a row names no finder of its own. The data parts are spread over many statements: no line is better.
_BY_SLOT: Mapping[str, str] = {
    "regularization_loss": "regularization-loss",
    "regularization_gradient": "regularization-gradient",
}
_PROVED_BY_THE_TREE: Mapping[str, str] = {
    "undefined-name": "undefined-name",
    "returns-nothing": "without-return",
    "writes-files": "writer",
}


#: Finders of a gradient as a whole; that of one parameter of a net is nearer.
_OF_A_GRADIENT = {"regularization-gradient", "last-gradient", "last-data-gradient", "bias-gradient"}


def locate(source: str, function: str, mistake_id: str, parameters: Sequence[str] = ()) -> int | None:
    """The line (from 1) of the mistake, or of the place where what is missing belongs; None when unsure.

    `parameters`: those of a net in whose gradients the mistake is.
    """
    found = read(source, function)
    row = catalogue.load().get(mistake_id)
    if found is None or row is None:
        return None
    names = [row.where] if row.where else [_BY_SLOT.get(slot) for slot in catalogue.slots_of(row)]
    for name in names:
        if parameters and name in _OF_A_GRADIENT:
            wanted = "reg" if name == "regularization-gradient" else ""
            near = gradient_of(found, parameters[0], wanted)
            if near is not None:
                return near.lineno
        statement = FINDERS[name](found) if name else None
        if statement is not None:
            return statement.lineno
    return None


def assigns(source: str, function: str, names: Iterable[str]) -> bool:
    """Whether a function gives every one of these names a value."""
    found = read(source, function)
    return found is not None and all(found.assigning(name) for name in names)


def misspells_result(source: str, function: str) -> bool:
    """Whether a function fills a variable that only capitals tell from the one it returns."""
    found = read(source, function)
    return found is not None and misspelt_result(found) is not None


def static_mistakes(source: str, function: str) -> list[tuple[str, int]]:
    """What the tree alone proves about a function: ids and lines, `undefined-name`, `writes-files`, …"""
    found = read(source, function)
    if found is None:
        return []
    statements = [(mistake, FINDERS[finder](found)) for mistake, finder in _PROVED_BY_THE_TREE.items()]
    return [(mistake, statement.lineno) for mistake, statement in statements if statement is not None]
