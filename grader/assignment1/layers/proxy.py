"""The functions of one student's `layers.py`. A backward pass gets the student's own forward cache."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.student.answers import BadResult, as_array, as_scalar, describe, is_zero, not_done
from grader.student.calls import Reply, Student, StudentError, StudentMissing

__all__ = ["LAYERS", "Layer", "LayerLoss", "Layers"]

#: The roles of `layers.py`.
LAYERS = (
    *("layers.affine_forward", "layers.affine_backward", "layers.relu_forward", "layers.relu_backward"),
    *("layers.svm_loss", "layers.softmax_loss"),
)

Array = NDArray[Any]
Floats = NDArray[np.float64]


class Layer:
    """One function of a layer."""

    def __init__(self, student: Student, role: str, forward: Layer | None = None) -> None:
        self.student = student
        self.role = role
        self.forward_pass = forward

    def forward(self, shape: tuple[int, ...], *args: Array) -> Floats:
        """The output, of that shape, of a forward pass."""
        out = self._pair(*args)[0]
        if out is None:
            raise self.stub((None, None))
        return as_array(out, shape, "out")

    def changes(self, *args: Array) -> tuple[int, ...]:
        """Which arguments a forward pass modifies in place, by number.

        Raises:
            StudentMissing: absent or a stub.
        """
        reply = self.student.call(self.role, *args)
        pair = reply.value if isinstance(reply.value, (tuple, list)) and reply.value else (reply.value,)
        if pair[0] is None:
            raise self.stub(reply.value)
        return reply.changed

    def cache(self, *args: Array) -> Any:
        """What a forward pass keeps; the course's own cache, its arguments, when there is none to send."""
        try:
            cache = self._pair(*args)[1]
        except (StudentError, StudentMissing, BadResult):
            cache = None
        return cache if cache is not None else (args if len(args) > 1 else args[0])

    def backward(self, dout: Array, *args: Array) -> Any:
        """What a backward pass returns for `dout` after the forward pass of `args`; not validated."""
        assert self.forward_pass is not None
        return self.after(dout, self.forward_pass.cache(*args))

    def after(self, dout: Array, cache: Any) -> Any:
        """What a backward pass returns for `dout` and this cache; not validated."""
        value = self.student.call(self.role, dout, cache).value
        if value is None or (isinstance(value, tuple) and all(part is None for part in value)):
            raise self.stub(value)
        return value

    def stub(self, value: Any) -> StudentMissing:
        return not_done(self.student.site(self.role).label, value, "None for every result")

    def _pair(self, *args: Array) -> Any:
        value = self.student.call(self.role, *args).value
        if value is None:
            raise self.stub(value)
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            raise BadResult(f"it returned {describe(value)}", "return the pair (out, cache)")
        return value


class LossLayerResult:
    """(loss, dx) of a loss layer; each validates on access."""

    def __init__(self, value: Any, shape: tuple[int, ...]) -> None:
        self.raw = value
        self.shape = shape

    @property
    def loss(self) -> float:
        return as_scalar(self.raw[0], "the loss")

    @property
    def gradient(self) -> Floats:
        if is_zero(self.raw[1]):
            raise StudentMissing("dx is not computed yet")
        return as_array(self.raw[1], self.shape, "dx")


class LayerLoss:
    """`svm_loss(x, y)` or `softmax_loss(x, y)`."""

    def __init__(self, student: Student, kind: str) -> None:
        self.student = student
        self.kind = kind
        self.role = f"layers.{kind}_loss"

    def __call__(self, x: Array, y: Array) -> LossLayerResult:
        """Loss and gradient of the scores x (N, C).

        Raises:
            StudentMissing: absent or a stub. BadResult: no pair.
        """
        value = self._reply(x, y).value
        label = self.student.site(self.role).label
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            raise BadResult(f"`{label}` returned {describe(value)}", "return the pair (loss, dx)")
        return LossLayerResult(value, x.shape)

    def changes(self, x: Array, y: Array) -> tuple[int, ...]:
        """Which arguments a call modifies in place, by number.

        Raises:
            StudentMissing: absent or a stub.
        """
        return self._reply(x, y).changed

    def _reply(self, x: Array, y: Array) -> Reply:
        reply = self.student.call(self.role, x, y)
        if reply.value is None or (isinstance(reply.value, (tuple, list)) and is_zero(reply.value)):
            label = self.student.site(self.role).label
            raise not_done(label, reply.value, "neither a loss nor a gradient")
        return reply


class Layers:
    """The roles of `layers.py`."""

    def __init__(self, student: Student) -> None:
        self.affine_forward = Layer(student, "layers.affine_forward")
        self.affine_backward = Layer(student, "layers.affine_backward", self.affine_forward)
        self.relu_forward = Layer(student, "layers.relu_forward")
        self.relu_backward = Layer(student, "layers.relu_backward", self.relu_forward)
        self.svm_loss = LayerLoss(student, "svm")
        self.softmax_loss = LayerLoss(student, "softmax")
