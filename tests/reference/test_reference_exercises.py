"""The reference of the exercises against what is independent of it: closed forms, scipy, complex steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, special

from grader.exercises.numerical_gradient import problems
from grader.exercises.softmax.checks import HIDDEN, LINEAR
from grader.exercises.softmax.problems import of_spiral
from grader.exercises.softmax.problems import problems as problems_of_softmax
from grader.exercises.support.given_functions import smooth
from reference.exercises import spiral
from reference.exercises.numerical_gradient import numerical_gradient
from reference.exercises.random_search import random_search

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


def test_random_search_keeps_the_best_of_its_tries() -> None:
    tried: list[np.ndarray] = []

    def loss(X: np.ndarray, y: np.ndarray, W: np.ndarray) -> float:
        tried.append(W)
        return float(np.abs(X @ W - y).sum())

    rng = np.random.default_rng(3)
    X, y = rng.standard_normal((6, 4)), rng.standard_normal((6, 2))
    W, lowest = random_search(loss, X, y, (4, 2), 50, rng)
    assert len(tried) == 50
    assert lowest == min(float(np.abs(X @ one - y).sum()) for one in tried)
    assert lowest == float(np.abs(X @ W - y).sum())
    assert np.std(tried) == pytest.approx(1e-4, rel=0.2)


def complex_loss(params: list[np.ndarray], X: np.ndarray, y: np.ndarray, reg: float, l2: float) -> complex:
    """The loss of complex parameters, by its definition."""
    *below, W, b = params
    z = X @ below[0] + below[1] if below else X
    scores = (z * (z.real > 0) if below else z) @ W + b
    data = np.mean(np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(y)), y])
    return data + l2 * reg * sum(np.sum(weights**2) for weights in params[::2])


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("l2", [0.5, 1.0])
def test_the_gradients_of_the_spirals_losses_are_those_of_complex_steps(hidden: bool, l2: float) -> None:
    for problem in problems_of_softmax(11, hidden)[:2]:
        params = list(problem.params.values())
        loss, gradients = spiral.loss_and_gradients(params, problem.X, problem.y, 0.7, l2)
        assert loss == pytest.approx(complex_loss(params, problem.X, problem.y, 0.7, l2).real, rel=1e-12)
        for number, gradient in enumerate(gradients):
            assert gradient.shape == params[number].shape
            for index in np.ndindex(gradient.shape):
                moved = [value.astype(complex) for value in params]
                moved[number][index] += 1e-30j
                derivative = complex_loss(moved, problem.X, problem.y, 0.7, l2).imag / 1e-30
                assert gradient[index] == pytest.approx(derivative, rel=1e-9, abs=1e-12)


def test_the_spirals_loss_is_scipys() -> None:
    problem = problems_of_softmax(12, False)[0]
    scores = problem.X @ problem.params["W"] + problem.params["b"]
    expected = -np.mean(special.log_softmax(scores, axis=1)[np.arange(len(problem.y)), problem.y])
    loss, _ = spiral.loss_and_gradients(list(problem.params.values()), problem.X, problem.y, 0.0)
    assert loss == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", [231, 1, 2])
def test_the_reference_is_as_good_on_the_spiral_as_the_notes(seed: int) -> None:
    X, y = of_spiral(seed)
    assert X.shape == (300, 2)
    assert np.bincount(y).tolist() == [100, 100, 100]
    assert np.linalg.norm(X, axis=1).max() == pytest.approx(1)
    for sizes, (iterations, least) in (((2, 3), LINEAR), ((2, 100, 3), HIDDEN)):
        params = spiral.initial(sizes, np.random.default_rng(seed))
        trained = spiral.train(params, X, y, 1e-3, 1.0, iterations)
        assert np.mean(spiral.predict(trained, X) == y) > least + 0.02
