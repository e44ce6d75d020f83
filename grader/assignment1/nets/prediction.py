"""A two-layer net whose labels change with every part of its forward pass that is left out or misplaced."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.nets.problems import NetProblem
from grader.assignment1.problems import frozen
from reference import nets as reference

__all__ = ["prediction", "right_scores", "wrong_scores"]

Array = NDArray[np.floating[Any]]

#: (N, D, H, C)
_SHAPE = (20, 6, 7, 5)
#: In so many labels, at least, those of a wrong form differ from the right ones, and from another form's.
_APART = 2


@functools.lru_cache(maxsize=8)
def prediction(seed: int) -> NetProblem:
    """Large biases, hidden units on and off, and examples all of whose scores are negative; y is unused."""
    count, dim, hidden, classes = _SHAPE
    for attempt in range(10_000):
        rng = np.random.default_rng([seed, 24, attempt])
        params = {
            "W1": rng.standard_normal((dim, hidden)),
            "b1": 2 * rng.standard_normal(hidden),
            "W2": rng.standard_normal((hidden, classes)),
            "b2": 3 * rng.standard_normal(classes) - 4,
        }
        kept = {name: frozen(array) for name, array in params.items()}
        y = np.zeros(count, dtype=np.int64)
        problem = NetProblem(kept, frozen(rng.standard_normal((count, dim))), y, "prediction")
        if _separates(problem):
            return problem
    raise RuntimeError(f"no net was found whose labels tell every forward pass, from seed {seed}")


def right_scores(problem: NetProblem) -> NDArray[np.float64]:
    """(N, C)."""
    scores = reference.fully_connected_scores(dict(problem.params), problem.X)
    return np.asarray(scores, dtype=np.float64)


def wrong_scores(problem: NetProblem) -> Iterator[tuple[str, Array]]:
    """Mistakes of a forward pass with the scores that they give; the name is empty where it has none."""
    X, (W1, b1, W2, b2) = problem.X, problem.params.values()
    hidden, inside, right = X @ W1 + b1, X @ (W1 + b1), right_scores(problem)
    relu = functools.partial(np.maximum, 0.0)
    yield "relu-missing-in-forward", hidden @ W2 + b2
    yield "relu-on-scores", relu(right)
    yield "bias-missing-in-forward", relu(X @ W1) @ W2 + b2
    yield "bias-missing-in-forward", relu(hidden) @ W2
    yield "bias-missing-in-forward", relu(X @ W1) @ W2
    yield "bias-added-after-relu", (relu(X @ W1) + b1) @ W2 + b2
    yield "bias-inside-the-product", relu(inside) @ W2 + b2
    yield "bias-inside-the-product", relu(hidden) @ (W2 + b2)
    yield "bias-inside-the-product", relu(inside) @ (W2 + b2)
    yield "", relu(X @ W1 - b1) @ W2 + b2
    yield "", relu(hidden) @ W2 - b2
    yield "", (X @ W1 - b1) @ W2 + b2
    yield "", X @ W1 @ W2
    yield "predict-normalized-over-examples", np.exp(right) / np.exp(right).sum(axis=0)


def _separates(problem: NetProblem) -> bool:
    right = right_scores(problem)
    labels, all_negative = right.argmax(axis=1), right.max(axis=1) < 0
    if not np.any(labels[all_negative]) or np.all(all_negative):
        return False
    forms = [("right", labels), *((name, wrong.argmax(axis=1)) for name, wrong in wrong_scores(problem))]
    pairs = itertools.combinations(forms, 2)
    return all(one == other or np.sum(a != b) >= _APART for (one, a), (other, b) in pairs)
