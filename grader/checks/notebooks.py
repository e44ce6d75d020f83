"""Notebooks: they run from top to bottom, and what they tuned predicts images that they never had."""

from __future__ import annotations

from grader.check import Expect, NotRun, check
from grader.notebook.execute import CellError, CellRun, Run
from grader.notebook.runs import asks_for_more
from grader.proxies.notebooks import NotebookQuestion
from grader.result import Where
from grader.student import StudentError, StudentTimeout

__all__ = ["runs", "tuned_accuracy"]

NOTEBOOKS = [
    f"{question}.notebook"
    for question in ("knn", "svm", "softmax", "two_layer_net", "features", "fully_connected")
]


@check("runs", of=NOTEBOOKS)
def runs(notebook: NotebookQuestion, expect: Expect) -> None:
    """The notebook runs from top to bottom."""
    if notebook.not_run:
        raise NotRun(notebook.not_run)
    run = notebook.run
    if notebook.is_short and asks_for_more(run):
        raise NotRun(f"{_failure(run)}; it may need the course's number of images: use --execute full")
    done = len(run.cells) - len(run.failures)
    expect.true(
        run.finished,
        _failure(run),
        what="cells that ran to their end",
        measured=done,
        expected=run.planned,
        help="choose Kernel > Restart & Run All before handing in, and mend the first cell that stops",
    )
    first = next(iter(run.failures), None)
    if first is not None and first.error is not None:
        if first.error.timed_out:
            raise StudentTimeout(_failure(run))
        raise StudentError(_failure(run), _place(first, first.error, run), "raised", first.error.type)


@check("tuned_accuracy", of=NOTEBOOKS)
def tuned_accuracy(notebook: NotebookQuestion, expect: Expect) -> None:
    """The tuned model recognizes enough images that the notebook never had."""
    judged_by_run = not notebook.not_run and not notebook.is_short
    models = notebook.tuned() if judged_by_run else notebook.saved()
    if not models:
        raise NotRun(notebook.not_run or _SHORT)
    for tuned in models:
        expect.true(
            tuned.accuracy >= tuned.wanted,
            f"`{tuned.name}` recognizes {tuned.accuracy:.1%} of images that the notebook never had; "
            f"at least {tuned.wanted:.1%} are asked",
            what=f"accuracy of `{tuned.name}` on held-out images",
            measured=tuned.accuracy,
            expected=tuned.wanted,
            help="search further, in steps of three, around the best values so far",
        )


_SHORT = "a quick run has few images and short trainings, so accuracies mean nothing; use --execute full"


def _failure(run: Run) -> str:
    """What stopped the notebook: the cell, the line, whose code, and how far it came."""
    first = next(iter(run.failures), None)
    done = f"{len(run.cells) - len(run.failures)} of {run.planned} cells ran to their end"
    if first is None or first.error is None:
        return f"the run {run.stopped}; {done}" if run.stopped else ""
    ended = f"; later the run {run.stopped}" if run.stopped and run.stopped != first.error.text else ""
    return f"{_what(first.number, first.error)}{ended}; {done}"


def _what(number: int, error: CellError) -> str:
    place = f"cell {number}" + (f", line {error.line}" if error.line else "")
    if error.timed_out:
        return f"{place}: it did not finish in time{_code(number, error)}"
    if error.type == "WorkerDied":
        return f"{place}: it {error.text}"
    return f"{place}: {error.type}: {error.text}".rstrip(": ") + _code(number, error)


def _code(number: int, error: CellError) -> str:
    """Where the fault shows, if not in the cell's own lines."""
    if error.file is not None:
        return f" (in {error.file}:{error.at})"
    if error.cell is not None and error.cell != number:
        return f" (in the code of cell {error.cell}, line {error.at})"
    return ""


def _place(cell: CellRun, error: CellError, run: Run) -> Where:
    """The innermost line of the submission's own code: in a module, or in a cell."""
    if error.file is not None:
        return Where(error.file, error.at)
    return Where(run.path, error.at or error.line, error.cell or cell.number)
