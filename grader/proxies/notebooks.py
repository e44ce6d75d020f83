"""One question's notebook as a check sees it: how its run went, and how well the model it left predicts."""

from __future__ import annotations

import dataclasses
import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.notebook.course_data import CourseData
from grader.notebook.execute import Held, Run
from grader.notebook.read import NotebookUnreadable
from grader.notebook.runs import NotebookRoom, NotebookRuns
from grader.notebook.saved_models import SAVED, SavedUnreadable, predicted, read_model
from grader.notebook.targets import Targets, centred
from grader.proxies.result import BadResult, describe
from grader.result import Where
from grader.sandbox.host import WorkerFailure, WorkerTimeout
from grader.student import StudentError, StudentMissing, StudentTimeout

__all__ = ["NotebookQuestion", "Tuned"]

Array = NDArray[Any]

_PIXELS = 32 * 32 * 3
#: Where notebooks keep what the course asks them to tune: name → key of `targets.COURSE`.
_MODELS: Mapping[str, Mapping[str, str]] = {
    "svm": {"best_svm": "svm"},
    "softmax": {"best_softmax": "softmax"},
    "two_layer_net": {"best_net": "two_layer_net", "best_model": "two_layer_net"},
    "features": {
        "best_svm": "features.linear",
        "best_softmax": "features.linear",
        "best_net": "features.net",
    },
    "fully_connected": {"best_model": "fully_connected"},
}


@dataclasses.dataclass(frozen=True)
class Tuned:
    """A tuned model: `name` in the notebook, its key in `targets.COURSE`, its accuracy on held-out images."""

    name: str
    model: str
    accuracy: float
    wanted: float


class NotebookQuestion:
    """The notebook of one question."""

    def __init__(self, runs: NotebookRuns | None, question: str) -> None:
        self.runs = runs or NotebookRuns(None, {}, {})
        self.question = question

    @property
    def not_run(self) -> str:
        """Why the notebook is not run; "" if it is."""
        return self.runs.not_run(self.question)

    @property
    def is_short(self) -> bool:
        """Whether runs are cut short, so that accuracies mean nothing."""
        return self.runs.execute == "quick"

    @property
    def path(self) -> str:
        return self.runs.paths[self.question]

    @property
    def run(self) -> Run:
        """
        Raises:
            StudentError: the file is no notebook.
        """
        try:
            return self.runs.run(self.question)
        except NotebookUnreadable as reason:
            raise StudentError(f"{self.path} {reason}", Where(self.path), "unreadable") from None

    def tuned(self) -> list[Tuned]:
        """Every tuned model that the notebook left, with its accuracy on images that it never had.

        Raises:
            StudentMissing: it left none.
            StudentError, StudentTimeout, BadResult: a model does not predict.
        """
        try:
            return self._neighbours() if self.question == "knn" else self._models()
        except WorkerTimeout as failure:
            raise StudentTimeout(f"the tuned model's prediction {failure}") from None
        except WorkerFailure as failure:
            stopped = self.run.stopped or str(failure)
            raise StudentMissing(f"no model can be asked: the notebook's run {stopped}") from None

    def saved(self) -> list[Tuned]:
        """The models that were handed in ready-made (2025 and later); none without the official images.

        Raises:
            StudentError, BadResult: a file is no model.
        """
        data = self._room.photographs if self.runs.room is not None else None
        found = []
        for path in sorted(self.runs.files) if data is not None else ():
            question, model = SAVED.get(posixpath.basename(path), ("", ""))
            if question == self.question and data is not None:
                found.append(self._judged_file(path, model, data))
        return found

    def _judged_file(self, path: str, model: str, data: CourseData) -> Tuned:
        try:
            params = read_model(self._room.sandbox, self.runs.files, path)
            labels = predicted(params, data.train, data.held_out.X)
        except SavedUnreadable as reason:
            raise BadResult(f"{path} {reason}", "save the model with its own `save` method") from None
        except WorkerFailure as failure:
            raise StudentError(f"{path} {failure}", Where(path), "died") from None
        accuracy = float(np.mean(labels == data.held_out.y))
        return Tuned(path, model, accuracy, Targets(data).least(model, self.runs.thresholds))

    def _models(self) -> list[Tuned]:
        wanted = _MODELS[self.question]
        found = self.run.fetch(*wanted, "mean_feat", "std_feat", "extract_features", "feature_fns")
        models = {name: found[name] for name in wanted if isinstance(found.get(name), Held)}
        if not models:
            raise StudentMissing(self._nothing_left(found, list(wanted)))
        predictor = _Predictor(self.run, self._data, found)
        return [
            self._judged(name, wanted[name], predictor.labels(name, held)) for name, held in models.items()
        ]

    def _neighbours(self) -> list[Tuned]:
        found = self.run.fetch("classifier", "best_k")
        k, classifier = found.get("best_k"), found.get("classifier")
        if type(k) is not int or not isinstance(classifier, Held):
            raise StudentMissing(self._nothing_left(found, ["best_k", "classifier"]))
        rows = self._data.held_out.X.reshape(-1, _PIXELS).astype(np.float64)
        labels = _labels(
            _value(self.run.call(classifier, "predict", rows, k=k), "classifier.predict"),
            len(rows),
            "classifier",
        )
        return [self._judged(f"best_k = {k}", "knn", labels)]

    def _nothing_left(self, found: Mapping[str, Any], names: list[str]) -> str:
        lacking = next((name for name in names if name not in found), names[0])
        state = "is None" if lacking in found and found[lacking] is None else "was never set"
        return f"`{lacking}` {state} after the notebook ran"

    def _judged(self, name: str, model: str, labels: Array) -> Tuned:
        held_out = self._data.held_out
        least = self._room.targets.least(model, self.runs.thresholds)
        return Tuned(name, model, float(np.mean(labels == held_out.y)), least)

    @property
    def _room(self) -> NotebookRoom:
        assert self.runs.room is not None
        return self.runs.room

    @property
    def _data(self) -> CourseData:
        return self._room.data


