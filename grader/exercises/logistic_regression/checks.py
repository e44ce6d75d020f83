"""What a logistic regression must fulfil."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from grader.checking.check import check
from grader.checking.expect import Expect
from grader.exercises.calling import Array
from grader.exercises.logistic_regression.mistakes import name_steps
from grader.exercises.logistic_regression.problems import Stop, far, few_steps, slow, stopping, walked
from grader.exercises.logistic_regression.proxy import LogisticRegression
from grader.student.calls import StudentError

__all__: list[str] = []  # `declared_in` finds the checks

STEPS = 4
MOST = 50_000
#: Of w where the steps are shorter than 1e-10: right ones are within 4e-8, kept in float32 within 1e-7; a
#: distance in float32 stops 2e-6 before.
TIGHT = 3e-7


@check("steps")
def steps(regression: LogisticRegression, expect: Expect, seed: int) -> None:
    """A few steps from zero move all weights as the update says."""
    problems = few_steps(seed)
    made = [regression(problem, 0.0, STEPS) for problem in problems]
    mistake = name_steps(problems, made, STEPS)
    for problem, w in zip(problems, made, strict=True):
        right = walked(problem, STEPS)[-1]
        if not expect.close(w, right, f"w after {STEPS} steps", help=_UPDATE, mistake=mistake):
            return


@check("stops", needs=steps)
def stops(regression: LogisticRegression, expect: Expect, seed: int) -> None:
    """It stops after the first step that is shorter than the tolerance."""
    stop = stopping(seed)
    w = regression(stop.problem, stop.tolerance, MOST)
    path = walked(stop.problem, stop.number)
    # Whether that step is still made is no matter.
    expect.true(
        any(regression.is_at(w, one) for one in path[-2:]),
        f"w is not where the steps become shorter than {stop.tolerance:.3g}",
        help="compare the Euclidean distance of two steps' weights, `np.linalg.norm(w - w_before)`",
        mistake=_of_stop(regression, stop, w),
    )


@check("small_tolerance", needs=stops)
def small_tolerance(regression: LogisticRegression, expect: Expect, seed: int) -> None:
    """It goes on until steps are as short as 1e-10."""
    stop = slow(seed)
    w = regression(stop.problem, stop.tolerance, MOST)
    path = np.array(walked(stop.problem, stop.number))
    length = np.linalg.norm(np.diff(path, axis=0), axis=1)
    reached = int(np.argmin(np.abs(path[1:] - w).max(axis=1)))
    early = stop.tolerance * 10 < length[reached] < 1e-6 * np.abs(w).max()
    expect.close(
        w,
        path[-1],
        "w with a tolerance of 1e-10",
        tolerance=TIGHT,
        help="keep weights and their distance in float64",
        mistake="distance-in-float32" if early else None,
    )


@check("large_scores", needs=steps)
def large_scores(regression: LogisticRegression, expect: Expect, seed: int) -> None:
    """Scores of some thousands do not overflow."""
    problem = far(seed)
    try:
        w = regression(problem, 0.0, STEPS)
    except StudentError as error:
        if error.error_type != "OverflowError":
            raise
        expect.fail(error.fact, mistake="sigma-overflows", where=error.where)
        return
    lost = not np.all(np.isfinite(w))
    expect.close(
        w,
        walked(problem, STEPS)[-1],
        f"w after {STEPS} steps with large scores",
        help="1 / (1 + exp(−z)) is 0 where exp(−z) is infinite; exp(z) / (1 + exp(z)) is nan there",
        mistake="sigma-overflows" if lost else None,
    )


_UPDATE = "w + k·(Σ y·x·(1 − σ(y·w·x)) / N − C·w), for all weights at once"


def _of_stop(regression: LogisticRegression, stop: Stop, w: Array) -> str | None:
    path = walked(stop.problem, 4000)
    if regression.is_at(w, path[-1], 1e-12):
        return "tolerance-ignored"
    lengths = [float(np.linalg.norm(b - a)) for a, b in pairwise(path)]
    early = next(i for i, length in enumerate(lengths, 1) if length**2 < stop.tolerance)
    near = any(regression.is_at(w, one) for one in path[early - 1 : early + 1])
    return "distance-without-root" if near and early < stop.number - 1 else None
