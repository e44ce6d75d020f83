"""The loss of the student's own training beside the reference's, on easy data: what mistakes do to it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.linear.proxy import LinearQuestion
from grader.assignment1.training.checks import separable
from grader.assignment1.training.descents import Params, SmallModel, apart, clusters, descent_curve
from grader.checking.check import Setting
from grader.checking.picture import curves
from grader.result import CheckResult, Picture
from reference import linear
from reference import training as reference

__all__ = ["linear_descent", "loss_curve"]

#: So much regularization that a gradient without it climbs, and steps as large as a right gradient bears.
RUN: dict[str, Any] = {"learning_rate": 0.1, "reg": 0.5, "num_iters": 80, "batch_size": 200}
EXAMPLES, FEATURES, CLASSES = 60, 6, 4


def loss_curve(subject: LinearQuestion, check: CheckResult, setting: Setting) -> Picture | None:
    """That of the check whether the loss falls; None of any other, and where the two are alike."""
    if check.statement != "loss_decreases":
        return None
    losses = subject.training.train(*separable(setting.seed), **RUN, verbose=False)
    right = right_curve(subject.kind, setting.seed, setting.penalties.get(subject.kind, 1.0))
    if not apart(losses, right):
        return None
    what = f"the loss of `train` with reg = {RUN['reg']:g} on data that are easy to tell apart"
    return curves(losses, right, what)


def linear_descent(subject: LinearQuestion, check: CheckResult, setting: Setting) -> Picture | None:
    """Where the gradient leads in training, at checks of it; None at any other."""
    functions = {function.role: function for function in (subject.naive, subject.vectorized)}
    if check.role not in functions or check.statement not in ("gradient", "regularization_gradient"):
        return None
    function = functions[check.role]
    X, y = clusters(setting.seed, EXAMPLES, FEATURES, CLASSES)
    start = 0.3 * np.random.default_rng([setting.seed, 93]).standard_normal((FEATURES, CLASSES))

    def right(params: Params, reg: float, l2: float) -> tuple[float, Params]:
        loss, dW = loss_of(subject.kind)(params["W"], X, y, reg, l2)
        return float(loss), {"W": dW}

    model = SmallModel(
        start={"W": start},
        weights=("W",),
        reg=0.5,
        rate=0.1 if subject.kind == "svm" else 0.3,
        loss=lambda params, reg: function.again(params["W"], X, y, reg).loss,
        gradients=lambda params, reg: {"W": function.again(params["W"], X, y, reg).gradient},
        right=right,
    )
    usual = setting.penalties.get(subject.kind, 1.0)
    return descent_curve(model, subject.student, function.role, usual)


def loss_of(kind: str) -> Callable[..., Any]:
    return linear.svm_loss_vectorized if kind == "svm" else linear.softmax_loss_vectorized


@functools.lru_cache(maxsize=8)
def right_curve(kind: str, seed: int, l2: float) -> NDArray[np.float64]:
    """The losses of the reference, with the regularization l2·reg·ΣW²."""
    loss = functools.partial(loss_of(kind), l2=l2)
    rng = np.random.RandomState(seed % 2**32)
    return np.array(reference.train_linear(loss, *separable(seed), rng, **RUN)[1])
