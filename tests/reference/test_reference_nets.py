"""Nets against complex steps, SciPy and the numbers the course's notebooks print."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference_oracles import ROUNDING, complex_relu, complex_step, cross_entropy
from scipy.special import logsumexp

from reference import nets

REG = 0.37


def net_problem(seed, sizes=(5, 8, 7), n=11):
    """Parameters with biases that matter, X (n, D) and y (n,)."""
    rng = np.random.default_rng(seed)
    params = {}
    for layer, shape in enumerate(pairwise(sizes), start=1):
        params[f"W{layer}"] = rng.normal(size=shape)
        params[f"b{layer}"] = rng.normal(size=shape[1])
    return params, rng.normal(size=(n, sizes[0])), rng.integers(0, sizes[-1], n)


def forward(params, X):
    """Scores, from a list of layers and for complex parameters too."""
    depth = len(params) // 2
    for layer in range(1, depth + 1):
        X = X @ params[f"W{layer}"] + params[f"b{layer}"]
        X = X if layer == depth else complex_relu(X)
    return X


def whole_loss(params, X, y, reg, l2):
    penalty = sum(np.sum(value**2) for name, value in params.items() if name.startswith("W"))
    return cross_entropy(forward(params, X), y) + l2 * reg * penalty


def assert_gradients(gradients, params, X, y, l2):
    assert gradients.keys() == params.keys()
    for name in params:

        def along(value, name=name):
            return whole_loss({**params, name: value}, X, y, REG, l2)

        np.testing.assert_allclose(gradients[name], complex_step(along, params[name]), atol=1e-11)


# What the notebooks print.


def toy():
    """The toy net and data of the two-layer notebook (2016 to 2020)."""
    params = nets.initialize((4, 10, 3), 1e-1, np.random.RandomState(0))
    return params, 10 * np.random.RandomState(1).randn(5, 4), np.array([0, 1, 2, 2, 1])


def test_scores_of_the_toy_net():
    params, X, _ = toy()
    expected = [
        [-0.81233741, -1.27654624, -0.70335995],
        [-0.17129677, -1.18803311, -0.47310444],
        [-0.51590475, -1.01354314, -0.8504215],
        [-0.15419291, -0.48629638, -0.52901952],
        [-0.00618733, -0.12435261, -0.15226949],
    ]
    np.testing.assert_allclose(nets.two_layer_scores(params, X), expected, atol=1e-8)


@pytest.mark.parametrize(("reg", "l2"), [(0.05, 1.0), (0.1, 0.5)])
def test_loss_of_the_toy_net(reg, l2):
    assert nets.two_layer_loss(*toy(), reg, l2)[0] == pytest.approx(1.30378789133, abs=1e-11)


def test_loss_of_the_fc_net_notebook():
    """`fc_net.TwoLayerNet` (2021 and later)."""
    params = {
        "W1": np.linspace(-0.7, 0.3, num=250).reshape(5, 50),
        "b1": np.linspace(-0.1, 0.9, num=50),
        "W2": np.linspace(-0.3, 0.4, num=350).reshape(50, 7),
        "b2": np.linspace(-0.9, 0.1, num=7),
    }
    X = np.linspace(-5.5, 4.5, num=15).reshape(5, 3).T
    y = np.array([0, 5, 1])
    scores = nets.fully_connected_scores(params, X)
    np.testing.assert_allclose(scores[:, 0], [11.53165108, 12.05769098, 12.58373087], atol=1e-8)
    np.testing.assert_allclose(scores[:, 6], [16.09215096, 16.18839143, 16.2846319], atol=1e-8)
    assert nets.fully_connected_loss(params, X, y, 0.0)[0] == pytest.approx(3.4702243556, abs=1e-10)
    assert nets.fully_connected_loss(params, X, y, 1.0)[0] == pytest.approx(26.5948426952, abs=1e-10)


# Other ways to the same numbers.


@pytest.mark.parametrize("l2", [1.0, 0.5])
@pytest.mark.parametrize("seed", range(3))
def test_two_layer_net(l2, seed):
    params, X, y = net_problem(seed)
    loss, gradients = nets.two_layer_loss(params, X, y, REG, l2)
    scores = forward(params, X)
    weights = np.sum(params["W1"] ** 2) + np.sum(params["W2"] ** 2)
    expected = np.mean(logsumexp(scores, axis=1) - scores[np.arange(11), y]) + l2 * REG * weights
    np.testing.assert_allclose(nets.two_layer_scores(params, X), scores, atol=ROUNDING)
    assert loss == pytest.approx(expected, rel=ROUNDING)
    assert_gradients(gradients, params, X, y, l2)


@pytest.mark.parametrize("l2", [1.0, 0.5])
@pytest.mark.parametrize("hidden", [(), (8,), (8, 6), (4, 6, 3)])
def test_fully_connected_net(l2, hidden):
    params, X, y = net_problem(0, (5, *hidden, 7))
    loss, gradients = nets.fully_connected_loss(params, X, y, REG, l2)
    np.testing.assert_allclose(nets.fully_connected_scores(params, X), forward(params, X), atol=1e-11)
    assert loss == pytest.approx(whole_loss(params, X, y, REG, l2), rel=ROUNDING)
    assert_gradients(gradients, params, X, y, l2)


@given(seed=st.integers(0, 2**32 - 1))
def test_two_layers_are_a_fully_connected_net(seed):
    problem = net_problem(seed)
    loss, gradients = nets.two_layer_loss(*problem, REG, 0.5)
    expected_loss, expected = nets.fully_connected_loss(*problem, REG)
    assert loss == pytest.approx(expected_loss, rel=ROUNDING)
    for name in expected:
        np.testing.assert_allclose(gradients[name], expected[name], atol=1e-11)


# What holds for every net.


@pytest.mark.parametrize("loss", [nets.two_layer_loss, nets.fully_connected_loss])
def test_biases_are_not_regularized(loss):
    params, X, y = net_problem(1)
    _, at_zero = loss(params, X, y, 0.0, 1.0)
    _, at_reg = loss(params, X, y, 5.0, 1.0)
    for name in ("b1", "b2"):
        np.testing.assert_array_equal(at_reg[name], at_zero[name])
    for name in ("W1", "W2"):
        np.testing.assert_allclose(at_reg[name] - at_zero[name], 2 * 5.0 * params[name], atol=ROUNDING)


@given(seed=st.integers(0, 2**32 - 1), factor=st.sampled_from([0.25, 2.0, 8.0]))
def test_scale_moves_freely_through_relu(seed, factor):
    """relu(a z) = a relu(z) for a > 0, so layer 1 may grow by a and W2 shrink by it."""
    params, X, y = net_problem(seed)
    moved = {
        "W1": factor * params["W1"],
        "b1": factor * params["b1"],
        "W2": params["W2"] / factor,
        "b2": params["b2"],
    }
    assert nets.two_layer_loss(moved, X, y, 0.0)[0] == pytest.approx(
        nets.two_layer_loss(params, X, y, 0.0)[0], rel=ROUNDING
    )


def test_images_are_read_as_rows():
    params, X, y = net_problem(2, sizes=(12, 8, 7))
    expected, _ = nets.fully_connected_loss(params, X, y, REG)
    assert nets.fully_connected_loss(params, X.reshape(11, 2, 2, 3), y, REG)[0] == expected


def test_predict_takes_the_highest_score():
    params = {"W1": np.array([[3.0, 1.0, 2.0], [0.0, 5.0, 1.0]]), "b1": np.array([0.0, 0.0, 1.5])}
    assert nets.predict(params, np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])).tolist() == [2, 1, 2]


@pytest.mark.parametrize("loss", [nets.two_layer_loss, nets.fully_connected_loss])
def test_float32_stays_float32_and_inputs_are_left_alone(loss):
    params, X, y = net_problem(3)
    params = {name: value.astype(np.float32) for name, value in params.items()}
    copies = {name: value.copy() for name, value in params.items()}
    _, gradients = loss(params, X.astype(np.float32), y, REG)
    for name, gradient in gradients.items():
        assert gradient.dtype == np.float32
        np.testing.assert_array_equal(params[name], copies[name])


def test_initial_weights():
    params = nets.initialize((400, 300, 10), 1e-3, np.random.RandomState(0))
    assert [params[name].shape for name in ("W1", "b1", "W2", "b2")] == [(400, 300), (300,), (300, 10), (10,)]
    assert params["W1"].std() == pytest.approx(1e-3, rel=0.01)
    assert not params["b1"].any()
    assert not params["b2"].any()
