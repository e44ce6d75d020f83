"""Layers against complex steps, exact fractions and the numbers the course's notebooks print."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_oracles import (
    ROUNDING,
    complex_relu,
    complex_step,
    cross_entropy,
    exact,
    exact_hinge,
    exact_quotients,
)
from scipy.special import softmax

from reference import layers

LECTURE_SCORES = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])
LECTURE_LABELS = np.array([0, 1, 2])

seeds = st.integers(0, 2**32 - 1)


def affine_problem(seed):
    """x of three samples of shape (2, 4), w (8, 5), b (5,), dout (3, 5)."""
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(size=shape) for shape in [(3, 2, 4), (8, 5), (5,), (3, 5)])


def scores_problem(seed):
    rng = np.random.default_rng(seed)
    return 2 * rng.normal(size=(9, 6)), rng.integers(0, 6, 9)


# Affine and ReLU.


def test_affine_forward_gives_the_notebook_numbers():
    x = np.linspace(-0.1, 0.5, num=240).reshape(2, 4, 5, 6)
    w = np.linspace(-0.2, 0.3, num=360).reshape(120, 3)
    out, _ = layers.affine_forward(x, w, np.linspace(-0.3, 0.1, num=3))
    expected = [[1.49834967, 1.70660132, 1.91485297], [3.25553199, 3.5141327, 3.77273342]]
    np.testing.assert_allclose(out, expected, atol=5e-9)


@given(seed=seeds)
def test_affine_backward_is_the_adjoint_of_each_input(seed):
    """out is linear in x, in w and in b: <dout, out(v) - out(0)> = <gradient, v> for whatever v."""
    x, w, b, dout = affine_problem(seed)
    zero_bias = np.zeros_like(b)
    dx, dw, db = layers.affine_backward(dout, layers.affine_forward(x, w, b)[1])
    v_x, v_w, v_b, _ = affine_problem(seed + 1)
    assert np.sum(dx * v_x) == pytest.approx(np.sum(dout * layers.affine_forward(v_x, w, zero_bias)[0]))
    assert np.sum(dw * v_w) == pytest.approx(np.sum(dout * layers.affine_forward(x, v_w, zero_bias)[0]))
    assert np.sum(db * v_b) == pytest.approx(np.sum(dout * v_b))
    assert (dx.shape, dw.shape, db.shape) == (x.shape, w.shape, b.shape)


def test_affine_shapes_must_fit():
    with pytest.raises(ValueError, match="mismatch"):
        layers.affine_forward(np.ones((2, 4)), np.ones((3, 5)), np.ones(5))


def test_relu_forward():
    out, _ = layers.relu_forward(np.array([[-0.5, 0.0], [1.5, -2.0]]))
    np.testing.assert_array_equal(out, [[0, 0], [1.5, 0]])


def test_relu_backward_passes_only_where_positive_and_leaves_dout_alone():
    dout = np.array([[7.0, 7.0, 7.0]])
    dx = layers.relu_backward(dout, np.array([[-1.0, 0.0, 1.0]]))
    np.testing.assert_array_equal(dx, [[0, 0, 7]])
    np.testing.assert_array_equal(dout, 7)


@pytest.mark.parametrize("seed", range(3))
def test_affine_relu_against_complex_steps(seed):
    x, w, b, dout = affine_problem(seed)

    def weighted(x, w, b):
        return np.sum(dout * complex_relu(x.reshape(3, -1) @ w + b))

    out, cache = layers.affine_relu_forward(x, w, b)
    dx, dw, db = layers.affine_relu_backward(dout, cache)
    assert np.sum(dout * out) == pytest.approx(weighted(x, w, b).real)
    np.testing.assert_allclose(dx, complex_step(lambda x: weighted(x, w, b), x), atol=ROUNDING)
    np.testing.assert_allclose(dw, complex_step(lambda w: weighted(x, w, b), w), atol=ROUNDING)
    np.testing.assert_allclose(db, complex_step(lambda b: weighted(x, w, b), b), atol=ROUNDING)


# Losses.


def test_svm_loss_of_the_lecture_scores():
    assert layers.svm_loss(LECTURE_SCORES, LECTURE_LABELS)[0] == pytest.approx((2.9 + 0 + 12.9) / 3)


def test_svm_counting_the_correct_class_adds_one():
    """The lecture's question: sum over all j, and every sample's loss grows by max(0, 0 + 1)."""
    correct = LECTURE_SCORES[np.arange(3), LECTURE_LABELS]
    over_all = np.maximum(0, LECTURE_SCORES - correct[:, np.newaxis] + 1).sum(axis=1).mean()
    assert over_all - layers.svm_loss(LECTURE_SCORES, LECTURE_LABELS)[0] == pytest.approx(1)


def test_svm_margins_squared():
    """Of two classes the loss is one margin; the lecture's nine margins have the mean square sum 30.5533."""
    squares = [
        layers.svm_loss(row[[label, j]][np.newaxis], np.array([0]))[0] ** 2
        for row, label in zip(LECTURE_SCORES, LECTURE_LABELS, strict=True)
        for j in range(3)
        if j != label
    ]
    assert sum(squares) / 3 == pytest.approx(30.5533, abs=5e-5)


@pytest.mark.parametrize("seed", range(3))
def test_svm_loss_is_exact(seed):
    x, y = scores_problem(seed)
    loss, dx = layers.svm_loss(x, y)
    assert loss == pytest.approx(float(exact_hinge(exact(x), y)), rel=ROUNDING)
    np.testing.assert_allclose(dx, exact_quotients(lambda x: exact_hinge(x, y), x), atol=ROUNDING)


@pytest.mark.parametrize("seed", range(3))
def test_softmax_loss_against_complex_steps_and_long_doubles(seed):
    x, y = scores_problem(seed)
    loss, dx = layers.softmax_loss(x, y)
    assert loss == pytest.approx(float(cross_entropy(x.astype(np.longdouble), y)), rel=ROUNDING)
    np.testing.assert_allclose(dx, complex_step(lambda x: cross_entropy(x, y), x), atol=ROUNDING)


@given(seed=seeds, scale=st.sampled_from([1e-3, 1.0, 1e4]))
def test_softmax_gradient_against_scipy(seed, scale):
    x, y = scores_problem(seed)
    expected = (softmax(scale * x, axis=1) - np.eye(6)[y]) / len(y)
    np.testing.assert_allclose(layers.softmax_loss(scale * x, y)[1], expected, atol=ROUNDING)


@pytest.mark.parametrize("loss", [layers.svm_loss, layers.softmax_loss])
def test_losses_keep_float32_and_their_scores(loss):
    x, y = scores_problem(0)
    x = x.astype(np.float32)
    before = x.copy()
    assert loss(x, y)[1].dtype == np.float32
    np.testing.assert_array_equal(x, before)
