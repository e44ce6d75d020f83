"""One question's notebook as a check sees it: how its run went, and how well the model it left predicts."""

from __future__ import annotations

import dataclasses
import posixpath
import re
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.notebooks.comparisons import Comparison, comparisons
from grader.assignment1.notebooks.course_data import CourseData
from grader.assignment1.notebooks.material import CourseMaterial
from grader.assignment1.notebooks.predictor import PIXELS, Predictor, labels_of, returned
from grader.assignment1.notebooks.rewrite import SIZES, QuickSizes
from grader.assignment1.notebooks.saved_models import SavedUnreadable, predicted, read_model
from grader.assignment1.notebooks.searches import Search, folds_left, search_left
from grader.assignment1.notebooks.targets import Reference, Targets
from grader.intake.notebooks.read import Notebook
from grader.intake.notebooks.statements import Statement
from grader.result import Where
from grader.sandbox.host import WorkerFailure, WorkerTimeout
from grader.student.answers import BadResult
from grader.student.calls import StudentError, StudentMissing, StudentTimeout
from grader.student.notebooks.cell_replies import CellRun, Held
from grader.student.notebooks.course import Sizes
from grader.student.notebooks.execute import Run
from grader.student.notebooks.runs import NotebookHost, NotebookRuns

__all__ = ["Asked", "NotebookQuestion"]

Array = NDArray[Any]

#: What the starter's notebooks set to None or to an empty dict, or a starter's function returns.
_STARTERS = re.compile(
    r"\b(?:best_\w+|results|k_to_accuracies|solver|stats|scores|loss|grads?|out|dists?(?:_\w+)?|d[xwb]|cache|next_\w+)\b"
)
#: What a cell raises that goes on with such a value.
_OF_NOTHING = ("AttributeError", "TypeError", "KeyError")


@dataclasses.dataclass(frozen=True)
class Tuned:
    """A tuned model: `name` in the notebook, its key in an edition's `accuracies`, and its own accuracy."""

    name: str
    model: str
    accuracy: float
    wanted: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Asked:
    """What a question asks of its notebook: tuned models. Each has a key in an edition's `accuracies`.

    Args:
        references: key → the accuracy that the reference reaches on data that are not the course's own.
        models: the name under which the notebook keeps a model → its key.
        saved: the name of a file that holds a model → its key.
        search: what the notebook keeps of its search: accuracies by fold, or `results` by settings.
        quick: the images of a quick run.
    """

    references: Mapping[str, Reference]
    models: Mapping[str, str] = dataclasses.field(default_factory=dict)
    saved: Mapping[str, str] = dataclasses.field(default_factory=dict)
    search: Literal["folds", "results"] | None = None
    quick: QuickSizes = SIZES

    @property
    def sizes(self) -> Sizes:
        return self.quick.first

    def larger(self, lacking: str) -> Sizes | None:
        return self.quick.larger(lacking)

    def subject(self, runs: NotebookRuns, question: str) -> NotebookQuestion:
        return NotebookQuestion(runs, question, self)


