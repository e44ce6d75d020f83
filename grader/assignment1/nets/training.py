"""Training of `neural_net.TwoLayerNet`, seen as that of a linear classifier: all parameters in one matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.training.spied import AnsweredLoss, SpiedTraining, batch_of, steps_among
from grader.student.answers import BadResult, as_numbers, describe
from grader.student.calls import Student, StudentError
from grader.wall.wire import ObjectRef

__all__ = ["DECAY", "NetTraining", "unpacked"]

Array = NDArray[Any]

#: What is put right before a training that stopped is tried again: parameters, shapes of bias gradients.
_MENDED: tuple[tuple[str, ...], ...] = ((), ("shapes",), ("params",), ("params", "shapes"))
#: The factor of the learning rate from one epoch to the next.
DECAY = 0.95


class NetTraining:
    """`train` of a net with one hidden unit: for C = 7 its 5 + 1 + C + C parameters fill a (5, 4) matrix."""

    def __init__(self, student: Student, question: str) -> None:
        self.student = student
        self.role = f"{question}.train"

    def with_spied_loss(
        self, X: Array, y: Array, gradient: Array, seed: int, **settings: Any
    ) -> SpiedTraining:
        """Train with a loss that the judge answers, with multiples of one gradient; `predict` gives 0.

        Args:
            X: (N, D) float64.
            gradient: as many numbers as a net with D inputs, one hidden unit and C outputs has parameters.
            seed: that of the answers.
            settings: learning_rate, reg, num_iters, batch_size, verbose.

        Raises:
            StudentMissing: no batch is drawn.
            BadResult: the loss was not called with (X_batch, y_batch, reg).
        """
        first: StudentError | None = None
        for mended in _MENDED:
            try:
                return self._spied(X, y, gradient, seed, settings, mended)
            except StudentError as error:
                first = first or error
        assert first is not None
        raise first

    def _spied(
        self,
        X: Array,
        y: Array,
        gradient: Array,
        seed: int,
        settings: dict[str, Any],
        mended: tuple[str, ...],
    ) -> SpiedTraining:
        dim = X.shape[1]
        classes = (gradient.size - dim - 1) // 2
        right = unpacked(gradient, dim, classes)
        model = self._net(dim, 1, classes)
        if "params" in mended:
            self.student.set(self.role, model, "params", {n: 1e-4 * value for n, value in right.items()})
        own = self._own_results()
        gradients = right if "shapes" in mended else _shaped_as(right, own[1] if own else None)
        loss = AnsweredLoss(seed, lambda given: (given.loss, _times(given.scale, gradients), *own[2:]))
        # Without labels the loss gives scores, which are the net's own.
        self.student.spy_that_asks(self.role, model, "loss", watch=("params",), least=2)
        self.student.spy(self.role, model, "predict", 0)
        try:
            asked = {"learning_rate": settings["learning_rate"], "learning_rate_decay": DECAY, **settings}
            few, role = (X[:5], y[:5]), self.role
            spare = ("verbose",)
            returned = self.student.call(role, X, y, *few, on=model, spare=spare, answer=loss, **asked).value
        except StudentError as error:
            if error.kind == "raised":
                loss.record.require_batches()  # a stub goes on with None, and fails on it later
            raise
        record = loss.record
        batches = [
            batch_of(call, dim, _packed(call.watched.get("params"), gradient)) for call in record.labelled()
        ]
        final = _packed(self.student.get(self.role, model, "params"), gradient)
        made = steps_among(batches, X, final, settings["num_iters"], settings["batch_size"])
        history = returned.get("loss_history") if isinstance(returned, dict) else returned
        return SpiedTraining(made, final, history, loss.losses, record.unseen, mended)

    def _net(self, inputs: int, hidden: int, outputs: int) -> ObjectRef:
        sizes: dict[str, Any] = {"input_size": inputs, "hidden_size": hidden, "output_size": outputs}
        return self.student.call(self.role, keep=True, **sizes).value  # type: ignore[no-any-return]

    def _own_results(self) -> tuple[Any, ...]:
        """What the student's own loss returns: more than two results are their own matter."""
        X, y = np.eye(2, 3), np.array([0, 1])
        try:
            value = self.student.call(self.role, X, y, on=self._net(3, 2, 2), method="loss").value
        except StudentError:
            return ()
        return tuple(value) if isinstance(value, (tuple, list)) and len(value) > 1 else ()


def _times(factor: float, gradients: dict[str, Array]) -> dict[str, Array]:
    return {name: factor * value for name, value in gradients.items()}


def _shaped_as(gradients: dict[str, Array], own: Any) -> dict[str, Array]:
    """The gradients with biases as the student's own loss gives them: (1, H) is its own matter."""
    rows = [name for name in ("b1", "b2") if isinstance(own, dict) and _is_matrix(own.get(name))]
    return {name: value[np.newaxis] if name in rows else value for name, value in gradients.items()}


def _is_matrix(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 2


def unpacked(matrix: Array, dim: int, classes: int) -> dict[str, Array]:
    """W1 (dim, 1), b1 (1,), W2 (1, classes) and b2 (classes,) out of the matrix that they fill."""
    W1, b1, W2, b2 = np.split(matrix.ravel(), [dim, dim + 1, dim + 1 + classes])
    return {"W1": W1.reshape(dim, 1), "b1": b1, "W2": W2.reshape(1, classes), "b2": b2}


def _packed(params: Any, like: Array) -> Array:
    """The parameters in one matrix of the gradient's shape."""
    if not isinstance(params, dict):
        raise BadResult(f"self.params is {describe(params)}", "keep W1, b1, W2 and b2 in self.params")
    each = [
        as_numbers(params.get(name), f'self.params["{name}"] in `train`') for name in ("W1", "b1", "W2", "b2")
    ]
    flat = np.concatenate([part.ravel() for part in each]).astype(np.float64)
    if flat.size != like.size:
        raise BadResult(
            "`train` changed the shapes of the parameters", "params[name] -= learning_rate * grads[name]"
        )
    return flat.reshape(like.shape)
