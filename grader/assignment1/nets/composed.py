"""What of a net is wrong by its layers alone: it gives what these layers, put together rightly, give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.layers.proxy import Layers
from grader.assignment1.nets.answers import REGS, StudentNet
from grader.assignment1.nets.problems import NetProblem, net
from grader.checking.compare import agree
from grader.diagnosis.table import CONVENTIONS
from grader.student.answers import BadResult
from grader.student.calls import Student, StudentError, StudentMissing, StudentTimeout

__all__ = ["parts_by_layers"]

#: (N, D, H, C): one hidden layer.
_SHAPE = (13, 8, 11, 10)
_NOTHING_SEEN = (StudentError, StudentMissing, StudentTimeout, BadResult)
#: What an answer of another form makes of the comparison.
_ODD = (TypeError, ValueError, KeyError, AttributeError, IndexError)

Array = NDArray[Any]


#: Loss and gradients by name, as they came.
_Answer = tuple[Any, Any]


class _Put(NamedTuple):
    """Scores, data loss and its gradients, of layers put together."""

    scores: Array
    loss: float
    gradients: Mapping[str, Array]


def parts_by_layers(own: StudentNet, student: Student, seed: int) -> frozenset[str]:
    """The parts of a net (`scores`, `loss`, `W1`, …, `regularization`) that are what the own layers give.

    Empty where net or layers stop: then nothing is seen of the net.
    """
    problem = net(seed, _SHAPE)
    try:
        put = _put_together(Layers(student), problem)
    except (*_NOTHING_SEEN, *_ODD):
        return frozenset()
    found = set()
    try:
        found |= {"scores"} if agree(np.asarray(own.scores(problem)), put.scores) else set()
        answers = [_turned(own.loss(problem, reg)) for reg in REGS]
        found |= {name for name in problem.params if _is_like(answers[0][1][name], put.gradients[name])}
        found |= {"loss"} if any(_has_loss(answers, put, problem, k) for k in CONVENTIONS) else set()
        found |= {"regularization"} if any(_adds(answers, problem, k) for k in CONVENTIONS) else set()
    except (*_NOTHING_SEEN, *_ODD):
        return frozenset(found)
    return frozenset(found)


def _put_together(layers: Layers, problem: NetProblem) -> _Put:
    """Affine - ReLU - affine - softmax, of the student's layers."""
    W1, b1, W2, b2 = (problem.params[name] for name in ("W1", "b1", "W2", "b2"))
    count, _, hidden, classes = _SHAPE
    z = layers.affine_forward.forward((count, hidden), problem.X, W1, b1)
    h = layers.relu_forward.forward((count, hidden), z)
    scores = layers.affine_forward.forward((count, classes), h, W2, b2)
    result = layers.softmax_loss(scores, problem.y)
    dh, dW2, db2 = layers.affine_backward.backward(np.asarray(result.raw[1]), h, W2, b2)
    dz = layers.relu_backward.backward(dh, z)
    _, dW1, db1 = layers.affine_backward.backward(dz, problem.X, W1, b1)
    return _Put(scores, result.loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2})


def _turned(pair: Any) -> _Answer:
    loss, gradients = pair
    return (gradients, loss) if isinstance(loss, dict) else (loss, gradients)


def _has_loss(answers: list[_Answer], put: _Put, problem: NetProblem, convention: float) -> bool:
    """Whether the losses are those of the layers, with the L2 term in this convention."""
    squares = sum(float(np.sum(problem.params[name] ** 2)) for name in problem.weight_names)
    pairs = zip(REGS, answers, strict=True)
    return all(_is_like(loss, put.loss + convention * reg * squares) for reg, (loss, _) in pairs)


def _adds(answers: list[_Answer], problem: NetProblem, convention: float) -> bool:
    """Whether reg adds what it should to the gradients of the weights, in this convention."""
    plain, strong = answers[0][1], answers[-1][1]
    return all(
        _is_like(strong[name] - plain[name], 2 * convention * REGS[-1] * problem.params[name])
        for name in problem.weight_names
    )


def _is_like(given: Any, right: Any) -> bool:
    """Whether the numbers are the same, in whatever shape they came."""
    found, asked = np.asarray(given), np.asarray(right, dtype=np.float64)
    return found.size == asked.size and agree(found.reshape(asked.shape), asked)
