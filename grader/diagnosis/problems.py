"""Problems on which no two mistakes look alike, and the arrays that the catalogue's expressions name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.diagnosis.expressions import Array

__all__ = ["LAYER_SHAPES", "REGS", "TRIALS", "LossProblem", "layer_problems", "linear_problems", "margins"]

# 0 isolates the data part; two strengths part a term in reg from one in reg**2.
REGS = (0.0, 0.37, 0.74)

# A margin nearer to its kink than this could be violated in one order of summation and not in another.
KINK_GAP = 1e-3


@dataclass(frozen=True)
class Trial:
    """Shapes (N, D, C) to try, and the mistakes that are proved when only these work."""

    shapes: tuple[tuple[int, int, int], ...]
    mistakes: tuple[str, ...] = ()


# N, D and C differ within and between problems; never N = 2D or N - 1 = 2C, which make mistakes look alike.
TRIALS = (
    Trial(((11, 5, 7), (16, 9, 5), (14, 6, 8), (17, 7, 6))),
    Trial(((23, 7, 10), (17, 5, 10), (19, 8, 10), (16, 6, 10)), ("hard-coded-number-of-classes",)),
    Trial(((9, 11, 6), (8, 13, 5), (10, 14, 7), (11, 12, 8)), ("fails-when-examples-exceed-features",)),
    Trial(
        ((13, 17, 10), (15, 19, 10), (12, 14, 10), (14, 18, 10)),
        ("fails-when-examples-exceed-features", "hard-coded-number-of-classes"),
    ),
    Trial(((12, 7, 12), (9, 5, 9), (11, 6, 11), (10, 7, 10)), ("works-only-when-sizes-agree",)),
    Trial(((13, 13, 6), (11, 11, 7), (9, 9, 5), (12, 12, 8)), ("works-only-when-sizes-agree",)),
    Trial(((13, 6, 6), (16, 7, 7), (11, 8, 8), (17, 5, 5)), ("works-only-when-sizes-agree",)),
)
LAYER_SHAPES = ((11, 7), (16, 5), (14, 8), (17, 6))


@dataclass(frozen=True, eq=False)
class LossProblem:
    """Inputs of a loss: W (D, C) and X (N, D) for a linear one, the scores (N, C) alone for a layer's."""

    scores: Array
    y: NDArray[np.int64]
    W: Array | None = None
    X: Array | None = None

    @property
    def gradient_shape(self) -> tuple[int, int]:
        """The shape of dW, or of dx."""
        rows, columns = self.scores.shape if self.W is None else self.W.shape
        return rows, columns

    def backward(self, weights: Array, inputs: Array | None = None) -> Array:
        """From (N, C) weights of each score to the gradient: XᵀK, or K itself for a layer.

        `inputs`: what stands in the place of X.
        """
        X = self.X if inputs is None else inputs
        return weights if X is None else X.T @ weights

    def symbols(self) -> dict[str, Any]:
        """What expressions may name.

        N, D, C sizes; X, W, Y one-hot labels, off = 1 − Y, S scores, M margins s_j − s_y + 1, V violated
        margins (j ≠ y), H their sizes, E = exp(S − row maximum), raw = exp(S), P probabilities,
        index and label the number of each example and of its class, (N, 1).
        """
        S = self.scores
        N, C = S.shape
        Y = np.eye(C)[self.y]
        T = S - S.max(axis=1, keepdims=True)
        E = np.exp(T)
        return {
            **{"N": float(N), "C": float(C), "D": float(self.gradient_shape[0])},
            **{"X": self.X, "W": self.W, "S": S, "T": T, "Y": Y, "off": 1.0 - Y},
            **{"E": E, "raw": np.exp(S), "P": E / E.sum(axis=1, keepdims=True)},
            **margins(S - (S * Y).sum(axis=1, keepdims=True) + 1.0, 1.0 - Y),
            "index": np.arange(N, dtype=np.float64)[:, None],
            "label": self.y.astype(np.float64)[:, None],
        }


def margins(M: Array, off: Array) -> dict[str, Array]:
    """The margins, which of them are violated, and by how much."""
    V = (M > 0) * off
    return {"M": M, "V": V, "H": M * V}


@lru_cache(maxsize=16)
def linear_problems(shapes: tuple[tuple[int, int, int], ...], seed: int) -> tuple[LossProblem, ...]:
    """One separating problem for each shape; the last feature is the bias, 1 everywhere."""
    return tuple(_linear_problem(shape, seed, number) for number, shape in enumerate(shapes))


@lru_cache(maxsize=4)
def layer_problems(shapes: tuple[tuple[int, int], ...], seed: int) -> tuple[LossProblem, ...]:
    """One separating problem of scores (N, C) for each shape."""
    return tuple(_layer_problem(shape, seed, number) for number, shape in enumerate(shapes))


def _linear_problem(shape: tuple[int, int, int], seed: int, number: int) -> LossProblem:
    N, D, C = shape
    rng = np.random.default_rng([seed, number, N, D, C])
    while True:
        X = rng.standard_normal((N, D))
        X[:, -1] = 1.0
        # Scores of the size that three or more features of weight 1 give: some margins hold, some do not.
        W = rng.standard_normal((D, C)) * min(1.0, (6.0 / D) ** 0.5)
        y = rng.integers(0, C, N)
        if separates(X @ W, y):
            return LossProblem(X @ W, y, W, X)


def _layer_problem(shape: tuple[int, int], seed: int, number: int) -> LossProblem:
    N, C = shape
    rng = np.random.default_rng([seed, number, N, C])
    while True:
        scores, y = 2.0 * rng.standard_normal((N, C)), rng.integers(0, C, N)
        if separates(scores, y):
            return LossProblem(scores, y)


def separates(scores: Array, y: NDArray[np.int64]) -> bool:
    """Whether every way to count margins gives another answer here, and none is near its kink."""
    N, C = scores.shape
    off = np.arange(C) != y[:, None]
    difference = scores - scores[np.arange(N), y][:, None]
    violations = ((difference > -1.0) & off).sum(axis=1)
    if not ((violations == 0).any() and (violations == 1).any() and (violations > 1).any()):
        return False
    distance_to_kink = np.minimum(np.abs(difference + 1.0), np.abs(difference))[off].min()
    return bool(
        distance_to_kink > KINK_GAP
        and ((difference > -1.0) & (difference < 0.0) & off).any()  # violated only because of the 1
        and len(set(y.tolist())) >= min(C, 5, N - 3)  # many classes, and labels that repeat
        and violations[0] > 0
        and violations[-1] > 1  # the last example, which careless loops leave, is not like the rest
        and y[0] != y[-1]
    )
