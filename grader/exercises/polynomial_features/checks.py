"""What a polynomial by gradient descent must fulfil."""

from __future__ import annotations

import numpy as np

from grader.checking.check import check
from grader.checking.expect import Expect
from grader.exercises.polynomial_features.mistakes import CLOSE, name_fit
from grader.exercises.polynomial_features.problems import problem
from grader.exercises.polynomial_features.proxy import PolynomialFeatures

__all__: list[str] = []  # `declared_in` finds the checks

#: Standardised features are within 1e-8 of the best fit by then, with the factor 2 or without.
EPOCHS = 2500


@check("reaches")
def reaches(fit: PolynomialFeatures, expect: Expect, seed: int) -> None:
    """Its predictions are those of the least-squares fit."""
    for degree in (3, 2):
        asked = problem(seed, degree)
        made = fit(asked, EPOCHS, asked.new)
        best = asked.least_squares()
        away = float(np.abs(made - best).max() / np.ptp(asked.t))
        if not expect.true(
            away <= CLOSE,
            f"predictions of degree {degree} are {_far(away)} the best fit's",
            what="largest distance from the best fit, as a share of the range of t",
            measured=away if np.isfinite(away) else None,
            expected=CLOSE,
            help="give each power mean 0 and deviation 1, and add a bias that is no feature",
            mistake=name_fit(fit, asked, made),
        ):
            return


@check("few_points", needs=reaches)
def few_points(fit: PolynomialFeatures, expect: Expect, seed: int) -> None:
    """A point is predicted alike, alone and among others."""
    asked = problem(seed, 3)
    alone = fit(asked, EPOCHS, asked.new[:1])
    expect.close(alone, fit(asked, EPOCHS, asked.new)[:1], "the prediction of one point")


def _far(away: float) -> str:
    if not np.isfinite(away):
        return "nan or infinite, unlike"
    # What diverges has hundreds of digits.
    share = f"{away:.1%} of" if away < 10 else f"{away:.3g} times"
    return f"{share} the range of t away from"
