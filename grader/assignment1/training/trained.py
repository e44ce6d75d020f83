"""The student's classes trained on shared data: the labels that they then predict, and their parameters."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.training.data import IMAGES, TrainingData
from grader.student.answers import BadResult, as_array, as_labels, as_numbers, describe
from grader.student.calls import Student
from grader.wall.wire import SharedArray
from reference.arrays import Params

__all__ = ["CHECKED", "epochs", "neighbour_labels", "trained_linear", "trained_net", "trains_itself"]

Labels = NDArray[np.int64]

CLASSES = 10
#: Seconds that one training may take; the reference needs 2 to 6.
TRAINING_S = 180.0
#: Training images that stand in for validation images where a class asks for some.
CHECKED = 500


class Trained(NamedTuple):
    """The labels that a trained class predicts, and its parameters, which must give the same ones."""

    labels: Labels
    params: Params


def trained_linear(
    student: Student, question: str, data: TrainingData, kind: str, **settings: Any
) -> Trained:
    """Train `LinearSVM` or `Softmax` on rows of one kind; the parameters are W (D, C).

    Raises:
        StudentError, StudentTimeout, StudentMissing, BadResult.
    """
    role, predict = f"{question}.train", f"{question}.predict"
    turned = student.site(role).transposed
    X, y = SharedArray(data.file(kind, "X_train"), turned), SharedArray(data.file(IMAGES, "y_train"))
    model = student.call(role, keep=True).value
    student.call(role, X, y, on=model, timeout=TRAINING_S, **settings)
    X_held = SharedArray(data.file(kind, "X_held"), student.site(predict).transposed)
    value = student.call(predict, X_held, on=model, timeout=TRAINING_S).value
    labels = _predicted(value, len(data.y_held))
    W = as_numbers(student.get(role, model, "W"), "self.W after `train`")
    shape = (data.array(kind, "X_train").shape[1], CLASSES)
    return Trained(labels, {"W": as_array(W.T if turned else W, shape, "self.W after `train`")})


def _predicted(value: Any, count: int) -> Labels:
    """The labels that a trained class predicts; only zeros are what a diverged one gives, not a stub's."""
    if isinstance(value, np.ndarray) and value.shape == (count,) and not np.any(value):
        return np.zeros(count, dtype=np.int64)
    return as_labels(value, count).astype(np.int64)


def neighbour_labels(student: Student, data: TrainingData, train: int, test: int, k: int) -> Labels:
    """Predict the labels of the first `test` held-out images from the first `train` training images."""
    X = SharedArray(data.file(IMAGES, "X_train"), rows=train)
    y = SharedArray(data.file(IMAGES, "y_train"), rows=train)
    model = student.call("knn.predict", keep=True).value
    student.call("knn.predict", X, y, on=model, method="train")
    X_held = SharedArray(data.file(IMAGES, "X_held"), rows=test)
    value = student.call("knn.predict", X_held, on=model, timeout=TRAINING_S, k=k, num_loops=0).value
    return as_labels(value, test).astype(np.int64)


def trained_net(
    student: Student, data: TrainingData, kind: str, hidden: int, std: float, **settings: Any
) -> Trained:
    """Train `TwoLayerNet` by its own `train`, or by the Solver where it has none.

    Args:
        settings: learning_rate, learning_rate_decay, reg, num_iters, batch_size.
    """
    train = _by_own_train if trains_itself(student) else _by_solver
    return train(student, data, kind, hidden, std, settings)


def trains_itself(student: Student) -> bool:
    """Whether the edition's net has a `train` of its own, as in neural_net.py."""
    return "two_layer_net.train" in student.sites or "two_layer_net.train" in student.absent


def epochs(settings: dict[str, Any], count: int) -> int:
    """As many whole epochs of the Solver as `num_iters` steps make; one at least."""
    return max(1, int(settings["num_iters"] * settings["batch_size"] // count))


def _by_own_train(
    student: Student, data: TrainingData, kind: str, hidden: int, std: float, settings: dict[str, Any]
) -> Trained:
    role = "two_layer_net.train"
    X, y = SharedArray(data.file(kind, "X_train")), SharedArray(data.file(IMAGES, "y_train"))
    # `train` wants validation data; it gets some of the training images.
    few = (
        SharedArray(data.file(kind, "X_train"), rows=CHECKED),
        SharedArray(data.file(IMAGES, "y_train"), rows=CHECKED),
    )
    dim = data.array(kind, "X_train").shape[1]
    model = student.call(role, dim, hidden, CLASSES, std, keep=True).value
    student.call(role, X, y, *few, on=model, timeout=TRAINING_S, **settings, verbose=False)
    X_held = SharedArray(data.file(kind, "X_held"))
    value = student.call("two_layer_net.predict", X_held, on=model, timeout=TRAINING_S).value
    labels = _predicted(value, len(data.y_held))
    return Trained(labels, _net_params(student.get(role, model, "params"), (dim, hidden, CLASSES)))


def _by_solver(
    student: Student, data: TrainingData, kind: str, hidden: int, std: float, settings: dict[str, Any]
) -> Trained:
    role = "two_layer_net.loss"
    X_train = data.array(kind, "X_train")
    sizes = (X_train.shape[1], hidden, CLASSES)
    model = student.call(role, *sizes, std, keep=True, reg=settings["reg"]).value
    arrays = {
        "X_train": SharedArray(data.file(kind, "X_train")),
        "y_train": SharedArray(data.file(IMAGES, "y_train")),
        "X_val": SharedArray(data.file(kind, "X_train"), rows=CHECKED),
        "y_val": SharedArray(data.file(IMAGES, "y_train"), rows=CHECKED),
    }
    solver = student.call(
        "solver",
        model,
        arrays,
        keep=True,
        update_rule="sgd",
        optim_config={"learning_rate": settings["learning_rate"]},
        lr_decay=settings["learning_rate_decay"],
        num_epochs=epochs(settings, len(X_train)),
        batch_size=settings["batch_size"],
        verbose=False,
    ).value
    student.call("solver", on=solver, method="train", timeout=TRAINING_S)
    scores = student.call(role, SharedArray(data.file(kind, "X_held")), on=model, timeout=TRAINING_S).value
    found = as_array(scores, (len(data.y_held), CLASSES), "the array of scores")
    params = _net_params(student.get(role, model, "params"), sizes)
    return Trained(np.argmax(found, axis=1), params)


def _net_params(value: Any, sizes: tuple[int, int, int]) -> Params:
    """W1, b1, W2 and b2 of a net, whatever number the first layer has and whatever shape its biases.

    Raises:
        BadResult: there are none such.
    """
    if not isinstance(value, dict):
        raise BadResult(f"self.params is {describe(value)}", "keep W1, b1, W2 and b2 in self.params")
    params: Params = {}
    first = 0 if "W0" in value else 1
    for layer, shape in enumerate(pairwise(sizes)):
        W, b = (f"{name}{first + layer}" for name in "Wb")
        weights, biases = (as_numbers(value.get(name), f'self.params["{name}"]') for name in (W, b))
        params[f"W{layer + 1}"] = as_array(weights, shape, f'self.params["{W}"]')
        if biases.size not in (1, shape[1]):
            raise BadResult(f'self.params["{b}"] has {biases.size} numbers, not {shape[1]}')
        params[f"b{layer + 1}"] = as_array(np.resize(biases, shape[1]), shape[1:], f'self.params["{b}"]')
    return params
