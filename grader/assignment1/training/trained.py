"""The student's classes trained on shared data, and the labels that they then predict."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.training.data import IMAGES, TrainingData
from grader.student.answers import as_array, as_labels
from grader.student.calls import Student
from grader.wall.wire import SharedArray

__all__ = [
    "CHECKED",
    "TRAINING_S",
    "epochs",
    "linear_labels",
    "neighbour_labels",
    "net_labels",
    "trains_itself",
]

Labels = NDArray[np.int64]

#: Seconds that one training may take; the reference needs 2 to 6.
TRAINING_S = 180.0
#: Training images that stand in for validation images where a class asks for some.
CHECKED = 500


def linear_labels(student: Student, question: str, data: TrainingData, kind: str, **settings: Any) -> Labels:
    """Train `LinearSVM` or `Softmax` on rows of one kind and predict the held-out images' labels.

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
    return _predicted(value, len(data.y_held))


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


def net_labels(
    student: Student, data: TrainingData, kind: str, hidden: int, std: float, **settings: Any
) -> Labels:
    """Train `TwoLayerNet` by its own `train`, or by the Solver where it has none, and predict.

    Args:
        settings: learning_rate, learning_rate_decay, reg, num_iters, batch_size.
    """
    if trains_itself(student):
        return _by_own_train(student, data, kind, hidden, std, settings)
    return _by_solver(student, data, kind, hidden, std, settings)


def trains_itself(student: Student) -> bool:
    """Whether the edition's net has a `train` of its own, as in neural_net.py."""
    return "two_layer_net.train" in student.sites or "two_layer_net.train" in student.absent


def epochs(settings: dict[str, Any], count: int) -> int:
    """As many whole epochs of the Solver as `num_iters` steps make; one at least."""
    return max(1, int(settings["num_iters"] * settings["batch_size"] // count))


def _by_own_train(
    student: Student, data: TrainingData, kind: str, hidden: int, std: float, settings: dict[str, Any]
) -> Labels:
    role = "two_layer_net.train"
    X, y = SharedArray(data.file(kind, "X_train")), SharedArray(data.file(IMAGES, "y_train"))
    # `train` wants validation data; it gets some of the training images.
    few = (
        SharedArray(data.file(kind, "X_train"), rows=CHECKED),
        SharedArray(data.file(IMAGES, "y_train"), rows=CHECKED),
    )
    dim = data.array(kind, "X_train").shape[1]
    model = student.call(role, dim, hidden, 10, std, keep=True).value
    student.call(role, X, y, *few, on=model, timeout=TRAINING_S, verbose=False, **settings)
    X_held = SharedArray(data.file(kind, "X_held"))
    value = student.call("two_layer_net.predict", X_held, on=model, timeout=TRAINING_S).value
    return _predicted(value, len(data.y_held))


def _by_solver(
    student: Student, data: TrainingData, kind: str, hidden: int, std: float, settings: dict[str, Any]
) -> Labels:
    role = "two_layer_net.loss"
    X_train = data.array(kind, "X_train")
    model = student.call(role, X_train.shape[1], hidden, 10, std, keep=True, reg=settings["reg"]).value
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
    found = as_array(scores, (len(data.y_held), 10), "the array of scores")
    labels: Labels = np.argmax(found, axis=1)
    return labels
