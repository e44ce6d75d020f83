"""Name the mistakes of a step of linear regression, and of a fit by such steps."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from grader.exercises.calling import Array
from grader.exercises.linear_regression.problems import RegressionProblem
from grader.exercises.linear_regression.proxy import Fit, Fitted
from reference.exercises import linear_regression as reference

__all__ = ["FACTORS", "name_fit", "name_step"]

#: Of the gradient: half the mean square as loss, or the mean square.
FACTORS = (1.0, 2.0)
_CLOSE = 1e-6
_FAR = 0.05


def name_step(problem: RegressionProblem, lr: float, made: Fitted) -> str | None:
    """The mistake that gives this step; None when none is known, or several."""
    found = {m for m, value in _variants(problem, lr) if np.allclose(made.all, value, rtol=0, atol=_CLOSE)}
    return found.pop() if len(found) == 1 else None


def _variants(problem: RegressionProblem, lr: float) -> Iterator[tuple[str, Array]]:
    W, b, X, t = problem.W, problem.b, problem.X, problem.t
    error, N = X @ W + b - t, len(t)
    dW, db = X.T @ error / N, float(np.mean(error))
    alone = X @ W - t
    for c in FACTORS:
        rate = lr * c
        yield "step-goes-up", np.append(W + rate * dW, b + rate * db)
        yield "bias-not-moved", np.append(W - rate * dW, b)
        yield "step-not-divided-by-n", np.append(W - rate * N * dW, b - rate * N * db)
        yield "bias-step-reversed", np.append(W - rate * dW, b + rate * db)
        yield "bias-step-not-divided-by-n", np.append(W - rate * dW, b - rate * N * db)
        yield "factors-of-the-step-differ", np.append(W - rate * dW, b - lr * (3 - c) * db)
        yield "bias-not-in-prediction", np.append(W - rate * X.T @ alone / N, b - rate * np.mean(alone))
    yield "parameters-not-moved", np.append(W, b)


def name_fit(fit: Fit, problem: RegressionProblem, lr: float, epochs: int) -> str | None:
    """The mistake of a fit that does not reach the answer, though its step is right."""
    start, end, half = (fit(problem, lr, count) for count in (0, epochs, epochs // 2))
    answer = Fitted(*reference.least_squares(problem.X, problem.t))
    if not np.all(np.isfinite(end.all)):
        return None
    if end.b == start.b and not np.isclose(end.b, answer.b, rtol=_FAR):
        return "bias-not-moved"
    left = float(np.linalg.norm(end.all - answer.all))
    asked = float(np.linalg.norm(start.all - answer.all))
    moving = float(np.linalg.norm(end.all - half.all))
    is_short = moving < _FAR * left or float(np.linalg.norm(end.all - start.all)) < asked / 2
    return "rate-shrunk" if _FAR * asked < left < asked and is_short else None
