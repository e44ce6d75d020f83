"""What only the softmax loss must fulfil."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator

from grader.assignment1.linear.checks import LOSSES, expected, gradient, loss_matches
from grader.assignment1.linear.problems import LinearProblem, at_zero_weights, far_problems, linear
from grader.assignment1.linear.proxy import LossFunction
from grader.assignment1.stability import Measured, expect_stable
from grader.checking.check import check
from grader.checking.expect import Expect

__all__ = ["numeric_stability"]


@check("zero_weights", of=LOSSES)
def zero_weights(softmax_loss: LossFunction, expect: Expect, seed: int) -> None:
    """The loss is log(10) = 2.302585 when W is zero."""
    loss = softmax_loss(*at_zero_weights(linear(seed))).loss
    expect.close(
        loss,
        math.log(10),
        "the loss at W = 0 with ten classes",
        help="every class gets the probability 1/10, so the loss is -log(0.1)",
    )


@check("numeric_stability", of=LOSSES, needs=[loss_matches, gradient])
def numeric_stability(softmax_loss: LossFunction, expect: Expect, seed: int) -> None:
    """Large scores do not overflow."""
    for trial, problem in far_problems(seed):
        expect_stable(expect, trial, functools.partial(_measured, softmax_loss, problem))
        if expect.failed:
            return


def _measured(softmax_loss: LossFunction, problem: LinearProblem) -> Iterator[Measured]:
    result, answer = softmax_loss(*problem), expected("softmax", problem)
    yield Measured("the loss", result.loss, answer.loss, is_loss=True)
    yield Measured("dW", result.gradient, answer.gradient)
