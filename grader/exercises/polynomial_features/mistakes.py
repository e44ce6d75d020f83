"""Name the mistake of a polynomial that was fitted by gradient descent, from its predictions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from grader.exercises.calling import Array
from grader.exercises.polynomial_features.problems import PolynomialProblem
from grader.exercises.polynomial_features.proxy import PolynomialFeatures
from reference.exercises.polynomial_features import powers

__all__ = ["CLOSE", "name_fit"]

#: Of the range of t: what passes, and what tells a mistake.
CLOSE = 1e-3


def name_fit(fit: PolynomialFeatures, problem: PolynomialProblem, made: Array) -> str | None:
    """The mistake behind these predictions at new points; None when none is known, or several."""
    if not np.all(np.isfinite(made)):
        # 0/0 is there from the start; powers that are too large take a while.
        begun = fit(problem, 1, problem.new)
        return "features-not-standardised" if np.all(np.isfinite(begun)) else "bias-among-the-features"
    atol = CLOSE * float(np.ptp(problem.t))
    found = {m for m, value in _variants(problem) if np.allclose(made, value, rtol=0, atol=atol)}
    return found.pop() if len(found) == 1 else None


def _variants(problem: PolynomialProblem) -> Iterator[tuple[str, Array]]:
    features, new = powers(problem.x, problem.degree), powers(problem.new, problem.degree)
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    W = np.linalg.lstsq((features - mean) / deviation, problem.t - problem.t.mean(), rcond=None)[0]
    b = float(problem.t.mean())
    yield "bias-among-the-features", problem.least_squares() - b
    yield "prediction-not-standardised", new @ W + b
    own = (new - new.mean(axis=0)) / new.std(axis=0)
    yield "prediction-standardised-by-itself", own @ W + b
    yield "degree-one-less", problem.least_squares(problem.degree - 1)
