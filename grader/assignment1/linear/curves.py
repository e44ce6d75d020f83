"""The loss of the student's own training beside the reference's, on easy data: what mistakes do to it."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.linear.checks import regularization_gradient
from grader.assignment1.linear.proxy import LinearQuestion
from grader.assignment1.training.checks import loss_decreases, separable
from grader.checking.check import Setting
from grader.checking.picture import curves
from grader.result import CheckResult, Picture
from reference import linear
from reference import training as reference

__all__ = ["apart", "loss_curve"]

#: So much regularization that a gradient without it climbs, and steps as large as a right gradient bears.
RUN: dict[str, Any] = {"learning_rate": 0.1, "reg": 0.5, "num_iters": 80, "batch_size": 200}
#: Seconds; nothing hangs on it.
PATIENCE_S = 3.0


def loss_curve(subject: LinearQuestion, check: CheckResult, setting: Setting) -> Picture | None:
    """That of checks that tell of training: whether the loss falls, and what the gradient lacks in it.

    None of any other, and where the two are alike.
    """
    if check.id not in asked(subject.kind):
        return None
    losses = subject.training.train(*separable(setting.seed), timeout=PATIENCE_S, verbose=False, **RUN)
    right = right_curve(subject.kind, setting.seed, setting.penalties.get(subject.kind, 1.0))
    if not apart(losses, right):
        return None
    what = f"the loss of `train` with reg = {RUN['reg']:g} on data that are easy to tell apart"
    return curves(losses, right, what)


def apart(losses: NDArray[np.float64], right: NDArray[np.float64]) -> bool:
    """Whether there is something to see: they end further apart than a tenth of what is to be lost."""
    ends = [float(np.mean(values[-20:])) for values in (losses, right)]
    return not abs(ends[0] - ends[1]) <= 0.1 * (right[0] - ends[1])


@functools.cache
def asked(kind: str) -> frozenset[str]:
    """The ids of those checks. Training does not use the naive loss."""
    falls, regularized = loss_decreases.checks(kind), regularization_gradient.checks(kind)
    return frozenset(each.id for each in (*falls, *regularized) if each.of != "naive")


@functools.lru_cache(maxsize=8)
def right_curve(kind: str, seed: int, l2: float) -> NDArray[np.float64]:
    """The losses of the reference, with the regularization l2·reg·ΣW²."""
    function = linear.svm_loss_vectorized if kind == "svm" else linear.softmax_loss_vectorized
    loss = functools.partial(function, l2=l2)
    rng = np.random.RandomState(seed % 2**32)
    return np.array(reference.train_linear(loss, *separable(seed), rng, **RUN)[1])
