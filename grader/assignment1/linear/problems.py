"""Seeded inputs of linear classifiers."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.problems import KINK_GAP, frozen
from grader.assignment1.stability import SHIFT, FarScores, far_scores

__all__ = [
    "COURSE_SHAPE",
    "OTHER_SHAPE",
    "REG",
    "STRONG_REG",
    "LinearProblem",
    "at_zero_weights",
    "checked",
    "far_problems",
    "linear",
    "with_reg",
]

Array = NDArray[Any]

#: (N, D, C): ten classes and fewer examples than features, as everywhere in the assignment.
COURSE_SHAPE = (30, 37, 10)
#: Another number of classes, and more examples than features.
OTHER_SHAPE = (16, 9, 5)
#: Large enough that the term shows beside the data loss, small enough to keep float32 digits of both.
REG = 0.37  # not 0.5: reg² would be half of reg, and pass for the other convention
STRONG_REG = 50.0


@dataclass(frozen=True, eq=False)
class LinearProblem:
    """W (D, C), X (N, D) with a bias column of ones, y (N,) int64, and the strength reg."""

    W: Array
    X: Array
    y: Array
    reg: float
    name: str

    def __iter__(self) -> Iterator[Any]:
        return iter((self.W, self.X, self.y, self.reg))

    def with_(
        self, *, W: Array | None = None, X: Array | None = None, reg: float | None = None, name: str
    ) -> LinearProblem:
        """The same problem with other weights, examples or strength."""
        weights = self.W if W is None else frozen(W)
        examples = self.X if X is None else frozen(X)
        return LinearProblem(weights, examples, self.y, self.reg if reg is None else reg, name)


@functools.lru_cache(maxsize=64)
def linear(seed: int, shape: tuple[int, int, int] = COURSE_SHAPE, reg: float = 0.0) -> LinearProblem:
    """A problem with no margin near a kink; every class occurs, but of `OTHER_SHAPE` the last."""
    for attempt in range(10_000):
        rng = np.random.default_rng([seed, attempt, *shape])
        n, d, c = shape
        X = rng.standard_normal((n, d))
        X[:, -1] = 1.0
        W = rng.standard_normal((d, c)) / np.sqrt(d / 4)
        present = c - (shape == OTHER_SHAPE)
        y = rng.permutation(np.concatenate([np.arange(present), rng.integers(0, present, n - present)]))
        if _is_clear_of_kinks(X @ W, y):
            return LinearProblem(frozen(W), frozen(X), frozen(y), reg, f"seed {seed}, shape {shape}")
    raise RuntimeError(f"no problem of shape {shape} away from kinks was found from seed {seed}")


@functools.lru_cache(maxsize=64)
def at_zero_weights(problem: LinearProblem) -> LinearProblem:
    return problem.with_(W=np.zeros_like(problem.W), name="W = 0")


@functools.lru_cache(maxsize=64)
def with_reg(problem: LinearProblem, reg: float) -> LinearProblem:
    return problem.with_(reg=reg, name=f"reg = {reg:g}")


@functools.lru_cache(maxsize=8)
def far_problems(seed: int) -> list[tuple[FarScores, LinearProblem]]:
    problem = linear(seed)
    trials = far_scores(problem.y, problem.W.shape[1])
    return [(trial, _moved(problem, trial)) for trial in trials]


def _moved(problem: LinearProblem, trial: FarScores) -> LinearProblem:
    """The problem with first features, one for each class, that add the trial's offsets to the scores."""
    W, X, classes = problem.W.copy(), problem.X.copy(), problem.W.shape[1]
    X[:, :classes], W[:classes] = trial.offsets / SHIFT, SHIFT * np.eye(classes)
    return problem.with_(W=W, X=X, name=trial.what)


def checked(kind: str, seed: int) -> list[LinearProblem]:
    """All problems on which the checks call a right loss, in their order."""
    usual, other = linear(seed), linear(seed, OTHER_SHAPE)
    far = [problem for _, problem in far_problems(seed)] if kind == "softmax" else []
    both_shapes = [usual, usual, with_reg(usual, REG), other, with_reg(other, REG)]
    return [at_zero_weights(usual), *both_shapes, with_reg(usual, STRONG_REG), *far]


def _is_clear_of_kinks(scores: Array, y: Array) -> bool:
    differences = scores - scores[np.arange(len(y)), y][:, None]
    wrong = np.arange(scores.shape[1])[None, :] != y[:, None]
    margins = differences[wrong] + 1.0
    violated = ((differences + 1.0 > 0) & wrong).sum(axis=1)
    return bool(np.abs(margins).min() > KINK_GAP and violated.max() > 1 and violated.min() == 0)
