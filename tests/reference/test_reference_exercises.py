"""The reference of the exercises against what is independent of it: closed forms, scipy, complex steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, special, stats

from grader.exercises.linear_regression import problems as linear_problems
from grader.exercises.logistic_regression import problems as logistic_problems
from grader.exercises.logistic_regression.checks import TIGHT
from grader.exercises.numerical_gradient import problems
from grader.exercises.polynomial_features import problems as polynomial_problems
from grader.exercises.softmax.checks import HIDDEN, LINEAR
from grader.exercises.softmax.problems import of_spiral
from grader.exercises.softmax.problems import problems as problems_of_softmax
from grader.exercises.support.given_functions import smooth
from reference.exercises import linear_regression, spiral
from reference.exercises import logistic_regression as logistic
from reference.exercises.numerical_gradient import numerical_gradient
from reference.exercises.polynomial_features import fit_polynomial
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


@given(seed=st.integers(0, 10_000))
def test_a_step_of_logistic_regression_follows_the_likelihood(seed: int) -> None:
    problem = logistic_problems.few_steps(seed)[0]
    X, y, C, k = problem.X, problem.y, problem.C, problem.k
    w = np.random.default_rng(seed).standard_normal(X.shape[1])
    pull = X.T @ (y * (1 - logistic.sigmoid(y * (X @ w)))) / len(y) - C * w
    gradient = optimize.approx_fprime(w, lambda w: logistic.log_likelihood(w, X, y, C), 1e-7)
    assert pull == pytest.approx(gradient, rel=1e-4, abs=1e-5)
    first, second = problem.path(), problem.path()
    next(second)
    assert next(second) - next(first) == pytest.approx(k * X.T @ y / len(y) / 2, rel=1e-12)


def test_logistic_regression_ends_where_scipy_finds_the_maximum_and_sigma_is_scipys() -> None:
    problem = logistic_problems.stopping(3).problem
    X, y, C, k = problem.X, problem.y, problem.C, problem.k
    best = optimize.minimize(
        lambda w: -logistic.log_likelihood(w, X, y, C), np.zeros(X.shape[1]), tol=1e-12
    ).x
    w = logistic.logistic_regression(X, y, C, k, 1e-12, 100_000)
    assert w == pytest.approx(best, rel=1e-5)
    z = np.array([-2000.0, -30, -1, 0, 1, 30, 2000])
    assert logistic.sigmoid(z) == pytest.approx(special.expit(z), rel=1e-14, abs=1e-300)


@pytest.mark.parametrize("seed", range(20))
def test_the_problems_of_logistic_regression_tell_apart_what_they_should(seed: int) -> None:
    stop, slow = logistic_problems.stopping(seed), logistic_problems.slow(seed)
    ended = logistic.logistic_regression(*data_of(stop.problem), stop.tolerance, 10_000)
    assert ended == pytest.approx(logistic_problems.walked(stop.problem, stop.number)[-1], rel=1e-12)
    assert slow.number > 500
    path = np.array(logistic_problems.walked(slow.problem, slow.number))
    coarse = path.astype(np.float32)
    early = int(np.argmin(np.linalg.norm(np.diff(coarse, axis=0), axis=1) >= slow.tolerance))
    assert np.abs(path[early] - path[-1]).max() > 3 * TIGHT * np.abs(path[-1]).max()
    far = logistic_problems.far(seed)
    margins = far.y * (far.X @ logistic_problems.walked(far, 1)[-1])
    assert margins.min() < -710
    assert margins.max() > 710


def data_of(problem: logistic_problems.LogisticProblem) -> tuple[np.ndarray, np.ndarray, float, float]:
    return problem.X, problem.y, problem.C, problem.k


@pytest.mark.parametrize("factor", [1.0, 2.0])
def test_a_step_of_linear_regression_is_against_the_gradient_and_leads_to_lstsq(factor: float) -> None:
    asked = linear_problems.problem(8)

    def loss(params: np.ndarray) -> float:
        return float(factor / 2 * np.mean((asked.X @ params[:-1] + params[-1] - asked.t) ** 2))

    W, b = linear_regression.gradient_step(asked.W, asked.b, asked.X, asked.t, 0.3, factor)
    start = np.append(asked.W, asked.b)
    gradient = optimize.approx_fprime(start, loss, 1e-7)
    assert np.append(W, b) == pytest.approx(start - 0.3 * gradient, rel=1e-5)
    W, b = linear_regression.fit(asked.X, asked.t, 0.1, 1500)
    found = stats.linregress(asked.X @ W + b, asked.t)
    assert (found.slope, found.intercept) == pytest.approx((1, 0), abs=1e-6)
    assert np.append(W, b) == pytest.approx(
        np.append(*linear_regression.least_squares(asked.X, asked.t)), rel=1e-6
    )


@pytest.mark.parametrize("degree", [2, 3])
def test_the_polynomial_is_numpys(degree: int) -> None:
    asked = polynomial_problems.problem(4, degree)
    expected = np.polynomial.Polynomial.fit(asked.x, asked.t, degree)(asked.new)
    assert asked.least_squares() == pytest.approx(expected, rel=1e-8)
    predict = fit_polynomial(asked.x, asked.t, degree, asked.lr, 2500)
    assert np.abs(predict(asked.new) - expected).max() < 1e-6 * np.ptp(asked.t)