class NotebookQuestion:
    """The notebook of one question."""

    def __init__(self, runs: NotebookRuns, question: str, asked: Asked) -> None:
        self.runs, self.question, self.asked = runs, question, asked

    @property
    def not_run(self) -> str:
        """Why the notebook is not run; "" if it is."""
        return self.runs.not_run(self.question)

    @property
    def is_short(self) -> bool:
        """Whether runs are cut short, so that accuracies mean nothing."""
        return self.runs.execute == "quick"

    @property
    def notebook(self) -> Notebook:
        return self.runs.notebooks[self.question]

    @property
    def path(self) -> str:
        return self.notebook.path

    @property
    def run(self) -> Run:
        """
        Raises:
            StudentError: the file is no notebook.
        """
        if self.notebook.unreadable:
            raise StudentError(f"{self.path} {self.notebook.unreadable}", Where(self.path), "unreadable")
        return self.runs.run(self.question)

    def tuned(self) -> list[Tuned]:
        """Every tuned model that the notebook left, with its accuracy on images that it never had.

        Raises:
            StudentMissing: it left none.
            StudentError, StudentTimeout, BadResult: a model does not predict.
        """
        try:
            return self._neighbours() if self.asked.search == "folds" else self._models()
        except WorkerTimeout as failure:
            raise StudentTimeout(f"the tuned model's prediction {failure}") from None
        except WorkerFailure as failure:
            stopped = self.run.stopped or str(failure)
            raise StudentMissing(f"no model can be asked: the notebook's run {stopped}") from None

    def unset_in(self, failed: CellRun) -> str:
        """What the line that ended a cell uses although the starter's value is still there; "" if nothing."""
        error, code = failed.error, self.notebook.code
        if error is None or error.type not in _OF_NOTHING or error.line is None or error.file is not None:
            return ""
        lines = code[failed.number - 1].source.splitlines()
        used = sorted(set(_STARTERS.findall("".join(lines[error.line - 1 : error.line]))))
        found = self._left(*used)
        unset = [
            name for name, value in found.items() if value is None or (isinstance(value, dict) and not value)
        ]
        return " and ".join(f"`{name}` is {found[name]!r}" for name in unset)

    def comparisons(self) -> list[Comparison]:
        """What the notebook's own comparisons came to; those before a cell that ended the run, too.

        Raises:
            StudentError: the file is no notebook.
        """
        return comparisons(self.run.cells, self.notebook.code)

    def search(self) -> Search:
        """The settings that a linear classifier's notebook tried.

        Raises:
            StudentMissing: it tried none.
        """
        # One at a time: a value that cannot be sent takes no other with it.
        return search_left({**self._left("results"), **self._left("best_val")})

    def folds(self) -> dict[int, tuple[float, ...]]:
        """The k-NN notebook's accuracies by k.

        Raises:
            StudentMissing: it tried no k.
            BadResult: it keeps something else than accuracies.
        """
        found = self._left("k_to_accuracies")
        if "k_to_accuracies" not in found:
            raise StudentMissing("`k_to_accuracies` was never set")
        return folds_left(found["k_to_accuracies"])

    def validation_accuracy(self) -> tuple[str, float] | None:
        """The linear classifier that was kept, and its accuracy on the notebook's own `X_val` and `y_val`.

        None where the notebook has no such images left.

        Raises:
            StudentMissing: no model was kept.
            StudentError, BadResult: it does not predict.
        """
        name, held = next(iter(self.models().items()))
        found = self._left("X_val", "y_val")
        X, y = found.get("X_val"), found.get("y_val")
        if not isinstance(X, np.ndarray) or not isinstance(y, np.ndarray) or y.ndim != 1 or not len(y):
            return None
        try:
            reply = self.run.call(held, "predict", X)
        except WorkerTimeout as failure:
            raise StudentTimeout(f"`{name}.predict` {failure}") from None
        except WorkerFailure as failure:
            raise StudentError(f"`{name}.predict` {failure}", self.place_of(name), "died") from None
        labels = labels_of(returned(reply, f"{name}.predict"), len(y), name)
        return name, float(np.mean(labels == y))

    def models(self) -> dict[str, Held]:
        """The tuned models that the notebook left, by name.

        Raises:
            StudentMissing: it left none.
        """
        wanted = self.asked.models
        found = self._left(*wanted)
        models = {name: held for name, held in found.items() if isinstance(held, Held)}
        if not models:
            raise StudentMissing(self._nothing_left(found, list(wanted)))
        return models

    def _left(self, *names: str) -> dict[str, Any]:
        """What the notebook left under these names.

        Raises:
            StudentMissing: its run ended before anything could be asked.
        """
        try:
            return self.run.fetch(*names)
        except WorkerFailure as failure:
            stopped = self.run.stopped or str(failure)
            raise StudentMissing(f"nothing can be asked of the notebook: its run {stopped}") from None

    def stopped_search(self) -> int | None:
        """The cell that sets what the search leaves, if the run stopped in it or before; else None."""
        names = ("k_to_accuracies",) if self.asked.search == "folds" else ("results", *self.asked.models)
        failed = {cell.number for cell in self.run.failures}
        reached = len(self.run.cells)
        places = [self.place_of(name) for name in names]
        cells = [place.cell for place in places if place is not None and place.cell is not None]
        return next((cell for cell in cells if cell in failed or cell > reached), None)

    def place_of(self, name: str) -> Where | None:
        """The cell and line of the last statement that sets `name`; in a loop, its line there."""
        last = self._last_setting(name)
        if last is None:
            return None
        sets = re.compile(rf"[^=#(]*\b{name}\b[^=(]*=(?!=)")
        lines = [number for number, line in enumerate(last.lines) if sets.match(line)]
        return Where(self.path, last.line + (lines or [0])[-1], last.cell)

    def place_using(self, name: str, pattern: str) -> Where | None:
        """The last line with the pattern, in the last statement using `name` that has one; else its own."""
        for statement in reversed(self.notebook.statements):
            fitting = [at for at, line in enumerate(statement.lines) if re.search(pattern, line)]
            if fitting and name in statement.uses:
                return Where(self.path, statement.line + fitting[-1], statement.cell)
        return self.place_of(name)

    def is_set_in_loop(self, name: str) -> bool:
        """Whether a loop at the top level is the last statement that sets `name`."""
        last = self._last_setting(name)
        return last is not None and last.lines[0].startswith(("for ", "while "))

    def _last_setting(self, name: str) -> Statement | None:
        return next((found for found in reversed(self.notebook.statements) if name in found.binds), None)

    def saved(self) -> list[Tuned]:
        """The models that were handed in ready-made (2025 and later); none without the official images.

        Raises:
            StudentError, BadResult: a file is no model.
        """
        data = self._material.photographs if self.runs.host is not None else None
        found = []
        for path in sorted(self.runs.files) if data is not None else ():
            model = self.asked.saved.get(posixpath.basename(path))
            if model is not None and data is not None:
                found.append(self._judged_file(path, model, data))
        return found

    def _judged_file(self, path: str, model: str, data: CourseData) -> Tuned:
        try:
            params = read_model(self._host.sandbox, self.runs.files, path)
            labels = predicted(params, data.train, data.held_out.X)
        except SavedUnreadable as reason:
            raise BadResult(f"{path} {reason}", "save the model with its own `save` method") from None
        except WorkerFailure as failure:
            raise StudentError(f"{path} {failure}", Where(path), "died") from None
        accuracy = float(np.mean(labels == data.held_out.y))
        return Tuned(path, model, accuracy, self._least(Targets(data), model))

    def _models(self) -> list[Tuned]:
        wanted = self.asked.models
        models = self.models()
        found = self._left("mean_feat", "std_feat", "extract_features", "feature_fns")
        predictor = Predictor(self.run, self._data, found)
        return [
            self._judged(name, wanted[name], predictor.labels(name, held)) for name, held in models.items()
        ]

    def _neighbours(self) -> list[Tuned]:
        found = self.run.fetch("classifier", "best_k")
        k, classifier = found.get("best_k"), found.get("classifier")
        if type(k) is not int or not isinstance(classifier, Held):
            raise StudentMissing(self._nothing_left(found, ["best_k", "classifier"]))
        rows = self._data.held_out.X.reshape(-1, PIXELS).astype(np.float64)
        labels = labels_of(
            returned(self.run.call(classifier, "predict", rows, k=k), "classifier.predict"),
            len(rows),
            "classifier",
        )
        (model,) = self.asked.references
        return [self._judged(f"best_k = {k}", model, labels)]

    def _nothing_left(self, found: Mapping[str, Any], names: list[str]) -> str:
        unset = next((name for name in names if name in found and found[name] is None), None)
        lacking, state = (unset, "is None") if unset else (names[0], "was never set")
        return f"`{lacking}` {state} after the notebook ran"

    def _judged(self, name: str, model: str, labels: Array) -> Tuned:
        held_out = self._data.held_out
        least = self._least(self._material.targets, model)
        return Tuned(name, model, float(np.mean(labels == held_out.y)), least)

    def _least(self, targets: Targets, model: str) -> float:
        return targets.least(model, self.asked.references[model], self.runs.marks)

    @property
    def _host(self) -> NotebookHost:
        assert self.runs.host is not None
        return self.runs.host

    @property
    def _material(self) -> CourseMaterial:
        assert isinstance(self._host.material, CourseMaterial)
        return self._host.material

    @property
    def _data(self) -> CourseData:
        return self._material.data
