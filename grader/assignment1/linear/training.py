"""Training and prediction of a linear classifier, seen in the (N, D) and (D, C) orientation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.training.spied import (
    AnsweredLoss,
    SpiedTraining,
    SpyCall,
    StepBatch,
    batch_of,
    steps_among,
)
from grader.student.answers import BadResult, as_array, as_labels, describe, numbers
from grader.student.calls import Student, StudentError, StudentMissing, StudentTimeout
from grader.wall.wire import ObjectRef

__all__ = ["LinearTraining", "listed"]

Array = NDArray[Any]


class LinearTraining:
    """`LinearSVM` or `Softmax` as a class: train, predict."""

    def __init__(self, student: Student, question: str) -> None:
        self.student = student
        self.role = f"{question}.train"
        self.predict_role = f"{question}.predict"

    def with_spied_loss(
        self, X: Array, y: Array, gradient: Array, seed: int, **settings: Any
    ) -> SpiedTraining:
        """Train with a loss that the judge answers, with multiples of one gradient.

        Args:
            X: (N, D) float64.
            gradient: (D, C).
            seed: that of the answers.
            settings: learning_rate, reg, num_iters, batch_size, verbose.

        Raises:
            BadResult: the loss was never called, or not with (X_batch, y_batch, reg).
        """
        model = self._spied_model()
        loss, returned = self._trained(model, X, y, gradient, seed, settings)
        record = loss.record
        if not record.calls and returned is None:
            raise StudentMissing("`train` returns None and never computes a loss", "nothing")
        batches = [self._batch(call, X.shape[1], gradient.shape) for call in record.labelled()]
        final = self._weights(self.student.get(self.role, model, "W"), gradient.shape, "after `train`")
        made = steps_among(batches, X, final, settings["num_iters"], settings["batch_size"])
        return SpiedTraining(made, final, returned, loss.losses, record.unseen)

    def starts_again(self, X: Array, y: Array, gradient: Array, seed: int, **settings: Any) -> bool:
        """Whether a second `train` of one object computes losses; one that stops is nobody's matter."""
        model = self._spied_model()
        try:
            first, second = (self._trained(model, X, y, gradient, seed, settings)[0] for _ in range(2))
        except (StudentError, StudentTimeout):
            return True
        return bool(second.record.calls) or not first.record.calls

    def _spied_model(self) -> ObjectRef:
        model = self.student.call(self.role, keep=True).value
        self.student.spy_that_asks(self.role, model, "loss", watch=("W",))
        return model  # type: ignore[no-any-return]

    def _trained(
        self, model: ObjectRef, X: Array, y: Array, gradient: Array, seed: int, settings: dict[str, Any]
    ) -> tuple[AnsweredLoss, Any]:
        """The loss that was answered, and what `train` returned."""
        turned = self._turned(gradient)
        loss = AnsweredLoss(seed, lambda given: (given.loss, given.scale * turned))
        reply = self.student.call(
            self.role, self._turned(X), y, on=model, spare=("verbose",), answer=loss, **settings
        )
        return loss, reply.value

    def train(self, X: Array, y: Array, **settings: Any) -> NDArray[np.float64]:
        """Train with the student's own loss; the losses that it returns, whatever happened."""
        model = self.student.call(self.role, keep=True).value
        return loss_history(self.student.call(self.role, self._turned(X), y, on=model, **settings).value)

    def weights_after(self, X: Array, y: Array, **settings: Any) -> NDArray[np.float64]:
        """Train with the student's own loss; the weights (D, C) that it leaves."""
        model = self.student.call(self.role, keep=True).value
        self.student.call(self.role, self._turned(X), y, on=model, **settings)
        shape = (X.shape[1], int(y.max()) + 1)
        return self._weights(self.student.get(self.role, model, "W"), shape, "after `train`")

    def predict(self, W: Array, X: Array) -> Array:
        """The labels that a model with weights W (D, C) gives to X (N, D), in whatever shape they came.

        Raises:
            StudentMissing: None or only zeros. BadResult: no numbers.
        """
        model = self.student.call(self.predict_role, keep=True).value
        W, X = (self._turned(array, self.predict_role) for array in (W, X))
        self.student.set(self.predict_role, model, "W", W)
        return as_labels(self.student.call(self.predict_role, X, on=model).value, None)

    def _batch(self, call: SpyCall, features: int, shape: tuple[int, ...]) -> StepBatch:
        if "reg" not in call.given:
            raise BadResult(
                f"`train` called self.loss with {len(call.given)} arguments",
                "it is self.loss(X_batch, y_batch, reg)",
            )
        W = self._weights(call.watched.get("W"), shape, "when the loss is computed")
        return batch_of(call, features, W, transposed=self.student.site(self.role).transposed)

    def _weights(self, W: Any, shape: tuple[int, ...], when: str) -> Array:
        """W as (D, C), which is `shape`."""
        asked = shape[::-1] if self.student.site(self.role).transposed else shape
        return self._turned(as_array(W, asked, f"self.W {when}"))

    def _turned(self, array: Array, role: str | None = None) -> Array:
        """Between the student's orientation and ours; the transposition is its own inverse."""
        if self.student.site(role or self.role).transposed and array.ndim == 2:
            return np.ascontiguousarray(array.T)
        return array


def loss_history(value: Any) -> NDArray[np.float64]:
    """The losses that `train` returned, as (num_iters,) float64.

    Raises:
        BadResult: not a list of numbers.
    """
    each = [numbers(item) for item in listed(value)]
    losses = [float(item.reshape(())) for item in each if item is not None and item.size == 1]
    if not losses or len(losses) < len(each):
        raise BadResult(f"`train` returned {describe(value)}", "return the list of the losses of all steps")
    return np.array(losses)


def listed(value: Any) -> list[Any]:
    """The items of a list, a tuple or an array, those of an array as arrays; none of anything else."""
    if isinstance(value, np.ndarray):
        return [np.asarray(item) for item in value] if value.ndim else []
    return list(value) if isinstance(value, (list, tuple)) else []
