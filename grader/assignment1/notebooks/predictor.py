"""Labels of a model that stays in a notebook's worker, for images prepared as the notebook did its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.notebooks.course_data import CourseData
from grader.assignment1.notebooks.targets import centred
from grader.result import Where
from grader.student.answers import BadResult, describe
from grader.student.calls import StudentError, StudentMissing
from grader.student.notebooks.cell_replies import Held
from grader.student.notebooks.execute import Run

__all__ = ["PIXELS", "Predictor", "labels_of", "returned"]

Array = NDArray[Any]

PIXELS = 32 * 32 * 3


class Predictor:
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
            scores = returned(self.run.call(model, "loss", rows), f"{name}.loss")
            if not isinstance(scores, np.ndarray) or scores.shape != (count, 10):
                raise BadResult(f"`{name}.loss(X)` returned {describe(scores)}", "return the scores (N, 10)")
            predicted: Array = np.argmax(scores, axis=1)
            return predicted
        return labels_of(returned(reply, f"{name}.predict"), count, name)

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
        if inputs in (0, PIXELS, PIXELS + 1):
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
            found = returned(self.run.call(extract, "__call__", images, functions.ref), "extract_features")
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


def returned(reply: Mapping[str, Any], what: str) -> Any:
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


def labels_of(value: Any, count: int, name: str) -> Array:
    if not isinstance(value, np.ndarray) or value.size != count or value.dtype.kind not in "biuf":
        raise BadResult(
            f"`{name}.predict` returned {describe(value)}", f"return one label for each of the {count} images"
        )
    labels: Array = value.reshape(-1)
    return labels
