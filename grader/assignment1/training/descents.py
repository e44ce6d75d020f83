"""Where a submission's own gradients lead: the loss of a small model trained with them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.checking.picture import curves
from grader.diagnosis.examples.search import NO_ANSWER
from grader.diagnosis.table import CONVENTIONS
from grader.result import Picture
from grader.student.calls import Student

__all__ = ["Params", "SmallModel", "apart", "clusters", "descent_curve"]

Floats = NDArray[np.float64]
Params = Mapping[str, NDArray[Any]]

#: Enough to see where it leads: each asks the submission once.
STEPS = 20


@dataclass(frozen=True)
class SmallModel:
    """What is trained: its parameters at first, and which of them are regularized.

    Args:
        reg: so much that weights without it grow. rate: steps as large as a right gradient bears.
        loss: the submission's, of parameters and reg. gradients: the submission's, likewise.
        right: the right loss and gradients of parameters, reg, and the convention of its L2 term.
    """

    start: Params
    weights: Iterable[str]
    reg: float
    rate: float
    loss: Callable[[Params, float], float]
    gradients: Callable[[Params, float], Params]
    right: Callable[[Params, float, float], tuple[float, Params]]


def clusters(seed: int, count: int, features: int, classes: int) -> tuple[Floats, NDArray[np.int64]]:
    """Examples in clusters, as many of each class, that overlap a little."""
    rng = np.random.default_rng([seed, 91])
    y = np.arange(count) % classes
    return 1.5 * rng.standard_normal((classes, features))[y] + rng.standard_normal((count, features)), y


def descent_curve(model: SmallModel, student: Student, role: str, usual: float) -> Picture | None:
    """The two curves; None where they are alike, or the submission gives none.

    Args:
        role: whose gradients they are; it is asked once. usual: the convention where its loss tells none.
    """
    key = ("descent", role)
    if key not in student.kept:
        student.kept[key] = _picture(model, usual)
    found: Picture | None = student.kept[key]
    return found


def _picture(model: SmallModel, usual: float) -> Picture | None:
    with contextlib.suppress(*NO_ANSWER):
        l2 = _convention(model) or usual
        losses = _losses(model, l2, lambda params: model.gradients(params, model.reg))
        expected = _losses(model, l2, lambda params: model.right(params, model.reg, l2)[1])
        if apart(losses, expected):
            what = f"the loss of a small model trained with your gradient, reg = {model.reg:g}"
            return curves(losses, expected, what)
    return None


def _losses(model: SmallModel, l2: float, gradients: Callable[[Params], Params]) -> Floats:
    """The right losses before each step against these gradients of all examples."""
    params, losses = model.start, []
    for _ in range(STEPS):
        losses.append(model.right(params, model.reg, l2)[0])
        found = gradients(params)
        params = {name: value - model.rate * found[name] for name, value in params.items()}
    return np.array(losses)


def _convention(model: SmallModel) -> float | None:
    """That of the submission's own loss, where it is one."""
    with contextlib.suppress(*NO_ANSWER):
        added = model.loss(model.start, model.reg) - model.loss(model.start, 0.0)
        unit = model.reg * sum(float(np.sum(model.start[name] ** 2)) for name in model.weights)
        return next((l2 for l2 in CONVENTIONS if abs(added - l2 * unit) < 1e-6 * unit), None)
    return None


def apart(losses: Floats, right: Floats) -> bool:
    """Whether there is something to see: they end further apart than a tenth of what is to be lost."""
    ends = [float(np.mean(values[-max(len(values) // 4, 1) :])) for values in (losses, right)]
    return not abs(ends[0] - ends[1]) <= 0.1 * (right[0] - ends[1])
