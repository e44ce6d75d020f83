"""Training of `neural_net.TwoLayerNet`, seen as that of a linear classifier: all parameters in one matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.proxies.result import BadResult, describe
from grader.proxies.training import Batch, SpiedTraining
from grader.sandbox.wire import ObjectRef
from grader.student import Student, StudentError, StudentMissing

__all__ = ["DECAY", "NetTraining"]

Array = NDArray[Any]

#: The factor of the learning rate from one epoch to the next.
DECAY = 0.95


class NetTraining:
    """`train` of a net with one hidden unit: for C = 7 its 5 + 1 + C + C parameters fill a (5, 4) matrix."""

    def __init__(self, student: Student, question: str) -> None:
        self.student = student
        self.role = f"{question}.train"

    def with_spied_loss(
        self, X: Array, y: Array, loss: float, gradient: Array, **settings: Any
    ) -> SpiedTraining:
        """Train with a loss that always answers (loss, gradient) and a `predict` that answers 0.

        Args:
            X: (N, D) float64.
            gradient: as many numbers as a net with D inputs, one hidden unit and C outputs has parameters.
            settings: learning_rate, reg, num_iters, batch_size, verbose.

        Raises:
            StudentMissing: no batch is drawn.
            BadResult: the loss was not called with (X_batch, y_batch, reg).
        """
        dim = X.shape[1]
        classes = (gradient.size - dim - 1) // 2
        model = self.student.call(self.role, dim, 1, classes, keep=True).value
        reply = (loss, self._shaped(_unpacked(gradient, dim, classes)))
        spy = self.student.spy(self.role, model, "loss", reply, watch=("params",))
        self.student.spy(self.role, model, "predict", 0)
        try:
            returned = self.student.call(
                self.role, X, y, X[:5], y[:5], on=model, learning_rate_decay=DECAY, **settings
            ).value
        except StudentError as error:
            if error.kind == "raised":
                self._require_batches(spy)  # a stub goes on with None, and fails on it later
            raise
        batches = [_batch(call, gradient) for call in self.student.get(self.role, spy, "calls")]
        if not batches:
            raise BadResult(
                "`train` never called self.loss", "each step calls self.loss(X_batch, y_batch, reg)"
            )
        final = _packed(self.student.get(self.role, model, "params"), gradient)
        history = returned.get("loss_history") if isinstance(returned, dict) else returned
        return SpiedTraining(batches, final, history)

    def _require_batches(self, spy: ObjectRef) -> None:
        for call in self.student.get(self.role, spy, "calls"):
            _given(call)

    def _shaped(self, gradients: dict[str, Array]) -> dict[str, Array]:
        """The gradients with biases as the student's own loss gives them: (1, H) is its own matter."""
        model = self.student.call(self.role, 3, 2, 2, keep=True).value
        try:
            own = self.student.call(self.role, np.eye(2, 3), np.array([0, 1]), on=model, method="loss").value[
                1
            ]
            turned = {name: np.ndim(own[name]) == 2 for name in ("b1", "b2")}
        except (StudentError, TypeError, KeyError, IndexError):
            return gradients
        return {name: value[np.newaxis] if turned.get(name) else value for name, value in gradients.items()}


def _unpacked(matrix: Array, dim: int, classes: int) -> dict[str, Array]:
    W1, b1, W2, b2 = np.split(matrix.ravel(), [dim, dim + 1, dim + 1 + classes])
    return {"W1": W1.reshape(dim, 1), "b1": b1, "W2": W2.reshape(1, classes), "b2": b2}


def _packed(params: Any, like: Array) -> Array:
    """The parameters in one matrix of the gradient's shape."""
    names = ("W1", "b1", "W2", "b2")
    if not isinstance(params, dict) or any(not isinstance(params.get(name), np.ndarray) for name in names):
        raise BadResult(f"self.params is {describe(params)}", "keep W1, b1, W2 and b2 in self.params")
    numbers = np.concatenate([params[name].ravel() for name in names])
    if numbers.size != like.size:
        raise BadResult(
            "`train` changed the shapes of the parameters", "params[name] -= learning_rate * grads[name]"
        )
    return numbers.reshape(like.shape)


def _batch(call: dict[str, Any], gradient: Array) -> Batch:
    X, y, reg = _given(call)
    if not isinstance(X, np.ndarray) or not isinstance(y, np.ndarray):
        raise BadResult(
            "`train` called self.loss without a batch", "it is self.loss(X_batch, y=y_batch, reg=reg)"
        )
    return Batch(X, y, reg, _packed(call["watched"]["params"], gradient))


def _given(call: dict[str, Any]) -> tuple[Any, Any, Any]:
    """X, y and reg of a call of the loss."""
    given = dict(zip(("X", "y", "reg"), call["args"], strict=False)) | call["kwargs"]
    if given.get("X") is None or given.get("y") is None:
        raise StudentMissing("`train` passes None as the batch: sampling is not implemented yet")
    return given["X"], given["y"], given.get("reg", 0.0)
