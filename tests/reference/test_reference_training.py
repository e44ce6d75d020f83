"""Training against the course's loops written out with its global random numbers."""

import numpy as np
import pytest

from reference import linear, nets, optim, training


@pytest.fixture(scope="module")
def blobs():
    """Four classes around corners of a cube, with a column of ones: X (300, 7), y (300,)."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 4, 300)
    centres = 3 * rng.normal(size=(4, 6))
    return np.hstack([centres[y] + rng.normal(size=(300, 6)), np.ones((300, 1))]), y


# Linear classifiers.


@pytest.mark.parametrize(
    ("fast", "plain"),
    [
        (linear.svm_loss_vectorized, linear.svm_loss_naive),
        (linear.softmax_loss_vectorized, linear.softmax_loss_naive),
    ],
)
def test_linear_training_follows_the_course_step_by_step(blobs, fast, plain):
    X, y = blobs
    np.random.seed(5)
    W, expected_losses = 0.001 * np.random.randn(7, 4), []
    for _ in range(12):
        rows = np.random.choice(300, 20, replace=True)
        loss, dW = plain(W, X[rows], y[rows], 0.5)
        expected_losses.append(loss)
        W = W - 0.01 * dW
    actual, losses = training.train_linear(
        fast,
        X,
        y,
        np.random.RandomState(5),
        learning_rate=0.01,
        reg=0.5,
        num_iters=12,
        batch_size=20,
    )
    np.testing.assert_allclose(actual, W, rtol=1e-10)
    assert losses == pytest.approx(expected_losses, rel=1e-10)


@pytest.mark.parametrize("loss", [linear.svm_loss_vectorized, linear.softmax_loss_vectorized])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_linear_training_separates_the_blobs(blobs, loss, dtype):
    X, y = blobs
    rng = np.random.RandomState(0)
    W, losses = training.train_linear(loss, X.astype(dtype), y, rng, learning_rate=0.05, num_iters=200)
    assert W.dtype == dtype
    assert losses[-1] < 0.2 * losses[0]
    assert np.mean(linear.predict(W, X) == y) > 0.97


def test_equal_seeds_give_equal_weights(blobs):
    def train(seed):
        return training.train_linear(linear.svm_loss_vectorized, *blobs, np.random.RandomState(seed))[0]

    np.testing.assert_array_equal(train(1), train(1))
    assert np.any(train(1) != train(2))


# The two-layer net of 2016 to 2020.


def test_toy_net_reaches_the_notebook_loss():
    """The loss that correct solutions of the notebook print, from batches of 200 out of five samples."""
    X, y = 10 * np.random.RandomState(1).randn(5, 4), np.array([0, 1, 2, 2, 1])
    rng = np.random.RandomState(0)
    params = nets.initialize((4, 10, 3), 1e-1, rng)
    _, losses = training.train_two_layer(params, X, y, rng, learning_rate=1e-1, reg=5e-6)
    assert len(losses) == 100
    assert losses[-1] == pytest.approx(0.017149607938732048, rel=1e-12)


@pytest.mark.parametrize(("batch_size", "decays"), [(100, {0, 3, 6}), (120, {0, 5}), (400, set(range(8)))])
def test_two_layer_training_decays_the_rate_where_the_course_does(blobs, batch_size, decays):
    X, y = blobs
    start = nets.initialize((7, 9, 4), 0.1, np.random.RandomState(3))
    params, rate = {name: value.copy() for name, value in start.items()}, 0.1
    np.random.seed(4)
    for step in range(8):
        rows = np.random.choice(300, batch_size)
        _, gradients = nets.two_layer_loss(params, X[rows], y[rows], 0.2, 0.5)
        params = {name: params[name] - rate * gradients[name] for name in params}
        rate *= 0.5 if step in decays else 1
    actual, _ = training.train_two_layer(
        start,
        X,
        y,
        np.random.RandomState(4),
        learning_rate=0.1,
        learning_rate_decay=0.5,
        reg=0.2,
        num_iters=8,
        batch_size=batch_size,
        l2=0.5,
    )
    for name in params:
        np.testing.assert_allclose(actual[name], params[name], rtol=1e-12)


def test_two_layer_training_leaves_the_given_parameters(blobs):
    start = nets.initialize((7, 9, 4), 0.1, np.random.RandomState(3))
    before = {name: value.copy() for name, value in start.items()}
    training.train_two_layer(start, *blobs, np.random.RandomState(0), num_iters=3)
    for name in start:
        np.testing.assert_array_equal(start[name], before[name])


# The solver of 2021 and later.


def solver_by_hand(params, X, y, X_val, y_val, rates, batch_size):
    """Adam at the given rate of each epoch; 1000 samples are drawn for the training accuracy."""
    steps, best, best_accuracy, records = len(X) // batch_size, None, 0, []
    configs = {name: {} for name in params}
    for step in range(len(rates) * steps):
        rows = np.random.choice(len(X), batch_size)
        _, gradients = nets.fully_connected_loss(params, X[rows], y[rows], 0.1)
        next_params = {}
        for name in params:
            config = {**configs[name], "learning_rate": rates[step // steps]}
            next_params[name], configs[name] = optim.adam(params[name], gradients[name], config)
        params = next_params
        if step == 0 or step % steps == steps - 1:
            sample = np.random.choice(len(X), 1000)
            train_accuracy = np.mean(nets.predict(params, X[sample]) == y[sample])
            val_accuracy = np.mean(nets.predict(params, X_val) == y_val)
            records.append((train_accuracy, val_accuracy))
            if val_accuracy > best_accuracy:
                best, best_accuracy = params, val_accuracy
    return best, records


def test_solver_follows_the_course_and_keeps_the_best(blobs):
    X, y = np.tile(blobs[0], (4, 1)), np.tile(blobs[1], 4)  # 1200 samples: more than the solver's 1000
    noisy = np.where(np.arange(300) % 3 == 0, 0, blobs[1])
    start = nets.initialize((7, 5, 4), 0.1, np.random.RandomState(3))
    np.random.seed(6)
    expected, records = solver_by_hand(start, X, y, blobs[0], noisy, [0.3, 0.15, 0.075, 0.0375], 250)
    actual, history = training.train_solver(
        start,
        X,
        y,
        blobs[0],
        noisy,
        np.random.RandomState(6),
        update_rule=optim.adam,
        optim_config={"learning_rate": 0.3},
        lr_decay=0.5,
        num_epochs=4,
        batch_size=250,
        reg=0.1,
    )
    assert len(history.losses) == 16
    assert list(zip(history.train_accuracies, history.val_accuracies, strict=True)) == records
    assert records[-1][1] < max(val for _, val in records), (
        "the best must not be the last, or nothing is tested"
    )
    for name in expected:
        np.testing.assert_allclose(actual[name], expected[name], rtol=1e-9)


def test_solver_keeps_a_single_step(blobs):
    X, y = blobs
    start = nets.initialize((7, 5, 4), 0.1, np.random.RandomState(3))
    rng = np.random.RandomState(0)
    params, history = training.train_solver(start, X, y, X, y, rng, num_epochs=1, batch_size=300)
    assert len(history.val_accuracies) == 1
    assert np.any(params["W1"] != start["W1"])


@pytest.mark.parametrize("rule", [optim.sgd, optim.sgd_momentum, optim.rmsprop, optim.adam])
def test_solver_fits_the_blobs_in_float32(blobs, rule):
    X, y = blobs[0].astype(np.float32), blobs[1]
    start = nets.initialize((7, 20, 10, 4), 0.3, np.random.RandomState(0))
    params, history = training.train_solver(
        start, X, y, X, y, np.random.RandomState(0), update_rule=rule, optim_config={"learning_rate": 1e-2}
    )
    assert params["W2"].dtype == np.float32
    assert history.train_accuracies[-1] > 0.95
    assert np.mean(nets.predict(params, X) == y) == max(history.val_accuracies)
