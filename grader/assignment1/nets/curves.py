"""Where a net's gradients lead in training."""

from __future__ import annotations

from itertools import count

import numpy as np

from grader.assignment1.nets.checks import right
from grader.assignment1.nets.problems import NetProblem
from grader.assignment1.nets.proxy import Net
from grader.assignment1.training.descents import Params, SmallModel, clusters, descent_curve
from grader.checking.check import Setting
from grader.result import CheckResult, Picture

__all__ = ["net_descent"]

EXAMPLES, FEATURES, HIDDEN, CLASSES = 60, 6, 12, 4


def net_descent(subject: Net, check: CheckResult, setting: Setting) -> Picture | None:
    """That of a check of a gradient; None of any other."""
    if check.role != subject.role or "gradient" not in check.statement:
        return None
    X, y = clusters(setting.seed, EXAMPLES, FEATURES, CLASSES)
    rng, numbers = np.random.default_rng([setting.seed, 92]), count()

    def problem(params: Params) -> NetProblem:
        return NetProblem(params, X, y, f"step {next(numbers)} of a descent")

    def gradients(params: Params, reg: float) -> Params:
        result = subject.loss(problem(params), reg)
        return {name: result.gradient(name) for name in params}

    model = SmallModel(
        start={
            "W1": 0.3 * rng.standard_normal((FEATURES, HIDDEN)),
            "b1": np.zeros(HIDDEN),
            "W2": 0.3 * rng.standard_normal((HIDDEN, CLASSES)),
            "b2": np.zeros(CLASSES),
        },
        weights=("W1", "W2"),
        reg=0.1,
        rate=0.3,
        loss=lambda params, reg: subject.loss(problem(params), reg).loss,
        gradients=gradients,
        right=lambda params, reg, l2: right(problem(params), reg, l2),
    )
    return descent_curve(model, subject.student, subject.role, setting.penalties.get(subject.question, 1.0))
