"""Stochastic gradient descent as the course trains: on minibatches drawn with replacement.

Random numbers are drawn from `rng` in the course's order: code that follows the course after
`np.random.seed(s)` sees the same initial weights and minibatches as this does with `RandomState(s)`.
Weights take the dtype of X; float32 takes about half the time of float64.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from reference import nets, optim
from reference.arrays import Floats, Ints, LossAndGradient, Params

__all__ = ["LinearLoss", "train_linear", "train_solver", "train_two_layer"]

LinearLoss = Callable[[Floats, Floats, Ints, float], LossAndGradient]
UpdateRule = Callable[[Floats, Floats, optim.Config], tuple[Floats, optim.Config]]


class History(NamedTuple):
    """What the course's `Solver` records: a loss per step, accuracies after the first step and each epoch."""

    losses: list[float]
    train_accuracies: list[float]
    val_accuracies: list[float]


def train_linear(
    loss: LinearLoss,
    X: Floats,
    y: Ints,
    rng: np.random.RandomState,
    *,
    learning_rate: float = 1e-3,
    reg: float = 1e-5,
    num_iters: int = 100,
    batch_size: int = 200,
) -> tuple[Floats, list[float]]:
    """`LinearClassifier.train`: W (D, C) from small random weights, and the loss of each step.

    X (N, D), y (N,); C is the largest label plus 1. `loss` is one of `reference.linear`.
    """
    W = _like(X, 0.001 * rng.randn(X.shape[1], y.max() + 1))
    losses = []
    for X_batch, y_batch in _minibatches(X, y, batch_size, num_iters, rng):
        batch_loss, dW = loss(W, X_batch, y_batch, reg)
        losses.append(batch_loss)
        W -= learning_rate * dW
    return W, losses


def train_two_layer(
    params: Params,
    X: Floats,
    y: Ints,
    rng: np.random.RandomState,
    *,
    learning_rate: float = 1e-3,
    learning_rate_decay: float = 0.95,
    reg: float = 5e-6,
    num_iters: int = 100,
    batch_size: int = 200,
    l2: float = 1.0,
) -> tuple[Params, list[float]]:
    """`neural_net.TwoLayerNet.train` from `params`, left as they are: the trained ones, each step's loss.

    The learning rate decays after the first step and then every N / batch_size steps. As in the course
    that is a true division: when it is not whole, the rate decays only at those multiples that are.
    """
    params = {name: _like(X, value) for name, value in params.items()}
    steps_per_epoch = max(len(X) / batch_size, 1)
    losses = []
    for step, (X_batch, y_batch) in enumerate(_minibatches(X, y, batch_size, num_iters, rng)):
        batch_loss, gradients = nets.two_layer_loss(params, X_batch, y_batch, reg, l2)
        losses.append(batch_loss)
        for name, gradient in gradients.items():
            params[name] -= learning_rate * gradient
        if step % steps_per_epoch == 0:
            learning_rate *= learning_rate_decay
    return params, losses


def train_solver(
    params: Params,
    X: Floats,
    y: Ints,
    X_val: Floats,
    y_val: Ints,
    rng: np.random.RandomState,
    *,
    update_rule: UpdateRule = optim.sgd,
    optim_config: optim.Config | None = None,
    lr_decay: float = 1.0,
    num_epochs: int = 10,
    batch_size: int = 100,
    reg: float = 0.0,
) -> tuple[Params, History]:
    """`Solver.train` of a fully connected net from `params`, which stay as they are.

    Returns the parameters that did best on the validation set, not the last ones, and the history.
    """
    params = {name: _like(X, value) for name, value in params.items()}
    configs = {name: dict(optim_config or {}) for name in params}
    steps_per_epoch = max(len(X) // batch_size, 1)
    batches = _minibatches(X, y, batch_size, num_epochs * steps_per_epoch, rng)
    best, history = params, History([], [], [])
    for step, (X_batch, y_batch) in enumerate(batches, start=1):
        batch_loss, gradients = nets.fully_connected_loss(params, X_batch, y_batch, reg)
        history.losses.append(batch_loss)
        params, configs = _updated(params, gradients, configs, update_rule)
        if step % steps_per_epoch == 0:
            for config in configs.values():
                config["learning_rate"] *= lr_decay
        if step == 1 or step % steps_per_epoch == 0:
            history.train_accuracies.append(_accuracy(params, *_sample(X, y, rng)))
            history.val_accuracies.append(_accuracy(params, X_val, y_val))
            if history.val_accuracies[-1] > max(history.val_accuracies[:-1], default=0):
                best = params
    return best, history


def _minibatches(
    X: Floats, y: Ints, size: int, count: int, rng: np.random.RandomState
) -> Iterator[tuple[Floats, Ints]]:
    for _ in range(count):
        rows = rng.choice(len(X), size, replace=True)
        yield X[rows], y[rows]


def _sample(X: Floats, y: Ints, rng: np.random.RandomState) -> tuple[Floats, Ints]:
    """The 1000 training images, drawn with replacement, on which `Solver` measures the training accuracy."""
    if len(X) <= 1000:
        return X, y
    rows = rng.choice(len(X), 1000)
    return X[rows], y[rows]


def _updated(
    params: Params, gradients: Params, configs: dict[str, optim.Config], rule: UpdateRule
) -> tuple[Params, dict[str, optim.Config]]:
    updated = {name: rule(params[name], gradients[name], configs[name]) for name in params}
    next_params = {name: w for name, (w, _) in updated.items()}
    return next_params, {name: config for name, (_, config) in updated.items()}


def _accuracy(params: Params, X: Floats, y: Ints) -> float:
    return float(np.mean(nets.predict(params, X) == y))


def _like(X: Floats, values: Floats) -> Floats:
    """A copy of `values` in the dtype of X."""
    return values.astype(X.dtype)
