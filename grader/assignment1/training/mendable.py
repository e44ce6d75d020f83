"""Small problems on which `train` and `predict` are mended: a spy stands in for the loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from grader.assignment1.nets.training import DECAY, unpacked
from grader.diagnosis.mending.scenes import Measure, Mendable, Output, Scene, Steps
from grader.intake.site import Site
from reference import linear as reference

__all__ = ["trainings"]

LINEAR = ("svm", "softmax")
LEARNING_RATE, REG, LOSS = 0.041, 0.77, 1.25
#: (N, features, classes, batch size, steps) of each scene. An epoch is a whole number of batches.
SIZES = ((24, 5, 4, 6, 4), (30, 6, 5, 8, 3))
NET_SIZES = ((24, 5, 7, 6, 5), (32, 4, 6, 8, 6))


def trainings(role: str, sites: Mapping[str, Site]) -> list[Mendable]:
    """`train` and `predict` of the linear classifiers, and `train` of the net."""
    question, _, name = role.partition(".")
    site = sites[role]
    if name == "train" and question in LINEAR:
        scenes = [_linear(site, *size) for size in SIZES]
    elif name == "train" and question == "two_layer_net":
        scenes = [_net(site, *size) for size in NET_SIZES]
    elif name == "predict" and question in LINEAR:
        scenes = [_prediction(site, shape) for shape in ((7, 5, 4), (9, 6, 8))]
    else:
        return []
    return [Mendable(role, (site,), tuple(scenes))]


def _data(count: int, features: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Examples whose first entry is their number and whose second their label."""
    rng = np.random.default_rng([79, count])
    X, y = rng.standard_normal((count, features)), rng.permutation(count) % classes
    X[:, 0], X[:, 1] = np.arange(count), y
    return X, y


def _turned(site: Site, array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array.T) if site.transposed else array


def _linear(site: Site, count: int, features: int, classes: int, size: int, number: int) -> Scene:
    (X, y), rng = _data(count, features, classes), np.random.default_rng([80, count])
    dW = _turned(site, rng.standard_normal((features, classes)))
    steps = Steps()
    model = steps.call(site)
    spy = steps.spy(model, "loss", (LOSS, dW), watch=["W"])
    settings = {"learning_rate": LEARNING_RATE, "reg": REG, "num_iters": number, "batch_size": size}
    returned = steps.call(model, _turned(site, X), y, method="train", **settings, verbose=False)
    calls, last = steps.get(spy, "calls"), steps.get(model, "W")
    weights = [Output("W", calls, (n, "watched", "W"), dW.shape) for n in range(number)]
    weights.append(Output("W", last, (), dW.shape))
    right: list[Any] = [-LEARNING_RATE * n * dW for n in range(number + 1)]
    moved = [Measure(f"step {n + 1}", n + 1, n) for n in range(number)]
    return _with_batches(site, steps, calls, (returned, ()), size, number, weights, right, moved)


def _net(site: Site, count: int, features: int, classes: int, size: int, number: int) -> Scene:
    """A net with one hidden unit."""
    (X, y), rng = _data(count, features, classes), np.random.default_rng([81, count])
    gradients = unpacked(rng.standard_normal(features + 1 + 2 * classes), features, classes)
    steps = Steps()
    model = steps.call(site, features, 1, classes)
    spy = steps.spy(model, "loss", (LOSS, gradients), watch=["params"], least=2)
    steps.spy(model, "predict", 0)
    settings = {"learning_rate": LEARNING_RATE, "reg": REG, "num_iters": number, "batch_size": size}
    settings |= {"learning_rate_decay": DECAY, "verbose": False}
    returned = steps.call(model, X, y, X[:5], y[:5], method="train", **settings)
    calls, last = steps.get(spy, "calls"), steps.get(model, "params")
    outputs: list[Output] = []
    right: list[Any] = []
    moved: list[Measure] = []
    for name in gradients:
        start = len(outputs)
        outputs += [
            Output(name, calls, (n, "watched", "params", name), gradients[name].shape) for n in range(number)
        ]
        outputs.append(Output(name, last, (name,), gradients[name].shape))
        rates = _rates(count, size, number)
        right += [-sum(rates[:n]) * gradients[name] for n in range(number + 1)]
        moved += [Measure(f"step {n + 1} of {name}", start + n + 1, start + n) for n in range(number)]
    return _with_batches(
        site, steps, calls, (returned, ("loss_history",)), size, number, outputs, right, moved
    )


def _rates(count: int, size: int, number: int) -> list[float]:
    """The learning rate of each step: it decays after the first and then once an epoch."""
    per_epoch, rate, rates = max(count / size, 1), LEARNING_RATE, []
    for step in range(number):
        rates.append(rate)
        rate *= DECAY if step % per_epoch == 0 else 1
    return rates


def _with_batches(
    site: Site,
    steps: Steps,
    calls: int,
    history: tuple[int, Any],
    size: int,
    number: int,
    outputs: list[Output],
    right: list[Any],
    measures: list[Measure],
) -> Scene:
    """The scene with what each step passes to the loss, and the losses that come back."""
    first = len(outputs)
    row = (1,) if site.transposed else (None, 1)
    for n in range(number):
        outputs.append(Output("reg", calls, (n, "args", 2), (), also=(n, "kwargs", "reg")))
        outputs.append(Output("y_batch", calls, (n, "args", 1), (size,), also=(n, "kwargs", "y")))
        outputs.append(Output("X_batch", calls, (n, "args", 0, row), (size,), also=(n, "kwargs", "X", row)))
    outputs.append(Output("loss_history", history[0], history[1], (number,)))
    right += [REG, 0.0, 0.0] * number + [LOSS]
    measures += [Measure("reg", first + 3 * n) for n in range(number)]
    measures += [
        Measure("the labels of a batch", first + 3 * n + 1, first + 3 * n + 2) for n in range(number)
    ]
    measures.append(Measure("loss_history", first + 3 * number))
    return Scene(steps.written, outputs, [right], measures)


def _prediction(site: Site, shape: tuple[int, int, int]) -> Scene:
    count, features, classes = shape
    rng = np.random.default_rng([82, count])
    X, W = rng.standard_normal((count, features)), rng.standard_normal((features, classes))
    X[::2, -1], W[-1] = 3.0, -4.0  # all scores of every other example are negative
    steps = Steps()
    model = steps.call(site)
    steps.set(model, "W", _turned(site, W))
    found = steps.call(model, _turned(site, X), method="predict")
    return Scene(steps.written, [Output("the labels", found, (), (count,))], [[reference.predict(W, X)]])
