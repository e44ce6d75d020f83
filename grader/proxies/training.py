"""Training and prediction of a linear classifier, seen in the (N, D) and (D, C) orientation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.proxies.result import BadResult, as_array, describe
from grader.student import Student, StudentMissing

__all__ = ["Batch", "LinearTraining", "SpiedTraining", "Training"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Batch:
    """What one step passed to the loss: X (n, D), y (n,), reg, and the weights (D, C) at that moment."""

    X: Array
    y: Array
    reg: Any
    W: Array


@dataclass(frozen=True)
class SpiedTraining:
    """A training whose loss was a spy: every batch, the weights before each step and at the end."""

    batches: list[Batch]
    final_weights: Array
    returned: Any

    def weights(self, steps: int) -> list[Array]:
        """W before the first step, …, before the last step, and at the end.

        Code that asks for the loss several times in each of its `steps` still takes one step each time.
        """
        each = len(self.batches) // steps if len(self.batches) % steps == 0 else 1
        return [batch.W for batch in self.batches[:: max(each, 1)]] + [self.final_weights]


@dataclass(frozen=True)
class Training:
    """A real training: the loss history, and the labels predicted afterwards."""

    losses: NDArray[np.float64]
    predicted: Array


class LinearTraining:
    """`LinearSVM` or `Softmax` as a class: train, predict."""

    def __init__(self, student: Student, question: str) -> None:
        self.student = student
        self.role = f"{question}.train"
        self.predict_role = f"{question}.predict"

    def with_spied_loss(
        self, X: Array, y: Array, loss: float, gradient: Array, **settings: Any
    ) -> SpiedTraining:
        """Train with a loss that always answers (loss, gradient).

        Args:
            X: (N, D) float64.
            gradient: (D, C), the answer to every call.
            settings: learning_rate, reg, num_iters, batch_size, verbose.

        Raises:
            BadResult: the loss was never called, or not with (X_batch, y_batch, reg).
        """
        model = self.student.call(self.role, keep=True).value
        spy = self.student.spy(self.role, model, "loss", (loss, self._turned(gradient)), watch=("W",))
        returned = self.student.call(self.role, self._turned(X), y, on=model, **settings).value
        calls = self.student.get(self.role, spy, "calls")
        if not calls:
            if returned is None:
                raise StudentMissing("`train` returns None and never computes a loss")
            raise BadResult(
                "`train` never called self.loss", "each step calls self.loss(X_batch, y_batch, reg)"
            )
        batches = [self._batch(call) for call in calls]
        return SpiedTraining(batches, self._weights(model, self.role), returned)

    def train(
        self, X: Array, y: Array, X_test: Array, *, timeout: float | None = None, **settings: Any
    ) -> Training:
        """Train with the student's own loss, then predict the labels of X_test (M, D)."""
        model = self.student.call(self.role, keep=True).value
        returned = self.student.call(
            self.role, self._turned(X), y, on=model, timeout=timeout, **settings
        ).value
        labels = self.student.call(self.predict_role, self._turned(X_test), on=model).value
        predicted = as_array(self._labels(labels), (len(X_test),), "what `predict` returns")
        return Training(loss_history(returned), predicted.astype(np.int64))

    def predict(self, W: Array, X: Array) -> Array:
        """The labels that a model with weights W (D, C) gives to X (N, D)."""
        model = self.student.call(self.predict_role, keep=True).value
        self.student.set(self.predict_role, model, "W", self._turned(W))
        return self._labels(self.student.call(self.predict_role, self._turned(X), on=model).value)

    def _labels(self, value: Any) -> Array:
        """The labels as an array; a list of them is as good.

        Raises:
            StudentMissing: None or only zeros, as the starter code returns.
        """
        if isinstance(value, (list, tuple)):
            value = np.array([np.asarray(item).item() if np.size(item) == 1 else np.nan for item in value])
        if value is None or (isinstance(value, np.ndarray) and not np.any(value)):
            raise StudentMissing("`predict` returns only zeros (or None): it is not implemented yet")
        if not isinstance(value, np.ndarray):
            raise BadResult(f"`predict` returned {describe(value)}", "return an array of N labels")
        return value

    def _weights(self, model: Any, role: str) -> Array:
        W = self.student.get(role, model, "W")
        if not isinstance(W, np.ndarray):
            raise BadResult(f"after `train`, self.W is {describe(W)}", "`train` keeps the weights in self.W")
        return self._turned(W)

    def _batch(self, call: dict[str, Any]) -> Batch:
        given = [*call["args"], *call["kwargs"].values()]
        if any(part is None for part in given[:2]):
            raise StudentMissing("`train` passes None as the batch: sampling is not implemented yet")
        if len(given) < 3 or not isinstance(given[0], np.ndarray) or not isinstance(given[1], np.ndarray):
            raise BadResult(
                f"`train` called self.loss with {len(given)} arguments",
                "it is self.loss(X_batch, y_batch, reg)",
            )
        W = call["watched"]["W"]
        if not isinstance(W, np.ndarray):
            raise BadResult(
                f"self.W is {describe(W)} when the loss is computed", "initialise self.W before the loop"
            )
        return Batch(self._turned(given[0]), given[1], given[2], self._turned(W))

    def _turned(self, array: Array) -> Array:
        """Between the student's orientation and ours; the transposition is its own inverse."""
        if self.student.site(self.role).transposed and array.ndim == 2:
            return np.ascontiguousarray(array.T)
        return array


def loss_history(value: Any) -> NDArray[np.float64]:
    """The losses that `train` returned, as (num_iters,) float64.

    Raises:
        BadResult: not a list of numbers.
    """
    items = list(value) if isinstance(value, (list, tuple)) else value
    try:
        losses = np.asarray(
            [np.asarray(item, dtype=np.float64).reshape(()) for item in items], dtype=np.float64
        )
    except (TypeError, ValueError):
        raise BadResult(
            f"`train` returned {describe(value)}", "return the list of the losses of all steps"
        ) from None
    return losses
