"""Update rules against scalar recurrences in extended precision and the notebook's numbers."""

import numpy as np
import pytest

from reference import optim

RULES = [optim.sgd, optim.sgd_momentum, optim.rmsprop, optim.adam]
LD = np.longdouble

each_rule = pytest.mark.parametrize("rule", RULES)


def gradients(steps, seed=0):
    """Gradients of several magnitudes, one a step."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(steps, 3)) * np.array([1e-4, 1.0, 50.0])


def scalar_sgd(w, dws, rate):
    for dw in dws:
        w -= rate * dw
    return w


def scalar_momentum(w, dws, rate, momentum):
    """The update as the sum it stands for: the gradient of step s still moves step t by momentum^(t - s)."""
    for t in range(len(dws)):
        w -= rate * sum(momentum ** (t - s) * dws[s] for s in range(t + 1))
    return w


def scalar_rmsprop(w, dws, rate, decay, epsilon):
    for t, dw in enumerate(dws):
        cache = sum((1 - decay) * decay ** (t - s) * dws[s] ** 2 for s in range(t + 1))
        w -= rate * dw / (np.sqrt(cache) + epsilon)
    return w


def scalar_adam(w, dws, rate, beta1, beta2, epsilon):
    """Bias correction is what makes the weights of each running mean sum to 1."""
    for t in range(len(dws)):
        weights1 = [beta1 ** (t - s) for s in range(t + 1)]
        weights2 = [beta2 ** (t - s) for s in range(t + 1)]
        m = sum(a * dw for a, dw in zip(weights1, dws, strict=False)) / sum(weights1)
        v = sum(a * dw**2 for a, dw in zip(weights2, dws, strict=False)) / sum(weights2)
        w -= rate * m / (np.sqrt(v) + epsilon)
    return w


CASES = [
    (optim.sgd, {}, scalar_sgd, [LD("1e-2")]),
    (optim.sgd, {"learning_rate": 0.3}, scalar_sgd, [LD("0.3")]),
    (optim.sgd_momentum, {}, scalar_momentum, [LD("1e-2"), LD("0.9")]),
    (optim.sgd_momentum, {"learning_rate": 0.1, "momentum": 0.5}, scalar_momentum, [LD("0.1"), LD("0.5")]),
    (optim.rmsprop, {}, scalar_rmsprop, [LD("1e-2"), LD("0.99"), LD("1e-8")]),
    (
        optim.rmsprop,
        {"learning_rate": 0.1, "decay_rate": 0.7, "epsilon": 1e-2},
        scalar_rmsprop,
        [LD("0.1"), LD("0.7"), LD("1e-2")],
    ),
    (optim.adam, {}, scalar_adam, [LD("1e-3"), LD("0.9"), LD("0.999"), LD("1e-8")]),
    (
        optim.adam,
        {"learning_rate": 0.1, "beta1": 0.8, "beta2": 0.6, "epsilon": 1e-2},
        scalar_adam,
        [LD("0.1"), LD("0.8"), LD("0.6"), LD("1e-2")],
    ),
]


@pytest.mark.parametrize(("rule", "config", "recurrence", "constants"), CASES)
def test_ten_steps_follow_the_recurrence(rule, config, recurrence, constants):
    start, dws = np.array([1.0, -2.0, 0.5]), gradients(10)
    w = start
    for dw in dws:
        w, config = rule(w, dw, config)
    expected = [recurrence(LD(w0), dws[:, i].astype(LD), *constants) for i, w0 in enumerate(start)]
    np.testing.assert_allclose(w, np.array(expected, float), rtol=1e-12)


def spread(start, stop):
    return np.linspace(start, stop, num=20).reshape(4, 5)


@pytest.mark.parametrize(
    ("rule", "config", "first", "last"),
    [
        (optim.sgd_momentum, {"learning_rate": 1e-3, "velocity": spread(0.6, 0.9)}, 0.1406, 1.4096),
        (optim.rmsprop, {"learning_rate": 1e-2, "cache": spread(0.6, 0.9)}, -0.39223849, 0.59576619),
        (
            optim.adam,
            {"learning_rate": 1e-2, "m": spread(0.6, 0.9), "v": spread(0.7, 0.5), "t": 5},
            -0.40094747,
            0.59801459,
        ),
    ],
)
def test_gives_the_notebook_numbers(rule, config, first, last):
    next_w, _ = rule(spread(-0.4, 0.6), spread(-0.6, 0.4), config)
    assert next_w[0, 0] == pytest.approx(first, abs=5e-9)
    assert next_w[-1, -1] == pytest.approx(last, abs=5e-9)


def test_first_adam_step_is_the_learning_rate():
    """With one gradient seen, m / sqrt(v) is its sign, whatever its size."""
    w, config = optim.adam(np.zeros(3), np.array([1e-3, -1.0, 1e3]))
    np.testing.assert_allclose(w, [-1e-3, 1e-3, -1e-3], rtol=2e-5)
    assert config["t"] == 1


@each_rule
def test_nothing_given_is_changed(rule):
    w, dw = np.ones(3), np.full(3, 2.0)
    _, config = rule(w, dw)
    before = {name: np.copy(value) for name, value in config.items()}
    rule(w, dw, config)
    np.testing.assert_array_equal(w, 1)
    np.testing.assert_array_equal(dw, 2)
    for name, value in config.items():
        np.testing.assert_array_equal(value, before[name])


@each_rule
def test_float32_stays_float32(rule):
    w, config = rule(np.ones(3, np.float32), np.ones(3, np.float32))
    w, config = rule(w, np.ones(3, np.float32), config)
    assert w.dtype == np.float32
