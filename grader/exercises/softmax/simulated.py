"""A net's loss and gradients as the catalogue's mutations see them: linear maps of the scores' gradients."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from grader.diagnosis.problems import LossProblem
from grader.diagnosis.search import ROUNDED, match
from grader.diagnosis.simulation import build
from grader.diagnosis.table import Labels
from grader.exercises.calling import Array
from grader.exercises.catalogue import CATALOGUE
from grader.exercises.softmax.problems import SpiralProblem

__all__ = ["FORWARDS", "explain_gradient", "explain_loss"]


@dataclass(frozen=True)
class HiddenLayer:
    """How a hidden layer is computed, and the mistakes of it."""

    relu: bool = True
    mistakes: tuple[str, ...] = ()


FORWARDS = (HiddenLayer(), HiddenLayer(relu=False, mistakes=("relu-missing",)))


@dataclass(frozen=True, eq=False)
class _Below(LossProblem):
    """The gradient of a parameter of the hidden layer, by way of W2 and, unless it is forgotten, the mask."""

    back: Array | None = None
    mask: Array | None = None

    def backward(self, weights: Array, inputs: Array | None = None) -> Array:
        assert self.back is not None
        below = weights @ self.back.T
        return super().backward(below if self.mask is None else below * self.mask, inputs)


@functools.lru_cache(maxsize=64)
def _views(problem: SpiralProblem, forward: HiddenLayer, masked: bool) -> dict[str, LossProblem]:
    """By parameter, the problem of its gradient: X is what it is multiplied by, W the parameter."""
    *below, (name_w, W), (name_b, b) = problem.params.items()
    inputs, ones = problem.X, np.ones((len(problem.y), 1))
    views: dict[str, LossProblem] = {}
    if below:
        (name_1, W1), (name_b1, b1) = below
        z = problem.X @ W1 + b1
        inputs = np.maximum(0, z) if forward.relu else z
        scores = inputs @ W + b
        mask = (z > 0).astype(float) if masked and forward.relu else None
        views[name_1] = _Below(scores, problem.y, W1, problem.X, W, mask)
        views[name_b1] = _Below(scores, problem.y, b1, ones, W, mask)
    scores = inputs @ W + b
    views[name_w] = LossProblem(scores, problem.y, W, inputs)
    views[name_b] = LossProblem(scores, problem.y, b, ones)
    return views


@functools.lru_cache(maxsize=64)
def _viewed(
    problems: tuple[SpiralProblem, ...], name: str, forward: HiddenLayer, masked: bool
) -> tuple[LossProblem, ...]:
    return tuple(_views(problem, forward, masked)[name] for problem in problems)


def explain_loss(
    problems: tuple[SpiralProblem, ...], losses: Sequence[float], forward: HiddenLayer
) -> list[Labels]:
    """The sets of mutations that give these losses at reg = 0."""
    last = list(problems[0].params)[-1]
    table = build(CATALOGUE, "softmax", _viewed(problems, last, forward, True), regularized=False)
    return [found.data for found in match(table, np.array(losses), False, ROUNDED)]


def explain_gradient(
    problems: tuple[SpiralProblem, ...], name: str, gradients: Sequence[Array], forward: HiddenLayer
) -> list[tuple[Labels, tuple[str, ...]]]:
    """The sets of mutations that give these gradients of a parameter at reg = 0, and mistakes beside them."""
    given = np.concatenate([gradient.ravel() for gradient in gradients])
    found: list[tuple[Labels, tuple[str, ...]]] = []
    for masked in (True, False) if name.endswith("1") and forward.relu else (True,):
        table = build(CATALOGUE, "softmax", _viewed(problems, name, forward, masked), regularized=False)
        beside: tuple[str, ...] = () if masked else ("relu-mask-missing",)
        found += [(one.data, beside) for one in match(table, given, True, ROUNDED)]
    return found
