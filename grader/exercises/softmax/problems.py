"""Problems for a softmax loss with biases, linear or of one hidden layer, and the spiral."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from grader.exercises.calling import Array
from reference.exercises import spiral as reference

__all__ = ["REG", "SpiralPoints", "SpiralProblem", "of_spiral", "problems"]

REG = 0.7
#: (N, D, C) and, for a hidden layer, H. All differ within a problem; in the first one a class has no example.
SIZES = ((11, 5, 4, 7), (16, 3, 5, 6), (9, 6, 3, 8), (13, 4, 6, 5), (10, 7, 4, 6))


@dataclass(frozen=True, eq=False)
class SpiralProblem:
    """Parameters by name: W (D, C), b (1, C), or W1, b1, W2, b2; X (N, D), y (N,) and the strength reg."""

    params: Mapping[str, Array]
    X: Array
    y: Array
    reg: float = 0.0

    def with_reg(self, reg: float) -> SpiralProblem:
        return replace(self, reg=reg)

    def right(self, l2: float) -> tuple[float, dict[str, Array]]:
        """The loss with l2·reg·ΣW², and the gradients by parameter."""
        loss, gradients = reference.loss_and_gradients(
            list(self.params.values()), self.X, self.y, self.reg, l2
        )
        return loss, dict(zip(self.params, gradients, strict=True))


@functools.lru_cache(maxsize=8)
def problems(seed: int, hidden: bool) -> tuple[SpiralProblem, ...]:
    """At reg = 0."""
    return tuple(_problem(seed, sizes, hidden) for sizes in SIZES)


def _problem(seed: int, sizes: tuple[int, int, int, int], hidden: bool) -> SpiralProblem:
    N, D, C, H = sizes
    rng = np.random.default_rng([seed, 62, *sizes])
    layers = (("1", D, H), ("2", H, C)) if hidden else (("", D, C),)
    params = {}
    for name, fan_in, fan_out in layers:
        params[f"W{name}"] = rng.standard_normal((fan_in, fan_out))
        params[f"b{name}"] = rng.standard_normal((1, fan_out))
    present = C - (sizes == SIZES[0])
    y = rng.permutation(np.concatenate([np.arange(present), rng.integers(0, present, N - present)]))
    return SpiralProblem(params, rng.standard_normal((N, D)), y)


@dataclass(frozen=True)
class SpiralPoints:
    """The notes' spiral, drawn anew for each seed; a `DataHandle`."""

    data: str = "auto"
    seed: int = 231
    beside: object = None

    @property
    def description(self) -> str:
        return "the notes' spiral, 3 × 100 points"

    @property
    def key(self) -> str:
        return f"spiral-{self.seed}"

    @property
    def given(self) -> None:
        return None

    @property
    def dataset(self) -> tuple[Array, Array]:
        return of_spiral(self.seed)


@functools.lru_cache(maxsize=8)
def of_spiral(seed: int) -> tuple[Array, Array]:
    return reference.spiral(np.random.default_rng([seed, 63]))
