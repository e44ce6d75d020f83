"""Notebooks: they run from top to bottom, what they compare agrees, they keep the best of what they try, and
what they tuned predicts images that they never had."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

from grader.assignment1.notebooks.proxy import NotebookQuestion
from grader.assignment1.notebooks.searches import Search
from grader.assignment1.notebooks.votes import images_as_distances
from grader.checking.check import NotRun, check
from grader.checking.expect import Expect
from grader.checking.picture import bars
from grader.result import Picture, Where
from grader.student.answers import BadResult
from grader.student.calls import StudentError, StudentMissing, StudentTimeout
from grader.student.notebooks.cell_replies import CellError, CellRun
from grader.student.notebooks.execute import Run

__all__ = ["runs", "search", "tuned_accuracy"]


@check("runs", of=["notebook"])
def runs(notebook: NotebookQuestion, expect: Expect) -> None:
    """The notebook runs from top to bottom."""
    if notebook.not_run:
        raise NotRun(notebook.not_run)
    run = notebook.run
    if notebook.is_short and notebook.runs.larger(notebook.question, run):
        raise NotRun(f"{_failure(run)}; it may need the course's number of images: use --execute full")
    first = next(iter(run.failures), None)
    if first is not None and first.error is not None and first.error.library:
        raise NotRun(f"cell {first.number} uses {first.error.library}, {_NOT_HERE}")
    done = len(run.cells) - len(run.failures)
    expect.true(
        run.finished,
        _failure(run),
        what="cells that ran to their end",
        measured=done,
        expected=run.planned,
        help="choose Kernel > Restart & Run All before handing in, and mend the first cell that stops",
    )
    if first is not None and first.error is not None:
        if first.error.timed_out:
            raise StudentTimeout(_failure(run))
        unset = notebook.unset_in(first)
        if unset:
            raise StudentMissing(f"{_failure(run)}; {unset}, so what sets it is not done yet")
        raise StudentError(_failure(run), _place(first, first.error, run), "raised", first.error.type)


@check("comparisons", of=["notebook"])
def comparisons(notebook: NotebookQuestion, expect: Expect) -> None:
    """What the notebook compares agrees: gradients, losses, distances."""
    if notebook.not_run:
        raise NotRun(notebook.not_run)
    found = notebook.comparisons()
    if not found:
        raise NotRun("the run printed none of the course's comparisons")
    for compared in [each for each in found if not each.holds] or found:
        expect.true(
            compared.holds,
            f"cell {compared.cell}: {compared.what} is {compared.measured:.1e}; "
            f"rounding explains {compared.limit:.0e} at most",
            what=f"cell {compared.cell}: {compared.what}",
            measured=compared.measured,
            expected=f"at most {compared.limit:g}",
            help="the functions that the cell calls disagree; their own checks say which is wrong",
            where=Where(notebook.path, None, compared.cell),
        )


@check("search", of=["notebook"])
def search(notebook: NotebookQuestion, expect: Expect) -> None:
    """The search for hyperparameters keeps the best of what it tries."""
    if notebook.not_run:
        raise NotRun(notebook.not_run)
    try:
        if notebook.asked.search == "folds":
            _judge_folds(notebook, expect)
        elif notebook.asked.search == "results":
            _judge_search(notebook, expect)
        else:
            notebook.models()
    except StudentMissing:
        stopped = notebook.stopped_search()
        if stopped is None:
            raise
        raise NotRun(f"cell {stopped}, which searches, did not run to its end") from None


#: How lines of a search look that keep an accuracy, and that give a classifier its images.
_KEEPS, _TRAINS = r"\bk_to_accuracies\s*\[.*\]\s*(?:\.\w+\(|\+?=(?!=))", r"\.train\s*\("


def _judge_folds(notebook: NotebookQuestion, expect: Expect) -> None:
    accuracies = notebook.folds()
    expect.show(_folds_drawn(accuracies))
    found = images_as_distances(notebook.notebook.statements)
    expect.true(
        found is None,
        "`predict_labels` is given images where it asks for distances: every accuracy is chance",
        help="dists = classifier.compute_distances_no_loops(fold), then classifier.predict_labels(dists, k)",
        where=None if found is None else Where(notebook.path, found[1], found[0]),
    )
    kept = notebook.place_using("k_to_accuracies", _KEEPS)
    most = max(map(len, accuracies.values()))
    for k, folds in accuracies.items():
        expect.true(
            len(folds) == most,
            f"`k_to_accuracies[{k}]` holds {len(folds)} accuracies, others {most}",
            help="for each k, leave every fold out once and append the accuracy on it",
            where=kept,
        )
        expect.true(
            # Some count in percent.
            all(0 <= accuracy <= 100 for accuracy in folds),
            f"`k_to_accuracies[{k}]` holds {max(folds, key=abs):g}, which is no accuracy",
            help="divide the number of correct labels by the number of images in the fold that was left out",
            where=kept,
        )
    # An image is its own nearest neighbour.
    expect.true(
        not accuracies.get(1) or any(accuracy not in (1, 100) for accuracy in accuracies[1]),
        "with k = 1 every image of each fold is recognized: the fold is among the training images",
        help="train on the other folds only",
        where=notebook.place_using("k_to_accuracies", _TRAINS),
    )


def _judge_search(notebook: NotebookQuestion, expect: Expect) -> None:
    found = notebook.search()
    expect.show(_search_drawn(found))
    notebook.models()
    if found.tried and found.kept == found.kept:
        _judge_choice(notebook, found, expect)
    if found.tried and 0 <= found.kept <= 1:
        _judge_kept(notebook, found, expect)


#: Results are often kept in two digits.
_ROUNDING = 0.006


def _judge_choice(notebook: NotebookQuestion, found: Search, expect: Expect) -> None:
    """`best_val` is the highest validation accuracy."""
    settings, highest = found.best
    place = notebook.place_of("best_val")
    # Of none that was tried: the model was trained once more, which a quick run cuts short, too.
    of_search = found.kept in found.tried.values()
    cut_short = notebook.is_short and not notebook.is_set_in_loop("best_val")
    again = found.kept >= 0 and (cut_short or not of_search)
    expect.true(
        # More than was tried: `results` was emptied for a finer search. `ceiling`: pairs the other way round.
        again or found.kept >= highest - _ROUNDING or found.kept == found.ceiling,
        f"`best_val` is {found.kept:g}, while {settings} reached {highest:g} on the validation images",
        what="best_val",
        measured=found.kept,
        expected=highest,
        help="compare each validation accuracy with `best_val`, and keep the model where it is higher",
        where=place,
    )
    expect.true(
        # On few images a validation accuracy can be the higher one.
        notebook.is_short or not found.kept == found.ceiling > highest,
        f"`best_val` is {found.kept:g}, the highest accuracy on the training images",
        help="choose by the accuracy on the validation images",
        where=place,
    )


def _judge_kept(notebook: NotebookQuestion, found: Search, expect: Expect) -> None:
    """The model that was kept is not the last one that was tried, while another was better.

    Trained again at the end, with the best settings, it reaches something else than any of those before.
    """
    asked = notebook.validation_accuracy()
    if asked is None:
        return
    name, accuracy = asked
    expect.true(
        accuracy >= found.kept or abs(accuracy - found.last) > 1e-9,
        f"`{name}` recognizes {accuracy:.1%} of `X_val`, as the last model that was tried; the best, "
        f"with {found.kept:.1%}, was not kept",
        what=f"accuracy of `{name}` on X_val",
        measured=accuracy,
        expected=found.kept,
        help=f"make a new object for each combination, so that no later training changes `{name}`",
        where=notebook.place_of(name),
    )


@check("tuned_accuracy", of=["notebook"])
def tuned_accuracy(notebook: NotebookQuestion, expect: Expect) -> None:
    """The tuned model recognizes enough images that the notebook never had."""
    judged_by_run = not notebook.not_run and not notebook.is_short
    models = notebook.tuned() if judged_by_run else notebook.saved()
    if not models:
        raise NotRun(notebook.not_run or _SHORT)
    expect.show(_tried(notebook) if judged_by_run else ())
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


#: A guess among the ten classes of CIFAR-10.
_CHANCE = 0.1


def _tried(notebook: NotebookQuestion) -> list[Picture]:
    """What the search of the notebook tried, where it left that."""
    with contextlib.suppress(BadResult, StudentMissing, StudentError, StudentTimeout):
        if notebook.asked.search == "folds":
            return _folds_drawn(notebook.folds())
        if notebook.asked.search == "results":
            return _search_drawn(notebook.search())
    return []


def _search_drawn(found: Search) -> list[Picture]:
    return _beside_chance(found.tried, "the validation accuracy of each setting in `results`")


def _folds_drawn(accuracies: Mapping[int, Sequence[float]]) -> list[Picture]:
    """The mean accuracy of each k."""
    means = {f"k = {k}": sum(folds) / len(folds) for k, folds in accuracies.items()}
    return _beside_chance(means, "the mean accuracy over the folds for each k")


def _beside_chance(accuracies: Mapping[str, float], what: str) -> list[Picture]:
    """Bars beside what guessing reaches: both in percent, or neither."""
    in_percent = max(accuracies.values(), default=0) > 1
    return bars(accuracies, 100 * _CHANCE if in_percent else _CHANCE, what)


_NOT_HERE = "which is neither installed here nor handed in: `--python` names an interpreter that has it"
_SHORT = "a quick run has few images and short trainings, so accuracies mean nothing; use --execute full"


def _failure(run: Run) -> str:
    """What stopped the notebook: the cell, the line, whose code, and how far it came."""
    first = next(iter(run.failures), None)
    done = f"{len(run.cells) - len(run.failures)} of {run.planned} cells ran to their end"
    if first is None or first.error is None:
        return f"the run {run.stopped}; {done}" if run.stopped else ""
    others = [cell.number for cell in run.failures[1:]]
    if others:
        shown = ", ".join(map(str, others[:8])) + (" …" if len(others) > 8 else "")
        done = f"{'cells' if len(others) > 1 else 'cell'} {shown} stopped as well; {done}"
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
