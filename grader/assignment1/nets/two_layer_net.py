"""What only the two-layer net must fulfil: each parameter's gradient, stability, prediction, training."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.linear.softmax import SHIFT, STABLE_RTOL
from grader.assignment1.nets.checks import expect_gradients, loss_matches, right
from grader.assignment1.nets.problems import NetProblem
from grader.assignment1.nets.problems import net as net_problem
from grader.assignment1.nets.proxy import Net, TwoLayerQuestion
from grader.assignment1.nets.training import DECAY, unpacked
from grader.assignment1.training.checks import (
    LEARNING_RATE,
    STEPS,
    expect_prediction,
    expect_steps,
    momentum_of,
    spied_gradient,
    spied_training,
    step_mistake,
)
from grader.checking.check import check
from grader.checking.expect import Expect

__all__ = [
    "argmax",
    "gradient_b1",
    "gradient_b2",
    "gradient_w1",
    "gradient_w2",
    "numeric_stability",
    "sgd_step",
]


@check("gradient_W1", about="loss")
def gradient_w1(net: Net, expect: Expect, seed: int) -> None:
    """The gradient of W1 (data loss) matches the reference."""
    expect_gradients(net, expect, seed, "W1")


@check("gradient_b1", about="loss")
def gradient_b1(net: Net, expect: Expect, seed: int) -> None:
    """The gradient of b1 matches the reference."""
    expect_gradients(net, expect, seed, "b1")


@check("gradient_W2", about="loss")
def gradient_w2(net: Net, expect: Expect, seed: int) -> None:
    """The gradient of W2 (data loss) matches the reference."""
    expect_gradients(net, expect, seed, "W2")


@check("gradient_b2", about="loss")
def gradient_b2(net: Net, expect: Expect, seed: int) -> None:
    """The gradient of b2 matches the reference."""
    expect_gradients(net, expect, seed, "b2")


@check("numeric_stability", about="loss", needs=loss_matches)
def numeric_stability(net: TwoLayerQuestion, expect: Expect, seed: int) -> None:
    """Large scores do not overflow."""
    problem = net_problem(seed, net.shapes[0])
    for shift in (SHIFT, -SHIFT):
        moved = NetProblem(
            {**problem.params, "b2": problem.params["b2"] + shift}, problem.X, problem.y, f"b2 {shift:+g}"
        )
        # A shift of all scores of an example changes nothing.
        what = f"the loss with {shift:+g} added to all scores"
        _expect_stable(net, expect, moved, right(problem, 0.0, 1.0)[0], what, "softmax-not-shifted")
    if not expect.failed:
        spread = _spread(problem)
        what = "the loss with scores far apart between the examples"
        answer = right(spread, 0.0, 1.0)[0]
        _expect_stable(net, expect, spread, answer, what, "softmax-shifted-by-batch-maximum")


def _expect_stable(
    net: TwoLayerQuestion, expect: Expect, problem: NetProblem, loss: float, what: str, mistake: str
) -> None:
    """The net's loss equals the reference's; only NaN or infinity proves the mistake."""
    measured = net.loss(problem, 0.0).loss
    expect.close(
        measured,
        loss,
        what,
        tolerance=STABLE_RTOL,
        help="subtract each example's largest score before exp: scores.max(axis=1, keepdims=True)",
        mistake=None if np.isfinite(measured) else mistake,
    )


def _spread(problem: NetProblem) -> NetProblem:
    """The problem with a first hidden unit that moves the scores of each example, by 0 to 4,000."""
    X, params = problem.X.copy(), {name: value.copy() for name, value in problem.params.items()}
    X[:, -1] = np.linspace(0.0, 4.0, len(X))
    params["W1"][:, 0], params["W1"][-1, 0], params["b1"][0] = 0.0, 1.0, 0.0
    params["W2"][0] = SHIFT
    return NetProblem(params, X, problem.y, "scores spread over the examples")


@check("argmax", about="predict", topic="prediction")
def argmax(net: TwoLayerQuestion, expect: Expect) -> None:
    """`predict` takes the class of the highest score."""
    raw = net.predict(NetProblem(_PARAMS, _X, np.zeros(4, dtype=np.int64), "prediction"))
    expect_prediction(expect, raw, _X @ _PARAMS["W2"])


#: The hidden layer is X itself, whose entries are not negative.
_X = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.1], [2.0, 1.0]])
_PARAMS = {
    "W1": np.eye(2),
    "b1": np.zeros(2),
    "W2": np.array([[3.0, 1.0, 2.0], [0.0, 5.0, 1.0]]),
    "b2": np.zeros(3),
}


@check("sgd_step", about="train", topic="training")
def sgd_step(net: TwoLayerQuestion, expect: Expect, seed: int) -> None:
    """Each step moves the parameters by the learning rate against the gradient."""
    spied, gradient = spied_training(net, seed), spied_gradient(seed)
    if not expect_steps(expect, spied):
        return
    moves = [after - before for before, after in pairwise(spied.weights)]
    rates = np.array([-np.vdot(move, gradient) / np.vdot(gradient, gradient) for move in moves])
    along = all(
        np.allclose(move, -rate * gradient, atol=1e-9) for move, rate in zip(moves, rates, strict=True)
    )
    decays = min(_DECAYS, key=lambda factors: float(np.abs(rates - LEARNING_RATE * factors).max()))
    mistake = (step_mistake(rates) or step_mistake(rates / decays)) if along else None
    advice = "the update is self.params[name] -= learning_rate * grads[name] for every parameter"
    if left := _left_out(moves, gradient):
        fact = f"the steps change {' and '.join(left.changed)} only, not {' and '.join(left.kept)}"
        expect.fail(fact, help=advice, mistake="parameters-not-updated")
        return
    expect.close(
        moves[0], -rates[0] * gradient if along else -LEARNING_RATE * gradient, "the first step", help=advice
    )
    if along and any(momentum_of(rates, LEARNING_RATE * factors) is not None for factors in _DECAYS):
        return
    what = "the learning rate of every step"
    expect.close(rates, LEARNING_RATE * decays, what, help=advice, mistake=mistake)


class _LeftOut(NamedTuple):
    """The names of the parameters that steps change, and of those that none does."""

    changed: list[str]
    kept: list[str]


def _left_out(moves: Sequence[NDArray[np.float64]], gradient: NDArray[np.float64]) -> _LeftOut | None:
    """Which parameters no step changes while the others move as they should; None of other steps."""
    dim = len(gradient)
    classes = (gradient.size - dim - 1) // 2
    asked, steps = unpacked(gradient, dim, classes), [unpacked(move, dim, classes) for move in moves]
    found = _LeftOut(
        [name for name in asked if any(np.any(step[name]) for step in steps)],
        [name for name in asked if not any(np.any(step[name]) for step in steps)],
    )
    if not found.changed or not found.kept:
        return None
    right = any(
        all(
            np.allclose(step[name], -LEARNING_RATE * factor * asked[name], atol=1e-9)
            for name in found.changed
            for step, factor in zip(steps, factors, strict=True)
        )
        for factors in _DECAYS
    )
    return found if right else None


#: Four steps are an epoch; the starter decays after the first step of each, some do after the last.
_DECAYS = [DECAY ** ((np.arange(STEPS) + shift) // 4) for shift in (3, 0)]
