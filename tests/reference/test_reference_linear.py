"""The linear losses against exact fractions, extended precision, SciPy and what the lectures print."""

from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_oracles import (
    ROUNDING,
    complex_step,
    cross_entropy,
    exact,
    exact_quotients,
    exact_svm,
    linear_problem,
)
from scipy.special import log_softmax

from reference import linear

SVM = [linear.svm_loss_naive, linear.svm_loss_vectorized]
SOFTMAX = [linear.softmax_loss_naive, linear.softmax_loss_vectorized]
PAIRS = [pytest.param(*SVM, id="svm"), pytest.param(*SOFTMAX, id="softmax")]
REG = 0.375  # a binary fraction, so that the exact oracles mean the same number

each_loss = pytest.mark.parametrize("loss", SVM + SOFTMAX)
each_svm = pytest.mark.parametrize("svm", SVM)
each_softmax = pytest.mark.parametrize("softmax", SOFTMAX)
each_convention = pytest.mark.parametrize("l2", [1.0, 0.5])
seeds = st.integers(0, 2**32 - 1)
any_loss = st.sampled_from(SVM + SOFTMAX)


# What the lectures and notes state.


@each_svm
@pytest.mark.parametrize("classes", [2, 7, 10])
def test_zero_weights_svm(svm, classes):
    _, X, y = linear_problem(0, c=classes)
    assert svm(np.zeros((5, classes)), X, y, 3.0)[0] == classes - 1


@each_softmax
@pytest.mark.parametrize("classes", [2, 7, 10])
def test_zero_weights_softmax(softmax, classes):
    _, X, y = linear_problem(0, c=classes)
    assert softmax(np.zeros((5, classes)), X, y, 3.0)[0] == pytest.approx(np.log(classes), rel=1e-15)


@each_svm
def test_lecture_scores(svm):
    """Cat, car and frog: losses 2.9, 0 and 12.9, mean 5.2667."""
    scores = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])
    labels = np.array([0, 1, 2])
    each = [svm(np.eye(3), scores[i : i + 1], labels[i : i + 1], 0.0)[0] for i in range(3)]
    assert each == pytest.approx([2.9, 0, 12.9])
    assert svm(np.eye(3), scores, labels, 0.0)[0] == pytest.approx(15.8 / 3)


@each_softmax
def test_lecture_cat(softmax):
    loss, _ = softmax(np.eye(3), np.array([[3.2, 5.1, -1.7]]), np.array([0]), 0.0)
    assert loss == pytest.approx(2.040355, abs=5e-7)


@each_svm
def test_doubled_weights_keep_a_loss_of_zero(svm):
    scores, labels = np.array([[1.3, 4.9, 2.0], [5.0, 1.0, 2.0]]), np.array([1, 0])
    for factor in (1, 2):
        loss, dW = svm(factor * np.eye(3), scores, labels, 0.0)
        assert loss == 0
        assert not dW.any()


# Other ways to the same numbers.


@each_svm
@each_convention
@pytest.mark.parametrize("seed", range(3))
def test_svm_is_exact(svm, l2, seed):
    W, X, y = linear_problem(seed)
    rows = exact(X)

    def whole(weights):
        return exact_svm(weights, rows, y, Fraction(REG), Fraction(l2))

    loss, dW = svm(W, X, y, REG, l2)
    assert loss == pytest.approx(float(whole(exact(W))), rel=ROUNDING)
    np.testing.assert_allclose(dW, exact_quotients(whole, W), rtol=0, atol=ROUNDING)


@each_softmax
@each_convention
@pytest.mark.parametrize("seed", range(3))
def test_softmax_against_complex_steps_and_long_doubles(softmax, l2, seed):
    W, X, y = linear_problem(seed)

    def whole(weights):
        return cross_entropy(X @ weights, y) + l2 * REG * np.sum(weights**2)

    loss, dW = softmax(W, X, y, REG, l2)
    assert loss == pytest.approx(float(whole(W.astype(np.longdouble))), rel=ROUNDING)
    np.testing.assert_allclose(dW, complex_step(whole, W), rtol=0, atol=ROUNDING)


@each_softmax
@given(seed=seeds, scale=st.sampled_from([1e-4, 1.0, 1e2, 1e5]))
def test_softmax_loss_against_scipy(softmax, seed, scale):
    W, X, y = linear_problem(seed, scale=scale)
    expected = -log_softmax(X @ W, axis=1)[np.arange(len(y)), y].mean()
    assert softmax(W, X, y, 0.0)[0] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(("naive", "vectorized"), PAIRS)
@given(
    seed=seeds,
    n=st.integers(1, 12),
    d=st.integers(2, 6),
    c=st.integers(2, 8),
    reg=st.floats(0, 100),
    l2=st.sampled_from([1.0, 0.5]),
)
def test_naive_and_vectorized_agree(naive, vectorized, seed, n, d, c, reg, l2):
    W, X, y = linear_problem(seed, n, d, c)
    expected, actual = naive(W, X, y, reg, l2), vectorized(W, X, y, reg, l2)
    assert actual[0] == pytest.approx(expected[0], rel=ROUNDING)
    np.testing.assert_allclose(actual[1], expected[1], rtol=ROUNDING, atol=ROUNDING)


# What holds for every problem.


@given(loss=any_loss, seed=seeds, reg=st.floats(0, 10))
def test_lies_above_every_tangent(loss, seed, reg):
    """Both losses are convex, so f(V) >= f(W) + <df(W), V - W>; at a kink that defines the subgradient."""
    W, X, y = linear_problem(seed)
    V = np.random.default_rng(seed).normal(size=W.shape)
    value, dW = loss(W, X, y, reg)
    assert loss(V, X, y, reg)[0] >= value + np.sum(dW * (V - W)) - 1e-9


