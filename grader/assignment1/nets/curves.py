"""Where a net's own gradients lead: the loss of a small net trained with them, beside the reference's."""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.linear.curves import apart
from grader.assignment1.nets.checks import right
from grader.assignment1.nets.problems import NetProblem
from grader.assignment1.nets.proxy import Net
from grader.checking.check import Setting
from grader.checking.picture import curves
from grader.diagnosis.examples.search import NO_ANSWER
from grader.result import CheckResult, Picture
from grader.student.calls import StudentTimeout

__all__ = ["descent_curve"]

Params = Mapping[str, NDArray[Any]]
Gradients = Callable[[NetProblem], Params]

#: Four clusters of examples, so many hidden units, and so much regularization that weights without it grow.
SHAPE = (60, 6, 12, 4)
STEPS, RATE, REG = 60, 0.3, 0.05
#: Seconds of all steps; nothing hangs on it.
PATIENCE_S = 10.0


def descent_curve(subject: Net, check: CheckResult, setting: Setting) -> Picture | None:
    """That of checks of a gradient; None of any other, and where the two are alike."""
    if check.role != subject.role or "gradient" not in check.statement:
        return None
    l2, kept = setting.penalties.get(subject.question, 1.0), subject.student.kept
    key = ("descent", subject.role, setting.seed)
    if key not in kept:
        kept[key] = own_descent(subject, setting.seed, l2)
    losses, expected = kept[key], right_descent(setting.seed, l2)
    if losses is None or not apart(losses, expected):
        return None
    return curves(losses, expected, f"the loss of a small net trained with your gradients, reg = {REG:g}")


def own_descent(net: Net, seed: int, l2: float) -> NDArray[np.float64] | None:
    """None where there is no gradient, or it takes too long."""
    until = time.monotonic() + PATIENCE_S

    def own(problem: NetProblem) -> Params:
        if time.monotonic() > until:
            raise StudentTimeout("a descent takes too long")
        result = net.loss(problem, REG)
        return {name: result.gradient(name) for name in problem.params}

    with contextlib.suppress(*NO_ANSWER):
        return descent(own, seed, l2)
    return None


@functools.lru_cache(maxsize=8)
def right_descent(seed: int, l2: float) -> NDArray[np.float64]:
    return descent(lambda problem: right(problem, REG, l2)[1], seed, l2)


def descent(gradients: Gradients, seed: int, l2: float) -> NDArray[np.float64]:
    """The right losses before each step against these gradients of all examples."""
    rng = np.random.default_rng([seed, 91])
    count, features, hidden, classes = SHAPE
    y = np.arange(count) % classes
    X = 1.5 * rng.standard_normal((classes, features))[y] + rng.standard_normal((count, features))
    params = {
        "W1": 0.1 * rng.standard_normal((features, hidden)),
        "b1": np.zeros(hidden),
        "W2": 0.1 * rng.standard_normal((hidden, classes)),
        "b2": np.zeros(classes),
    }
    losses = []
    for step in range(STEPS):
        problem = NetProblem(params, X, y, f"step {step} of a descent")
        losses.append(right(problem, REG, l2)[0])
        params = {name: value - RATE * gradients(problem)[name] for name, value in params.items()}
    return np.array(losses)
