"""What only the SVM's loss must fulfil."""

from __future__ import annotations

import math

from grader.assignment1.linear.checks import LOSSES, expected
from grader.assignment1.linear.problems import at_zero_weights, linear
from grader.assignment1.linear.proxy import LossFunction
from grader.checking.check import check
from grader.checking.expect import Expect

__all__: list[str] = []  # `declared_in` finds the checks


@check("zero_weights", of=LOSSES)
def zero_weights(svm_loss: LossFunction, expect: Expect, seed: int) -> None:
    """The loss is 9.0 when W is zero."""
    problem = linear(seed)
    loss = svm_loss(*at_zero_weights(problem)).loss
    passes_ties = loss == 0 and math.isclose(svm_loss(*problem).loss, expected("svm", problem).loss)
    expect.close(
        loss,
        9.0,
        "the loss at W = 0 with ten classes",
        help="every one of the C - 1 wrong classes adds max(0, 0 - 0 + 1) = 1",
        mistake="ties-passed-over" if passes_ties else None,
    )