class _Predictor:
    """Asks the models of one notebook for labels of images prepared as the notebook prepared its own."""

    def __init__(self, run: Run, data: CourseData, found: Mapping[str, Any]) -> None:
        self.run, self.data, self.found = run, data, found
        self._features: Array | None = None

    def labels(self, name: str, model: Held) -> Array:
        """The labels (n,) that `model` predicts for the held-out images.

        Some notebooks keep pixels colour by colour, which no weight tells: the better order counts.
        """
        inputs, transposed = self._weights(model)
        found = [
            self._predicted(name, model, np.ascontiguousarray(rows.T) if transposed else rows)
            for rows in self._rows(name, inputs)
        ]
        truth = self.data.held_out.y
        return max(found, key=lambda labels: float(np.mean(labels == truth)))

    def _predicted(self, name: str, model: Held, rows: Array) -> Array:
        count = len(self.data.held_out)
        reply = self.run.call(model, "predict", rows)
        if reply.get("type") == "AttributeError" and "predict" in str(reply.get("text")):
            # A net of layers has no `predict`: without labels its loss returns the scores.
            scores = _value(self.run.call(model, "loss", rows), f"{name}.loss")
            if not isinstance(scores, np.ndarray) or scores.shape != (count, 10):
                raise BadResult(f"`{name}.loss(X)` returned {describe(scores)}", "return the scores (N, 10)")
            predicted: Array = np.argmax(scores, axis=1)
            return predicted
        return _labels(_value(reply, f"{name}.predict"), count, name)

    def _weights(self, model: Held) -> tuple[int, bool]:
        """How many inputs the model has weights for (0: unknown), and whether W is (C, D) as in 2015."""
        params = self.run.get(model, "params").get("value")
        net = isinstance(params, dict)
        W = params.get("W1") if isinstance(params, dict) else self.run.get(model, "W").get("value")
        if not isinstance(W, np.ndarray) or W.ndim != 2:
            return 0, False
        transposed = not net and W.shape[0] == 10
        return W.shape[1 if transposed else 0], transposed

    def _rows(self, name: str, inputs: int) -> Iterator[Array]:
        """The images as rows of `inputs` numbers; pixels in both orders."""
        if inputs in (0, _PIXELS, _PIXELS + 1):
            train = self.data.train.X[: min(49_000, len(self.data.train) * 9 // 10)]
            for order in (False, True):
                yield _biased(centred(self.data.held_out.X, train, channels_first=order), inputs)
        else:
            yield _biased(self._extracted(name), inputs)

    def _extracted(self, name: str) -> Array:
        """The notebook's own features of the images."""
        if self._features is None:
            extract, functions = self.found.get("extract_features"), self.found.get("feature_fns")
            mean, std = self.found.get("mean_feat"), self.found.get("std_feat")
            if not isinstance(extract, Held) or not isinstance(functions, Held):
                raise StudentMissing(f"`{name}` needs features, and the notebook left no feature_fns")
            images = self.data.held_out.X.astype(np.float64)
            found = _value(self.run.call(extract, "__call__", images, functions.ref), "extract_features")
            if not isinstance(found, np.ndarray) or found.ndim != 2 or len(found) != len(images):
                raise BadResult(f"`extract_features` returned {describe(found)}")
            rows = found.astype(np.float64)
            for value, apply in ((mean, np.subtract), (std, np.divide)):
                if isinstance(value, np.ndarray) and value.size == rows.shape[1]:
                    rows = apply(rows, value.reshape(-1))
            self._features = rows
        return self._features


def _biased(rows: Array, inputs: int) -> Array:
    """The rows, with a last column of ones where there is one more input."""
    return np.hstack([rows, np.ones((len(rows), 1))]) if inputs == rows.shape[1] + 1 else rows


def _value(reply: Mapping[str, Any], what: str) -> Any:
    """What a call returned.

    Raises:
        StudentError: it raised.
    """
    if reply.get("ok") is True:
        return reply.get("value")
    kind, text = str(reply.get("type", "")), str(reply.get("text", ""))
    file, line = reply.get("file"), reply.get("line")
    where = Where(file, line if type(line) is int else None) if isinstance(file, str) else None
    raise StudentError(f"`{what}` raised {kind}: {text}".rstrip(": "), where, "raised", kind)


def _labels(value: Any, count: int, name: str) -> Array:
    if not isinstance(value, np.ndarray) or value.size != count or value.dtype.kind not in "biuf":
        raise BadResult(
            f"`{name}.predict` returned {describe(value)}", f"return one label for each of the {count} images"
        )
    labels: Array = value.reshape(-1)
    return labels
