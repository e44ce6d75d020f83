"""The reference of the exercises against what is independent of it: closed forms, scipy, complex steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from grader.exercises.numerical_gradient import problems
from grader.exercises.support.given_functions import smooth
from reference.exercises.numerical_gradient import numerical_gradient

SEEDS = st.integers(0, 2**32 - 1)


@given(seed=SEEDS, shape=st.sampled_from(problems.SHAPES))
def test_the_gradient_of_the_given_function_is_that_of_complex_steps(
    seed: int, shape: tuple[int, ...]
) -> None:
    asked = problems.problem(seed, shape)
    for index in np.ndindex(shape):
        moved = asked.x.astype(complex)
        moved[index] += 1e-30j
        derivative = smooth(moved, asked.a, asked.d).imag / 1e-30
        assert asked.gradient[index] == pytest.approx(derivative, rel=1e-12)


@given(seed=SEEDS, shape=st.sampled_from(problems.SHAPES))
def test_the_numerical_gradient_is_right_to_1e_8(seed: int, shape: tuple[int, ...]) -> None:
    asked = problems.problem(seed, shape)
    x = asked.x.copy()
    made = numerical_gradient(lambda x: float(smooth(x, asked.a, asked.d)), x)
    scale = np.abs(asked.gradient).max()
    assert np.abs(made - asked.gradient).max() < 1e-8 * scale
    assert np.array_equal(x, asked.x)


def test_the_numerical_gradient_is_scipys_and_takes_integers() -> None:
    def f(x: np.ndarray) -> float:
        return float(optimize.rosen(x))

    x = np.array([1, 3, -2, 0])
    expected = optimize.approx_fprime(x.astype(float), f, 1e-7)
    assert numerical_gradient(f, x) == pytest.approx(expected, rel=1e-4)
    assert numerical_gradient(f, x) == pytest.approx(optimize.rosen_der(x), rel=1e-6, abs=1e-4)
