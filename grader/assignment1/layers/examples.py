"""Layers small enough to be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.layers.checks import Affine
from grader.assignment1.layers.proxy import Layer, LayerLoss, Layers
from grader.checking.check import Setting
from grader.diagnosis.examples.digits import as_python
from grader.diagnosis.examples.posed import Posed
from grader.result import CheckResult
from reference import layers as reference

__all__ = [
    "APART",
    "FAR",
    "affine_examples",
    "from_scores",
    "highest_scores",
    "numbered",
    "relu_examples",
    "score_examples",
]

Array = NDArray[Any]


def _floats(values: Any) -> Array:
    return np.array(values, dtype=np.float64)


def _affine(x: Any, dout: Any, *more: Any) -> Affine:
    """`more`: further rows of w, where x has more than two features."""
    return Affine(_floats(x), _floats([[1, 0, 2], [2, 1, -1], *more]), _floats([1, -1, 2]), _floats(dout))


#: One example, two, then with x as an image's rows and columns, at last with several of both.
AFFINE = (
    _affine([[1, 2]], [[1, 2, -1]]),
    _affine([[1, 2], [3, -1]], [[1, 2, -1], [2, -1, 1]]),
    _affine([[[1], [2]]], [[1, 2, -1]]),
    _affine([[[1, 2]], [[3, -1]]], [[1, 2, -1], [2, -1, 1]]),
    _affine([[[1, 2], [3, -1]]], [[1, 2, -1]], [0, 3, 1], [1, -2, 0]),
)
#: x and dout of a ReLU.
RELU = (
    (_floats([[-1, 2, 0.5]]), _floats([[3, -1, 2]])),
    (_floats([[-1, 2, 0.5], [1, -2, 3]]), _floats([[3, -1, 2], [-2, 1, 4]])),
)
#: Scores with no margin at its kink, and labels.
SCORES = (
    (_floats([[-1, 2, 4]]), np.array([1])),
    (_floats([[-1, 2, 4]]), np.array([0])),
    (_floats([[-1, 2, 4], [3, 0, 1.5]]), np.array([1, 0])),
    (_floats([[-1, 2, 4], [3, 0, 1.5]]), np.array([0, 0])),
)
#: Scores and labels that overflow without a shift, and with one for all examples.
FAR = (
    (_floats([[999, 1001, 1000]]), np.array([1])),
    (_floats([[999, 1001, 1000], [-999, -1001, -1000]]), np.array([1, 0])),
)
#: Those that overflow unless what is subtracted is the largest; in the loss right work may have the log of 0.
APART = ((_floats([[-5000, -1000, -1003]]), np.array([1])), (_floats([[0, 725]]), np.array([0])))
_LARGE = 100
_UNITS = ("unit 0", "unit 1", "unit 2")


def affine_examples(subject: Any, check: CheckResult, setting: Setting) -> Iterator[Posed]:
    """Problems for a failed check of an affine layer."""
    layers: Layers = subject.layers
    if check.role == layers.affine_forward.role and check.statement == "output":
        yield from (_affine_output(layers.affine_forward, given) for given in AFFINE)
    gradients = ("gradient_x", "gradient_w", "gradient_b")
    if check.role == layers.affine_backward.role and check.statement in gradients:
        number = gradients.index(check.statement)
        yield from (_affine_gradient(layers.affine_backward, given, number) for given in AFFINE)


def _affine_output(affine_forward: Layer, given: Affine) -> Posed:
    arguments = (given.x, given.w, given.b)
    out = reference.affine_forward(*arguments)[0]
    return Posed(
        about="out",
        given=_written(x=given.x, w=given.w, b=given.b),
        ask=lambda: affine_forward.forward(out.shape, *arguments),
        right=[out],
        columns=_UNITS,
        rows=_examples(len(given.x)),
    )


def _affine_gradient(affine_backward: Layer, given: Affine, number: int) -> Posed:
    arguments = (given.x, given.w, given.b)
    features = numbered("feature", len(given.w))
    rows: Sequence[Sequence[str]] = (
        _examples(len(given.x)),
        [f"row of {name}" for name in features],
        (),
    )
    return Posed(
        about=("dx", "dw", "db")[number],
        given=_written(x=given.x, w=given.w, dout=given.dout),
        ask=lambda: affine_backward.backward(given.dout, *arguments)[number],
        right=[reference.affine_backward(given.dout, arguments)[number]],
        columns=features if number == 0 else _UNITS,
        rows=rows[number],
    )


def relu_examples(subject: Any, check: CheckResult, setting: Setting) -> Iterator[Posed]:
    """Problems for a failed check of a ReLU."""
    layers: Layers = subject.layers
    if check.role == layers.relu_forward.role and check.statement == "output":
        yield from (_relu_output(layers.relu_forward, x) for x, _ in RELU)
    elif check.role == layers.relu_backward.role and check.statement == "gradient":
        yield from (_relu_gradient(layers.relu_backward, x, dout) for x, dout in RELU)


def _relu_output(relu_forward: Layer, x: Array) -> Posed:
    return Posed(
        about="out",
        given=_written(x=x),
        ask=lambda: relu_forward.forward(x.shape, x),
        right=[reference.relu_forward(x)[0]],
        columns=_UNITS,
        rows=_examples(len(x)),
        groups=_signs(x),
    )


def _relu_gradient(relu_backward: Layer, x: Array, dout: Array) -> Posed:
    return Posed(
        about="dx",
        given=_written(x=x, dout=dout),
        ask=lambda: relu_backward.backward(dout, x),
        right=[reference.relu_backward(dout, x)],
        columns=_UNITS,
        rows=_examples(len(x)),
        beside={"x": x[0], "dout": dout[0]} if len(x) == 1 else {},
        groups=_signs(x),
        relations={"dout": dout},
    )


def _signs(x: Array) -> Mapping[str, frozenset[int]]:
    """Of one example the units that are on, and off."""
    if len(x) > 1:
        return {}
    on = frozenset(np.flatnonzero(x[0] > 0).tolist())
    return {"where x is positive": on, "where x is negative": frozenset(range(x.shape[1])) - on}


def score_examples(subject: Any, check: CheckResult, setting: Setting) -> Iterator[Posed]:
    """Problems for a failed check of a loss of given scores."""
    layers: Layers = subject.layers
    for loss in (layers.svm_loss, layers.softmax_loss):
        if check.role == loss.role and check.statement in ("loss", "gradient"):
            pose = _score_loss if check.statement == "loss" else _score_gradient
            yield from (pose(loss, x, y) for x, y in SCORES)
    softmax = layers.softmax_loss
    if check.role == softmax.role and check.statement == "numeric_stability":
        for x, y in FAR:
            yield from (_score_loss(softmax, x, y), _score_gradient(softmax, x, y))
        yield from (_score_gradient(softmax, x, y) for x, y in APART)


def _right(kind: str, x: Array, y: Array) -> tuple[float, Array]:
    return (reference.svm_loss if kind == "svm" else reference.softmax_loss)(x, y)


def _score_loss(loss: LayerLoss, x: Array, y: Array) -> Posed:
    return Posed(
        about="the loss",
        given=_written(x=x, y=y),
        ask=lambda: loss(x, y).loss,
        right=[_right(loss.kind, x, y)[0]],
        columns=numbered("class", x.shape[1]),
        result=("loss",),
        beside=_helpful(loss.kind, x),
    )


def _score_gradient(loss: LayerLoss, x: Array, y: Array) -> Posed:
    own, every = frozenset(y.tolist()), frozenset(range(x.shape[1]))
    single = len(x) == 1
    return Posed(
        about="dx",
        given=_written(x=x, y=y),
        ask=lambda: loss(x, y).raw[1],
        right=[_right(loss.kind, x, y)[1]],
        columns=numbered("class", x.shape[1]),
        rows=_examples(len(x)),
        beside=_helpful(loss.kind, x),
        groups={"the correct class": own, "every other class": every - own} if single else {},
    )


def _helpful(kind: str, x: Array) -> Mapping[str, Any]:
    return from_scores(x) if kind == "softmax" else {}


def from_scores(scores: Array) -> Mapping[str, Any]:
    """Of one example its softmax, beside its scores where they are so large that they matter."""
    if len(scores) > 1:
        return {}
    exponentials = np.exp(scores[0] - scores.max())
    told = {"scores": scores[0]} if np.abs(scores).max() > _LARGE else {}
    return told | {"probs": exponentials / exponentials.sum()}


def highest_scores(given: Sequence[str], scores: Array, ask: Callable[[], Any]) -> Posed:
    """The prediction from scores (N, C)."""
    one = len(scores) == 1
    rows = ["scores"] if one else [f"scores of {name}" for name in numbered("example", len(scores))]
    return Posed(
        about="the predicted label" if one else "the array of predicted labels",
        given=given,
        ask=ask,
        right=[scores.argmax(axis=1)],
        columns=numbered("class", scores.shape[1]),
        result=["predicted"] if one else numbered("example", len(scores)),
        beside=dict(zip(rows, scores, strict=True)),
        are_labels=True,
    )


def numbered(what: str, count: int) -> list[str]:
    """`class 0`, `class 1`, …"""
    return [f"{what} {number}" for number in range(count)]


def _written(**arrays: Array) -> list[str]:
    return [f"{name} = {as_python(array)}" for name, array in arrays.items()]


def _examples(count: int) -> list[str]:
    """What the rows of several examples are."""
    return [f"row of example {number}" for number in range(count)] if count > 1 else []
