"""What a two-layer net answers on the problems, and how its bias gradients were summed."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from grader.assignment1.layers.mistakes import BiasForm, bias_form
from grader.assignment1.nets.problems import NetProblem
from grader.assignment1.nets.simulated import NAMES

__all__ = ["REGS", "Seen", "StudentNet", "observe"]

REGS = (0.0, 0.37, 0.74)


class StudentNet(Protocol):
    """A net that takes parameters W1 (D, H), b1 (H,), W2 (H, C), b2 (C,) as they are given."""

    def scores(self, problem: NetProblem) -> Any:
        """(N, C); None where they cannot be had."""

    def loss(self, problem: NetProblem, reg: float) -> Any:
        """The pair (loss, gradients by name), or the two the other way round."""


@dataclass(frozen=True)
class Seen:
    """All answers: scores of each problem; for each problem and reg the loss and the flat gradients.

    `scores`: None where they cannot be had. `forms`: how the gradient of each parameter was summed.
    """

    problems: tuple[NetProblem, ...]
    scores: tuple[np.ndarray, ...] | None
    losses: np.ndarray
    gradients: Mapping[str, list[np.ndarray]]
    forms: Mapping[str, BiasForm]
    swapped: bool


def observe(net: StudentNet, problems: tuple[NetProblem, ...]) -> Seen:
    """Ask for the scores, and for loss and gradients at every reg.

    Raises:
        ValueError: a gradient of a shape that no known mistake gives.
        Exception: whatever the student's code raises.
    """
    given = [net.scores(problem) for problem in problems]
    known = all(one is not None for one in given)
    scores = tuple(np.asarray(one, dtype=np.float64) for one in given) if known else None
    losses: list[float] = []
    gradients: dict[str, list[np.ndarray]] = {name: [] for name in NAMES}
    forms: dict[str, BiasForm] = {}
    swapped = False
    for problem, reg in itertools.product(problems, REGS):
        loss, grads = net.loss(problem, reg)
        if isinstance(loss, dict):
            swapped, loss, grads = True, grads, loss
        losses.append(float(np.asarray(loss, dtype=np.float64).reshape(())))
        for name in NAMES:
            gradient = np.asarray(grads[name], dtype=np.float64)
            form = _form(name, gradient.shape, problem)
            if forms.setdefault(name, form) != form:
                raise ValueError(f"the gradient of {name} has now one shape and now another")
            gradients[name].append(gradient.ravel())
    return Seen(problems, scores, np.array(losses), gradients, forms, swapped)


def _form(name: str, shape: tuple[int, ...], problem: NetProblem) -> BiasForm:
    asked = problem.params[name].shape
    if len(asked) == 1:
        form = bias_form(shape, len(problem.X), asked[0])
        if form is not None:
            return form
    elif shape == asked:
        return "right"
    raise ValueError(f"the gradient of {name} has shape {shape}, not {asked}")
