"""How far an update rule moves over many steps, where the gradient is the same at each."""

from __future__ import annotations

from typing import Any

import numpy as np

from grader.assignment1.optim.checks import REFERENCE
from grader.assignment1.optim.proxy import UpdateRules
from grader.checking.check import Setting
from grader.checking.picture import curves
from grader.result import CheckResult, Picture

__all__ = ["step_curve"]

STEPS = 60


def step_curve(subject: Any, check: CheckResult, setting: Setting) -> Picture | None:
    """The sizes of the steps of a rule that is not right, with its default settings."""
    rules: UpdateRules = subject.optim
    rule = {one.role: one for one in (rules.sgd_momentum, rules.rmsprop, rules.adam)}.get(check.role)
    if rule is None or check.statement not in ("update", "update_from_nothing"):
        return None
    start, gradients = np.zeros(1), [np.ones(1)] * STEPS
    yours = [start, *(step.weights for step in rule.steps(start.copy(), gradients, None))]
    right, config = [start], None
    for dw in gradients:
        w, config = REFERENCE[rule.name](right[-1], dw, config)
        right.append(w)
    moved, expected = (-np.diff(np.ravel(weights)) for weights in (yours, right))
    if np.allclose(moved, expected):
        return None
    return curves(moved, expected, "how far each step goes where dw is always 1, with the default settings")
