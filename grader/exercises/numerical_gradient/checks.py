"""What a numerical gradient must fulfil."""

from __future__ import annotations

import numpy as np

from grader.checking.check import check
from grader.checking.expect import Expect
from grader.exercises.numerical_gradient.mistakes import FORWARD, is_centered, name_gradient, odd_call
from grader.exercises.numerical_gradient.problems import SHAPES, GradientProblem, problem
from grader.exercises.numerical_gradient.proxy import NumericalGradient, Taken

__all__: list[str] = []  # `declared_in` finds the checks

#: The step that is asked where none is given, and another one.
H, OTHER_H = 1e-5, 1e-4
#: Relative error of centered differences that passes: right ones have 1e-10, and 1e-7 if kept in float32.
CENTERED, CENTERED_FLOAT32 = 1e-8, 1e-6


@check("value")
def value(numerical: NumericalGradient, expect: Expect, seed: int) -> None:
    """The gradient is right to 1e-4, or to 1e-8 by centered differences."""
    _expect_gradient(numerical, expect, problem(seed, SHAPES[0]))


@check("any_shape", needs=value)
def any_shape(numerical: NumericalGradient, expect: Expect, seed: int) -> None:
    """It is right for vectors, and for arrays of three dimensions."""
    for shape in SHAPES[1:]:
        _expect_gradient(numerical, expect, problem(seed, shape))


@check("restored")
def restored(numerical: NumericalGradient, expect: Expect, seed: int) -> None:
    """x is as it was before."""
    taken = numerical.at(problem(seed, SHAPES[0]))
    expect.true(bool(taken.points), "f is not called", help=_ONE_BY_ONE)
    expect.true(
        not taken.changed,
        "x is changed after the call",
        help="set each entry back before the next one: `x[i] = old`",
        mistake="x-not-restored",
    )


@check("calls")
def calls(numerical: NumericalGradient, expect: Expect, seed: int) -> None:
    """f is called with an array like x, at x and h away from it in one entry."""
    asked = problem(seed, SHAPES[0])
    points = numerical.at(asked, OTHER_H).points
    odd = odd_call(asked.x, points)
    if not expect.true(odd is None, _CALLED.get(odd or "", ""), help=_ONE_BY_ONE, mistake=odd):
        return
    far = {float(np.abs(point - asked.x).max()) for point in points} - {0.0}
    expect.true(
        bool(far) and all(abs(step - OTHER_H) < OTHER_H / 100 for step in far),
        f"with h = {OTHER_H:g} f is called {max(far, default=0.0):.3g} away from x",
        help="use the h that is given",
        mistake="step-ignored" if far else None,
    )


_ONE_BY_ONE = "change one entry of x, call f(x), and set the entry back before the next one"
_CALLED = {
    "called-on-one-entry": "f is called with one entry of x, where it takes the whole array",
    "all-entries-at-once": "f is called with all entries of x changed at a time",
    "x-not-restored": "f is called with several entries of x changed at a time",
}


@check("integers", needs=value)
def integers(numerical: NumericalGradient, expect: Expect, seed: int) -> None:
    """It is right where x holds integers, too."""
    asked = problem(seed, SHAPES[0], whole=True)
    taken = numerical.at(asked)
    whole = all(np.array_equal(point, np.round(point)) for point in taken.points)
    expect.close(
        taken.gradient(asked.x.shape),
        asked.gradient,
        "the gradient at an x of integers",
        tolerance=FORWARD,
        help="an array of integers cannot hold x + h: work on `x.astype(float)`",
        mistake="integer-x-truncated" if whole else None,
    )


def _expect_gradient(numerical: NumericalGradient, expect: Expect, asked: GradientProblem) -> None:
    taken = numerical.at(asked)
    made = taken.gradient(asked.x.shape)
    expect.close(
        made,
        asked.gradient,
        f"the gradient at an x of shape {asked.x.shape}",
        tolerance=_tolerance(asked, taken),
        mistake=name_gradient(asked, made, taken.points, H),
    )


def _tolerance(asked: GradientProblem, taken: Taken) -> float:
    if not is_centered(asked.x, taken.points):
        return FORWARD
    return CENTERED_FLOAT32 if taken.is_rounded else CENTERED
