"""Data for logistic regression, and where descents from zero stop on them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np

from grader.exercises.calling import Array
from reference.exercises import logistic_regression as reference

__all__ = ["LogisticProblem", "Stop", "far", "few_steps", "slow", "stopping", "walked"]


@dataclass(frozen=True, eq=False)
class LogisticProblem:
    """X (N, D), y (N,) of −1 and 1, the penalty C and the rate k."""

    X: Array
    y: Array
    C: float
    k: float

    def path(self) -> Iterator[Array]:
        return reference.path(self.X, self.y, self.C, self.k)


@dataclass(frozen=True, eq=False)
class Stop:
    """A tolerance, and the number of the step that is the first one shorter than it."""

    problem: LogisticProblem
    tolerance: float
    number: int


def _problem(seed: int, N: int, D: int, C: float, k: float) -> LogisticProblem:
    rng = np.random.default_rng([seed, 64, N, D])
    X = rng.standard_normal((N, D)) + 0.3
    y = np.where(X @ rng.uniform(0.5, 1.5, D) + rng.standard_normal(N) > 0.5, 1.0, -1.0)
    y[:2] = 1.0, -1.0
    return LogisticProblem(X, y, C, k)


@functools.lru_cache(maxsize=4)
def few_steps(seed: int) -> tuple[LogisticProblem, ...]:
    """Of several sizes; the penalty is felt after a few steps."""
    return tuple(_problem(seed, N, D, 0.6, 0.7) for N, D in ((12, 3), (17, 4)))


@functools.lru_cache(maxsize=4)
def stopping(seed: int) -> Stop:
    """The tolerance lies between the lengths of two steps, far from both."""
    problem = _problem(seed, 15, 3, 0.2, 0.8)
    lengths = [float(np.linalg.norm(b - a)) for a, b in pairwise(islice(problem.path(), 14))]
    return Stop(problem, (lengths[-1] * lengths[-2]) ** 0.5, len(lengths))


@functools.lru_cache(maxsize=4)
def slow(seed: int) -> Stop:
    """Steps that are short long before the end: in float32 two of them look alike too soon."""
    problem = _problem(seed, 15, 3, 0.05, 0.04)
    before = np.zeros(3)
    for number, w in enumerate(problem.path()):
        if number and np.linalg.norm(w - before) < 1e-10:
            return Stop(problem, 1e-10, number)
        before = w
    raise AssertionError("a path has no end")


@functools.lru_cache(maxsize=4)
def far(seed: int) -> LogisticProblem:
    """Scores of some thousands, of either sign also times the label: one is against all others."""
    problem = _problem(seed, 12, 3, 0.01, 0.5)
    X, y = problem.X * 500, problem.y.copy()
    first = next(islice(LogisticProblem(X, y, problem.C, problem.k).path(), 1, None))
    odd = int(np.argmax(y * (X @ first)))
    y[odd] = -y[odd]
    return LogisticProblem(X, y, problem.C, problem.k)


def walked(problem: LogisticProblem, count: int) -> list[Array]:
    """The weights after 0, 1, …, `count` steps."""
    return list(islice(problem.path(), count + 1))
