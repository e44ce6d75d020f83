"""Nets on which no two mistakes look alike, and what each forward pass makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.layers.mistakes import BiasForm, summed
from grader.assignment1.nets.problems import NetProblem, net
from grader.diagnosis.problems import LossProblem
from reference import layers as reference

__all__ = ["NAMES", "TRIALS", "Forward", "NetView", "forwards", "view"]

Array = NDArray[Any]

NAMES = ("W1", "b1", "W2", "b2")


@dataclass(frozen=True)
class NetTrial:
    """Shapes (N, D, H, C) to try, and the mistakes that are proved when only these work.

    `lacks_last`: in the last problem no example is of the last class.
    """

    shapes: tuple[tuple[int, int, int, int], ...]
    mistakes: tuple[str, ...] = ()
    lacks_last: bool = True

    def problems(self, seed: int) -> tuple[NetProblem, ...]:
        *others, last = self.shapes
        return (*(net(seed, shape) for shape in others), net(seed, last, self.lacks_last))


_SHAPES = ((11, 5, 8, 7), (16, 9, 6, 5), (14, 6, 9, 8))
TRIALS = (
    NetTrial(_SHAPES),
    NetTrial(((13, 7, 8, 10), (17, 5, 9, 10), (12, 8, 7, 10)), ("hard-coded-number-of-classes",)),
    NetTrial(_SHAPES, ("number-of-classes-from-labels",), lacks_last=False),
)


@dataclass(frozen=True)
class Forward:
    """A forward pass: what is between the layers, whether ReLU is on the scores; without some biases."""

    relu: bool = True
    relu_on_scores: bool = False
    without: tuple[str, ...] = ()
    sigmoid: bool = False

    @property
    def mistakes(self) -> tuple[str, ...]:
        missing = {
            "relu-missing-in-forward": not self.relu and not self.sigmoid,
            "sigmoid-instead-of-relu": self.sigmoid,
            "relu-on-scores": self.relu_on_scores,
            "bias-missing-in-forward": bool(self.without),
        }
        return tuple(mistake for mistake, made in missing.items() if made)


def forwards() -> list[Forward]:
    """The right one first."""
    of_relu = [Forward(relu, on_scores) for on_scores in (False, True) for relu in (True, False)]
    of_relu.append(Forward(relu=False, sigmoid=True))
    return of_relu + [Forward(without=names) for names in (("b1",), ("b2",), ("b1", "b2"))]


@dataclass(frozen=True, eq=False)
class ParameterProblem(LossProblem):
    """A problem of the softmax table whose gradient is that of one parameter."""

    pull: Callable[[Array], Array] = lambda weights: weights
    shape: tuple[int, int] = (0, 0)
    inputs: int = 0

    def symbols(self) -> dict[str, Any]:
        """As for a linear problem; D is the number of the layer's inputs, for a bias as well."""
        return {**super().symbols(), "D": float(self.inputs)}

    @property
    def gradient_shape(self) -> tuple[int, int]:
        return self.shape

    def backward(self, weights: Array, inputs: Array | None = None) -> Array:
        """From (N, C) weights of each score to the parameter's gradient; it has no inputs of its own."""
        return self.pull(weights).reshape(self.shape)


@lru_cache(maxsize=256)
def view(problem: NetProblem, forward: Forward) -> NetView:
    """The same object for the same arguments, so that tables are made once."""
    return NetView(problem, forward)


class NetView:
    """A problem under a forward pass: its scores, its right loss, and the ways back to the parameters."""

    def __init__(self, problem: NetProblem, forward: Forward) -> None:
        self.problem = problem
        self.forward = forward
        params = {**problem.params, **{name: 0.0 * problem.params[name] for name in forward.without}}
        self.z = problem.X @ params["W1"] + params["b1"]
        self.h = np.maximum(0, self.z) if forward.relu else self.z
        if forward.sigmoid:
            self.h = 1 / (1 + np.exp(-self.z))
        self.unclipped = self.h @ params["W2"] + params["b2"]
        self.scores = np.maximum(0, self.unclipped) if forward.relu_on_scores else self.unclipped
        self.loss, self.score_gradient = reference.softmax_loss(self.scores, problem.y)
        self._problems: dict[tuple[str, int, BiasForm], ParameterProblem] = {}

    def mistakes_of(self, name: str) -> list[str | None]:
        """The mistake of each way to go back to a parameter; None for a right way.

        Without ReLU, and for a ReLU on the scores, the backward pass is right with its mask and without.
        """
        ways: list[str | None] = [None]
        if name == "W2" and self.forward.relu:
            ways = [None, "hidden-gradient-from-preactivation"]
        elif name in ("W1", "b1") and not self.forward.sigmoid:
            ways = [None, "relu-mask-missing" if self.forward.relu else None, "relu-mask-from-gradient"]
        return ways * 2 if self.forward.relu_on_scores else ways

    def pulled(self, name: str, way: int, weights: Array, form: BiasForm = "right") -> Array:
        """A parameter's gradient for (N, C) weights of each score; that of a bias summed in this form."""
        count = len(self.mistakes_of(name))
        if self.forward.relu_on_scores and way < count // 2:
            weights = weights * (self.unclipped > 0)
        way %= count // 2 if self.forward.relu_on_scores else count
        if name == "b2":
            gradient: Array = summed(weights, form)
        elif name == "W2":
            gradient = (self.z if way else self.h).T @ weights
        else:
            hidden: Array = weights @ self.problem.params["W2"].T
            slope = self.h * (1 - self.h) if self.forward.sigmoid else self.z > 0
            masks: list[Array] = [slope, np.ones_like(hidden), hidden > 0]
            dz = hidden * masks[way]
            gradient = self.problem.X.T @ dz if name == "W1" else summed(dz, form)
        return gradient

    def problem_of(self, name: str, way: int, form: BiasForm = "right") -> ParameterProblem:
        """The table's problem for a parameter's gradient."""
        if (name, way, form) not in self._problems:
            value = self.problem.params[name]
            weights = value if value.ndim == 2 else None

            inputs = self.problem.params[f"W{name[1]}"].shape[0]

            def pull(score_weights: Array) -> Array:
                return self.pulled(name, way, score_weights, form)

            size = pull(self.score_gradient).size
            shape = (1, size) if weights is None else (value.shape[0], value.shape[1])
            self._problems[name, way, form] = ParameterProblem(
                self.scores, self.problem.y, weights, None, pull=pull, shape=shape, inputs=inputs
            )
        return self._problems[name, way, form]

    @cached_property
    def loss_problem(self) -> ParameterProblem:
        """The table's problem for the loss: its W are all weights, and its gradient says nothing."""
        weights = np.concatenate([self.problem.params[name].ravel() for name in ("W1", "W2")])[:, np.newaxis]

        def pull(score_weights: Array) -> Array:
            return np.zeros_like(weights)

        return ParameterProblem(
            self.scores,
            self.problem.y,
            weights,
            None,
            pull=pull,
            shape=(weights.size, 1),
            inputs=self.problem.X.shape[1],
        )