@given(loss=any_loss, seed=seeds)
def test_the_same_shift_for_all_classes_changes_nothing(loss, seed):
    W, X, y = linear_problem(seed)
    shift = np.random.default_rng(seed).normal(size=(len(W), 1))
    expected, actual = loss(W, X, y, 0.0), loss(W + shift, X, y, 0.0)
    assert actual[0] == pytest.approx(expected[0], rel=1e-9)
    np.testing.assert_allclose(actual[1], expected[1], atol=1e-9)
    np.testing.assert_allclose(expected[1].sum(axis=1), 0, atol=ROUNDING)


@given(loss=any_loss, seed=seeds)
def test_renaming_the_classes_permutes_the_gradient(loss, seed):
    W, X, y = linear_problem(seed)
    order = np.random.default_rng(seed).permutation(W.shape[1])
    expected, actual = loss(W, X, y, REG), loss(W[:, order], X, np.argsort(order)[y], REG)
    assert actual[0] == pytest.approx(expected[0], rel=ROUNDING)
    np.testing.assert_allclose(actual[1], expected[1][:, order], atol=ROUNDING)


@given(loss=any_loss, seed=seeds)
def test_repeating_and_shuffling_the_samples_changes_nothing(loss, seed):
    W, X, y = linear_problem(seed)
    order = np.random.default_rng(seed).permutation(np.tile(np.arange(len(y)), 2))
    expected, actual = loss(W, X, y, REG), loss(W, X[order], y[order], REG)
    assert actual[0] == pytest.approx(expected[0], rel=ROUNDING)
    np.testing.assert_allclose(actual[1], expected[1], atol=ROUNDING)


@given(loss=any_loss, seed=seeds, factor=st.sampled_from([0.25, 0.5, 2.0, 4.0]))
def test_scale_of_samples_and_weights_is_one(loss, seed, factor):
    """f(W, aX) = f(aW, X), so by the chain rule the gradients differ by the factor a."""
    W, X, y = linear_problem(seed)
    by_X, by_W = loss(W, factor * X, y, 0.0), loss(factor * W, X, y, 0.0)
    assert by_X[0] == pytest.approx(by_W[0], rel=ROUNDING)
    np.testing.assert_allclose(by_X[1], factor * by_W[1], atol=ROUNDING)


@each_loss
@each_convention
def test_regularization_adds_to_both(loss, l2):
    W, X, y = linear_problem(1)
    at_zero, at_reg = loss(W, X, y, 0.0, l2), loss(W, X, y, 0.7, l2)
    assert at_reg[0] - at_zero[0] == pytest.approx(l2 * 0.7 * np.linalg.norm(W) ** 2)
    np.testing.assert_allclose(at_reg[1] - at_zero[1], 2 * l2 * 0.7 * W, atol=ROUNDING)


# Corners.


@each_softmax
@pytest.mark.parametrize("offset", [1000.0, -1000.0])
def test_softmax_survives_large_scores(softmax, offset):
    W, X, y = linear_problem(2)
    far = W.copy()
    far[-1] += offset
    expected, actual = softmax(W, X, y, 0.0), softmax(far, X, y, 0.0)
    assert actual[0] == pytest.approx(expected[0], rel=1e-10)
    np.testing.assert_allclose(actual[1], expected[1], atol=1e-10)


@each_softmax
def test_softmax_of_a_hopeless_sample_is_finite(softmax):
    """The correct class' probability underflows to 0; its logarithm is still known."""
    loss, dW = softmax(np.array([[0.0, 5000.0]]), np.ones((1, 1)), np.array([0]), 0.0)
    assert loss == 5000
    np.testing.assert_array_equal(dW, [[-1, 1]])


@each_svm
def test_a_margin_of_exactly_zero_is_satisfied(svm):
    loss, dW = svm(np.array([[2.0, 1.0, 0.0]]), np.ones((1, 1)), np.array([0]), 0.0)
    assert loss == 0
    assert not dW.any()


@each_loss
def test_float32_stays_float32(loss):
    W, X, y = linear_problem(3)
    expected = loss(W, X, y, REG)
    value, dW = loss(W.astype(np.float32), X.astype(np.float32), y, np.float64(REG))
    assert dW.dtype == np.float32
    assert isinstance(value, float)
    assert value == pytest.approx(expected[0], rel=1e-5)
    np.testing.assert_allclose(dW, expected[1], atol=1e-5)


@each_loss
def test_inputs_are_left_alone(loss):
    problem = linear_problem(4)
    copies = [array.copy() for array in problem]
    loss(*problem, REG)
    for array, copy in zip(problem, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize(
    ("whole", "data"),
    [
        (linear.svm_loss_vectorized, linear.svm_data_loss),
        (linear.softmax_loss_vectorized, linear.softmax_data_loss),
    ],
)
def test_the_whole_is_data_and_regularization(whole, data):
    W, X, y = linear_problem(5)
    parts = [data(W, X, y), linear.regularization(W, REG, 0.5)]
    loss, dW = partial(whole, l2=0.5)(W, X, y, REG)
    assert loss == sum(part[0] for part in parts)
    np.testing.assert_array_equal(dW, sum(part[1] for part in parts))


def test_predict_takes_the_highest_score_and_the_first_of_equals():
    W = np.array([[3.0, 1.0, 2.0], [0.0, 5.0, 1.0]])
    X = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0], [2.0, 1.0]])
    assert linear.predict(W, X).tolist() == [0, 1, 0, 1]
    assert linear.predict(np.array([[1.0, 2.0, 2.0]]), np.ones((1, 1))).tolist() == [1]
