"""What only the softmax loss must fulfil."""

from __future__ import annotations

import math

import numpy as np

from grader.assignment1.linear.checks import LOSSES, Answer, at_zero_weights, expected, gradient, loss_matches
from grader.assignment1.linear.mistakes import SHIFT
from grader.assignment1.linear.problems import linear
from grader.assignment1.linear.proxy import LossFunction, LossResult
from grader.checking.check import check
from grader.checking.expect import Expect

__all__ = ["SHIFT", "STABLE_RTOL", "numeric_stability", "zero_weights"]

#: Overflow gives NaN or a probability of 0 or 1; float32 scores near 2000 are rounded to 1e-4, no fault.
STABLE_RTOL = 1e-2
UNSHIFTED_HELP = (
    "subtract each example's largest score before exp: scores -= scores.max(axis=1, keepdims=True)"
)
BATCH_HELP = "subtract each example's own largest score, not the largest of the batch"


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
    problem = linear(seed)
    answer = expected("softmax", problem)
    for shift in (SHIFT, -SHIFT):
        W = problem.W.copy()
        W[-1] += shift  # the bias row: every score of every example moves by the same amount
        result = softmax_loss(*problem.with_(W=W, name=f"scores shifted by {shift:g}"))
        what = f"with {shift:+g} added to all scores"
        _expect_stable(expect, result, answer, what, "softmax-not-shifted", UNSHIFTED_HELP)
    if expect.failed:
        return
    # One example far away must not take the others' probabilities along.
    X = np.array(problem.X)
    X[:, -1] = np.linspace(-2.0, 2.0, len(X))
    W = problem.W.copy()
    W[-1] += SHIFT
    spread = problem.with_(W=W, X=X, name="scores spread over the examples")
    answer = expected("softmax", spread)
    what = "with scores far apart between the examples"
    _expect_stable(
        expect, softmax_loss(*spread), answer, what, "softmax-shifted-by-batch-maximum", BATCH_HELP
    )


def _expect_stable(
    expect: Expect, result: LossResult, answer: Answer, what: str, mistake: str, advice: str
) -> None:
    """Loss and dW equal the reference's; only NaN or infinity proves the mistake."""
    overflowed = not (np.isfinite(result.loss) and np.all(np.isfinite(result.gradient)))
    proved = mistake if overflowed else None
    for measured, right, name in (
        (result.loss, answer.loss, "the loss"),
        (result.gradient, answer.gradient, "dW"),
    ):
        expect.close(measured, right, f"{name} {what}", tolerance=STABLE_RTOL, help=advice, mistake=proved)
