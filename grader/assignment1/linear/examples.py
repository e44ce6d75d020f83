"""Linear losses small enough to be worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import starmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.layers.examples import APART, FAR, from_scores, highest_scores, numbered
from grader.assignment1.linear.proxy import LinearQuestion, LossFunction
from grader.checking.check import Setting
from grader.diagnosis.examples.digits import as_python, plain
from grader.diagnosis.examples.posed import Posed
from grader.diagnosis.table import CONVENTIONS
from grader.result import CheckResult
from reference import linear as reference

__all__ = ["linear_examples", "prediction_examples"]

Array = NDArray[Any]
#: Neither its square nor its half is taken for another of the three.
REG = 0.1


@dataclass(frozen=True)
class Tiny:
    """W (D, C), X (N, D) and y (N,), with no margin at its kink."""

    W: Array
    X: Array
    y: Array

    def given(self, reg: float) -> list[str]:
        return [
            f"X = {as_python(self.X)}",
            f"W = {as_python(self.W)}",
            f"y = {as_python(self.y)}",
            f"reg = {plain(reg)}",
        ]


def _tiny(W: Any, X: Any, y: Any) -> Tiny:
    return Tiny(np.array(W, dtype=float), np.array(X, dtype=float), np.array(y))


_W = [[-1, 0, 2], [0, 1, 1]]
#: One example, whose margins are violated by some or all classes; two; others, also with margins below 1.
TINY = (
    _tiny(_W, [[1, 2]], [1]),
    _tiny(_W, [[1, 2]], [0]),
    _tiny(_W, [[3, -1]], [1]),
    _tiny(_W, [[1, 2], [2, 1]], [1, 0]),
    _tiny(_W, [[1, 2], [2, 1]], [1, 1]),
    _tiny([[1, -1], [1, 0], [0, 2]], [[1, 2, 1], [1, 1, 3]], [1, 0]),
    _tiny([[0.5, 1, -0.5], [-0.5, 0.5, 1]], [[1, 2]], [1]),
    _tiny(_W, [[1, 2], [2, 1], [3, -1]], [1, 0, 2]),
)
#: One example, and two, to be predicted: neither the highest nor the lowest score is a stub's class 0.
TO_PREDICT = ([[-1, 2]], [[-1, 2], [2, 1]])
ZERO = _tiny(np.zeros((2, 3)), [[1, 2]], [1])


def linear_examples(subject: LinearQuestion, check: CheckResult, setting: Setting) -> Iterator[Posed]:
    """Problems for a failed check of one of the two losses."""
    functions = {function.role: function for function in (subject.naive, subject.vectorized)}
    function = functions.get(check.role)
    if function is None:
        return
    own = setting.penalties.get(function.kind, 1.0)
    if check.statement == "zero_weights":
        yield _loss(function, ZERO, 0.0, own)
    elif check.statement == "loss":
        yield from (_loss(function, tiny, 0.0, own) for tiny in TINY)
        yield from (_loss(function, tiny, REG, own) for tiny in TINY)
    elif check.statement == "gradient":
        yield from (_gradient(function, tiny) for tiny in TINY)
    elif check.statement == "regularization_gradient":
        yield from (_added(function, tiny, own) for tiny in TINY)
    elif check.statement == "numeric_stability":
        for tiny in starmap(_scored, FAR):
            yield from (_loss(function, tiny, 0.0, own), _gradient(function, tiny))
        yield from (_gradient(function, tiny) for tiny in starmap(_scored, APART))


def prediction_examples(subject: LinearQuestion, check: CheckResult, setting: Setting) -> Iterator[Posed]:
    """Problems for a failed check of `predict`."""
    if check.role == subject.training.predict_role and check.statement == "argmax":
        yield from (_prediction(subject, np.array(X, float)) for X in TO_PREDICT)


def _prediction(subject: LinearQuestion, X: Array) -> Posed:
    W = np.array(_W, float)
    given = [f"X = {as_python(X)}", f"self.W = {as_python(W)}"]
    return highest_scores(given, X @ W, lambda: subject.training.predict(W, X))


def _scored(scores: Array, y: Array) -> Tiny:
    """Weights that are the scores of the examples."""
    return Tiny(scores, np.eye(len(scores)), y)


def _right(kind: str, tiny: Tiny, reg: float, l2: float) -> tuple[float, Array]:
    function = reference.svm_loss_naive if kind == "svm" else reference.softmax_loss_naive
    return function(tiny.W, tiny.X, tiny.y, reg, l2)


def _conventions(own: float) -> list[float]:
    return sorted(CONVENTIONS, key=lambda l2: l2 != own)


def _loss(function: LossFunction, tiny: Tiny, reg: float, own: float) -> Posed:
    return Posed(
        about="the loss",
        given=tiny.given(reg),
        ask=lambda: function.again(tiny.W, tiny.X, tiny.y, reg).loss,
        right=[_right(function.kind, tiny, reg, l2)[0] for l2 in _conventions(own)],
        columns=numbered("class", tiny.W.shape[1]),
        result=("loss",),
        beside=_helpful(function.kind, tiny.X @ tiny.W),
    )


def _gradient(function: LossFunction, tiny: Tiny) -> Posed:
    scores = tiny.X @ tiny.W
    return Posed(
        about="dW",
        given=tiny.given(0.0),
        ask=lambda: function.again(tiny.W, tiny.X, tiny.y, 0.0).raw_gradient,
        right=[_right(function.kind, tiny, 0.0, 1.0)[1]],
        columns=numbered("class", tiny.W.shape[1]),
        rows=_features(tiny),
        beside=_helpful(function.kind, scores),
        groups=_groups(function.kind, scores, tiny.y),
    )


def _added(function: LossFunction, tiny: Tiny, own: float) -> Posed:
    """What reg adds to dW: the data's part cancels, so that what is wrong in it does not show here."""

    def ask() -> Any:
        plain, regularized = (function.again(tiny.W, tiny.X, tiny.y, reg).gradient for reg in (0.0, REG))
        return regularized - plain

    losses = [function.again(tiny.W, tiny.X, tiny.y, reg).loss for reg in (0.0, REG)]
    unit = REG * float(np.sum(tiny.W**2))
    kept = [l2 for l2 in CONVENTIONS if abs(losses[1] - losses[0] - l2 * unit) < 1e-6 * unit]
    return Posed(
        about="reg's part of dW",
        given=tiny.given(REG),
        ask=ask,
        right=[2 * l2 * REG * tiny.W for l2 in kept or _conventions(own)],
        columns=numbered("class", tiny.W.shape[1]),
        rows=_features(tiny),
    )


def _features(tiny: Tiny) -> list[str]:
    return [f"row of feature {number}" for number in range(len(tiny.W))]


def _helpful(kind: str, scores: Array) -> Mapping[str, Any]:
    """Of one example what is computed first: its scores, or their softmax."""
    if kind == "softmax":
        return from_scores(scores)
    return {"scores": scores[0]} if len(scores) == 1 else {}


def _groups(kind: str, scores: Array, y: Array) -> Mapping[str, frozenset[int]]:
    """Of one example the classes that have a name."""
    if len(scores) > 1:
        return {}
    own, every = frozenset(y.tolist()), frozenset(range(scores.shape[1]))
    return {"the correct class": own, "every other class": every - own}
