"""What linear regression by gradient descent must fulfil."""

from __future__ import annotations

import numpy as np

from grader.checking.check import check
from grader.checking.expect import Expect
from grader.exercises.linear_regression.mistakes import FACTORS, name_fit, name_step
from grader.exercises.linear_regression.problems import problem
from grader.exercises.linear_regression.proxy import Fit, Fitted, GradientStep
from reference.exercises import linear_regression as reference

__all__: list[str] = []  # `declared_in` finds the checks

STEP_LR, LR, EPOCHS = 0.3, 0.1, 1500
#: Relative error of W and b that passes: both conventions come within 1e-9 in so many epochs.
REACHED = 1e-3


@check("step", of=["step"])
def step(gradient_step: GradientStep, expect: Expect, seed: int) -> None:
    """A step goes against the gradient of the mean squared error, in W and in b."""
    asked = problem(seed)
    made = gradient_step(asked, STEP_LR)
    steps = [
        Fitted(*reference.gradient_step(asked.W, asked.b, asked.X, asked.t, STEP_LR, factor))
        for factor in FACTORS
    ]
    # Half the mean square is as good a loss as the mean square itself.
    right = min(steps, key=lambda one: float(np.abs(one.all - made.all).max()))
    mistake = name_step(asked, STEP_LR, made)
    expect.close(made.W, right.W, "W after a step", help=_STEP, mistake=mistake)
    expect.close(made.b, right.b, "b after a step", help=_STEP, mistake=mistake)


@check("starts_away", of=["fit"], needs=step)
def starts_away(fit: Fit, expect: Expect, seed: int) -> None:
    """It does not start at the answer."""
    asked = problem(seed)
    answer = Fitted(*reference.least_squares(asked.X, asked.t))
    begun = fit(asked, LR, 1)
    expect.true(
        not np.allclose(begun.all, answer.all, rtol=REACHED),
        "after one epoch W and b are the least-squares solution already",
        help="start from zeros, or from small random numbers",
        mistake="started-at-the-answer",
    )


@check("reaches", of=["fit"], needs=starts_away)
def reaches(fit: Fit, expect: Expect, seed: int) -> None:
    """It reaches the least-squares solution."""
    asked = problem(seed)
    made, answer = fit(asked, LR, EPOCHS), Fitted(*reference.least_squares(asked.X, asked.t))
    expect.close(
        made.all,
        answer.all,
        f"W and b after {EPOCHS} epochs",
        tolerance=REACHED,
        mistake=name_fit(fit, asked, LR, EPOCHS),
    )


_STEP = "W − lr·Xᵀ(y − t)/N and b − lr·Σ(y − t)/N with y = XW + b; a factor of 2 in both is as good"
