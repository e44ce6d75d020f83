"""The comparisons that the course's notebooks print: numeric against analytic gradients, loops against none.

Read from what a run of ours printed, never from saved outputs. Only the course's own lines are judged.
"""

from __future__ import annotations

import itertools
import math
import re
import statistics
from collections.abc import Iterator, Sequence

import msgspec

from grader.intake.notebooks.cells import Cell
from grader.intake.notebooks.saved import figures
from grader.student.notebooks.cell_replies import CellRun

__all__ = ["Comparison", "comparisons"]

#: Printed errors of whole arrays. Of 119 public submissions, correct ones came to 2.1e-4 at most (entries
#: near zero), wrong ones to 0.33 at least; a kink in a deep net can come to 1, but rarely in all its models.
_ERROR_LIMIT = 1e-2
#: Differences of losses, scores and distances; the course's own limit for distances. Correct
#: ones are below 6e-8.
_DIFFERENCE_LIMIT = 1e-3
#: `grad_check_sparse` draws single entries. A correct SVM has kinks at a third of them and agrees to 1e-11
#: at the others; a softmax without its regularization gradient is off by 1e-6 to 4e-4 at all of them.
_MEDIAN_LIMIT, _LEAST_LIMIT = 1e-5, 1e-6

#: The course's longest notebook prints 30.
_MOST = 200
#: What the course prints of an entry of a gradient.
_ENTRY = ("numerical", "analytic", "relative error")
_ERROR = re.compile(
    r"^(?:[wb]\d|d[xwb]|next_w|velocity|cache|[vm])(?: max)?(?: relative)? error$", re.IGNORECASE
)
_NUMERIC = re.compile(r"^(?:[wb]\d|d[xwb])\b", re.IGNORECASE)
_PARAMETER = re.compile(r"^[wb]\d\b", re.IGNORECASE)
#: How the course's cells compare. What others print under the same words is their author's.
_COMPARES = re.compile(r"\brel_error\(|\blinalg\.norm\(|loss_naive - |- correct_\w+\)")
#: Not the one of a net's loss: the number that the notebook compares with holds for one form of L2 only.
_DIFFERENCE = re.compile(
    r"^(?:(?:(?:one|no) loop )?difference was|(?:loss |gradient )?difference"
    r"|difference between your scores and correct scores)$"
)


class Comparison(msgspec.Struct, frozen=True):
    """What a cell compared: `measured` is the number printed, or the median of a group; `limit` the most."""

    cell: int
    what: str
    measured: float
    limit: float
    holds: bool
    # With a numeric gradient, which is wrong itself where it crosses a kink.
    numeric: bool = False


def comparisons(cells: Sequence[CellRun], code: Sequence[Cell]) -> list[Comparison]:
    """The first comparisons that these cells printed, in order; `code` is the notebook's code cells."""
    sources = {cell.number: cell.source for cell in code}
    found = (found for cell in cells for found in _of_cell(cell, sources.get(cell.number, "")))
    return list(itertools.islice(found, _MOST))


def _of_cell(cell: CellRun, source: str) -> Iterator[Comparison]:
    if "grad_check_sparse(" in source:
        entries = [line for line in cell.text.splitlines() if all(word in line for word in _ENTRY)]
        errors = [abs(figure.value) for line in entries for figure in figures(line) if figure.kind == "error"]
        yield from _gradient_checks(cell.number, errors)
    if _COMPARES.search(source):
        yield from _figures(cell)


def _figures(cell: CellRun) -> Iterator[Comparison]:
    """What the cell printed of whole arrays; of a net's parameter the least, as a model may have a kink."""
    found: dict[object, Comparison] = {}
    for position, figure in enumerate(figures(cell.text)):
        limit = _limit(figure.label) if figure.kind == "error" else None
        if limit is not None:
            key = figure.label if _PARAMETER.match(figure.label) else position
            # Also false for NaN.
            holds = abs(figure.value) <= limit
            if key not in found or holds:
                numeric = _NUMERIC.match(figure.label) is not None
                found[key] = Comparison(
                    cell.number, figure.label, figure.value, limit, holds, numeric=numeric
                )
    yield from found.values()


def _limit(label: str) -> float | None:
    if _ERROR.match(label):
        return _ERROR_LIMIT
    return _DIFFERENCE_LIMIT if _DIFFERENCE.match(label) else None


def _gradient_checks(cell: int, errors: Sequence[float]) -> Iterator[Comparison]:
    """The entries of a gradient; a notebook's second half repeats the check with regularization."""
    halves = [errors] if len(errors) < 6 else [errors[: len(errors) // 2], errors[len(errors) // 2 :]]
    for half in halves:
        # 0/0, where both gradients are 0, tells nothing of an entry.
        known = [error for error in half if not math.isnan(error)]
        if len(known) > 2:
            median = statistics.median(known)
            agrees = median <= _MEDIAN_LIMIT or min(known) <= _LEAST_LIMIT
            what = "relative error of the numeric gradient (median)"
            yield Comparison(cell, what, median, _MEDIAN_LIMIT, agrees, numeric=True)
