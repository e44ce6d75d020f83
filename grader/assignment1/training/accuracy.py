"""Validation accuracy: the student's classes trained with the course's settings beside the reference.

The judge computes it from returned labels, on images whose labels the worker never had.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.assignment1.linear.checks import convention
from grader.assignment1.linear.proxy import LinearQuestion
from grader.assignment1.training.data import FEATURES, IMAGES, TrainingData
from grader.assignment1.training.minibatches import minibatches
from grader.assignment1.training.steps import sgd_step
from grader.assignment1.training.trained import (
    CHECKED,
    epochs,
    neighbour_labels,
    trained_linear,
    trained_net,
    trains_itself,
)
from grader.checking.check import NotRun, Setting, check
from grader.checking.expect import Expect
from grader.student.answers import BadResult
from grader.student.calls import Student, StudentError, StudentMissing, StudentTimeout
from reference import knn, linear, nets, training
from reference.arrays import Floats, Params

__all__ = [
    "linear_accuracy",
    "linear_features_accuracy",
    "neighbour_accuracy",
    "net_accuracy",
    "net_features_accuracy",
]

#: How far below the reference's accuracy on the same data still passes. Correct code differs from it by its
#: random batches only (±0.01); without the regularization gradient it is 0.03 to 0.06 lower.
MARGIN = 0.02
#: How far above the reference's accuracy nobody gets by this training.
FAR = 0.10
_NOTHING = "it earns nothing until a person has looked at it"
_ASK = "ask your course's staff, who can grant the points, and tell them how it was trained"
#: What the reference's own trainings start from.
_SEED = 231
#: The first settings of svm.ipynb; softmax.ipynb starts from the same.
LINEAR: dict[str, Any] = {"learning_rate": 1e-7, "reg": 2.5e4, "num_iters": 1500, "batch_size": 200}
#: Of the grids in features.ipynb, what does well.
LINEAR_FEATURES: dict[str, Any] = {"learning_rate": 1e-7, "reg": 5e4, "num_iters": 1500, "batch_size": 200}
#: What two_layer_net.ipynb suggests after its first run.
NET: dict[str, Any] = {
    "learning_rate": 1e-3,
    "learning_rate_decay": 0.95,
    "reg": 0.25,
    "num_iters": 1000,
    "batch_size": 200,
}
NET_FEATURES: dict[str, Any] = {
    "learning_rate": 0.5,
    "learning_rate_decay": 0.95,
    "reg": 1e-3,
    "num_iters": 1000,
    "batch_size": 200,
}
HIDDEN, HIDDEN_FEATURES = 50, 100
NEIGHBOURS, NEIGHBOUR_TRAIN, NEIGHBOUR_TEST = 10, 5000, 500


@check("validation_accuracy", topic="accuracy", needs=[sgd_step, minibatches], trains=True)
def linear_accuracy(question: LinearQuestion, expect: Expect, setting: Setting) -> None:
    """Trained with the course's settings, it reaches the expected validation accuracy."""
    data = _training_data(setting)
    l2 = _convention(question, setting.seed)
    trained = trained_linear(question.student, question.kind, data, IMAGES, **LINEAR, verbose=False)
    reference = _linear_reference(question.kind, data, IMAGES, l2, LINEAR)
    _expect_accuracy(expect, trained.labels, reference, data, setting.thresholds.get(question.kind))
    _expect_learned(expect, trained.labels, _linear_labels(trained.params, data, IMAGES), data)


@check("validation_accuracy", about="linear", trains=True)
def linear_features_accuracy(features: Any, expect: Expect, setting: Setting) -> None:
    """The linear classifier, trained on image features, reaches the expected validation accuracy."""
    data = _training_data(setting)
    kind = features.linear.kind
    l2 = _convention(features.linear, setting.seed)
    trained = trained_linear(features.student, kind, data, FEATURES, **LINEAR_FEATURES, verbose=False)
    reference = _linear_reference(kind, data, FEATURES, l2, LINEAR_FEATURES)
    _expect_accuracy(expect, trained.labels, reference, data)
    _expect_learned(expect, trained.labels, _linear_labels(trained.params, data, FEATURES), data)


@check("validation_accuracy", topic="accuracy", trains=True)
def net_accuracy(question: Any, expect: Expect, setting: Setting) -> None:
    """Trained with the course's settings, the net reaches the expected validation accuracy."""
    data = _training_data(setting)
    trained = trained_net(question.student, data, IMAGES, HIDDEN, 1e-3, **NET)
    reference = _net_reference(question.student, data, IMAGES, HIDDEN, 1e-3, NET)
    _expect_accuracy(expect, trained.labels, reference, data, setting.thresholds.get("two_layer_net"))
    _expect_learned(expect, trained.labels, _net_labels(trained.params, data, IMAGES), data)


@check("validation_accuracy", about="net", trains=True)
def net_features_accuracy(features: Any, expect: Expect, setting: Setting) -> None:
    """The net, trained on image features, reaches the expected validation accuracy."""
    data = _training_data(setting)
    if not {"two_layer_net.loss", "two_layer_net.train"} & {
        *features.student.sites,
        *features.student.absent,
    }:
        raise NotRun("this edition has no net of its own")
    trained = trained_net(features.student, data, FEATURES, HIDDEN_FEATURES, 1e-1, **NET_FEATURES)
    reference = _net_reference(features.student, data, FEATURES, HIDDEN_FEATURES, 1e-1, NET_FEATURES)
    _expect_accuracy(expect, trained.labels, reference, data)
    _expect_learned(expect, trained.labels, _net_labels(trained.params, data, FEATURES), data)


@check("validation_accuracy", topic="accuracy", trains=True)
def neighbour_accuracy(question: Any, expect: Expect, setting: Setting) -> None:
    """With k = 10 and 5,000 training images it reaches the expected accuracy."""
    data = _training_data(setting)
    labels = neighbour_labels(question.student, data, NEIGHBOUR_TRAIN, NEIGHBOUR_TEST, NEIGHBOURS)
    reference = _neighbour_reference(data)
    _expect_accuracy(expect, labels, reference, data, setting.thresholds.get("knn"))


def _training_data(setting: Setting) -> TrainingData:
    if setting.training is None:
        raise NotRun("--no-train was given")
    data: TrainingData = setting.training
    return data


def _convention(question: LinearQuestion, seed: int) -> float:
    """The L2 convention that the class trains with; reg·ΣW² when it is not to be had."""
    try:
        return convention(question.vectorized, seed) or 1.0
    except (StudentError, StudentMissing, StudentTimeout, BadResult):
        return 1.0


def _expect_accuracy(
    expect: Expect, labels: Any, reference: float, data: TrainingData, course: float | None = None
) -> None:
    """As good as the `reference` on the same images, but for chance, and not far better.

    `course`: an accuracy that is enough on CIFAR-10, where even the reference's would have to be higher.
    """
    accuracy, most = float(np.mean(labels == data.y_held[: len(labels)])), reference + FAR
    least = reference - MARGIN
    if course is not None and data.dataset.is_real:
        least = min(least, course)
    expect.true(
        accuracy >= least,
        f"{accuracy:.1%} of held-out images are recognized; at least {least:.1%} are expected",
        what="accuracy on held-out images",
        measured=accuracy,
        expected=least,
    )
    expect.true(
        accuracy <= most,
        f"{accuracy:.1%} of held-out images are recognized, far more than the {reference:.1%} that this "
        f"training reaches; {_NOTHING}",
        help=_ASK,
    )


def _expect_learned(expect: Expect, labels: Any, learned: Any, data: TrainingData) -> None:
    """No better than the labels that the trained parameters give: what is known else was not learned."""
    accuracy, most = (float(np.mean(each == data.y_held)) for each in (labels, learned))
    expect.true(
        accuracy <= most + MARGIN,
        f"{accuracy:.1%} of held-out images are recognized, but the parameters after the training recognize "
        f"{most:.1%}: {_NOTHING}",
        help=_ASK,
    )


def _linear_labels(params: Params, data: TrainingData, rows: str) -> Any:
    return linear.predict(params["W"], data.array(rows, "X_held"))


def _net_labels(params: Params, data: TrainingData, rows: str) -> Any:
    return nets.predict(params, data.array(rows, "X_held"))


def _linear_reference(kind: str, data: TrainingData, rows: str, l2: float, settings: dict[str, Any]) -> float:
    def train() -> dict[str, Floats]:
        function = linear.svm_loss_vectorized if kind == "svm" else linear.softmax_loss_vectorized
        loss: Callable[..., Any] = functools.partial(function, l2=l2)
        rng = np.random.RandomState(_SEED)
        W, _ = training.train_linear(loss, data.array(rows, "X_train"), data.y_train, rng, **settings)
        return {"W": W}

    W = data.reference(f"{rows}{kind}-{l2}", train)["W"]
    return float(np.mean(linear.predict(W, data.array(rows, "X_held")) == data.y_held))


def _net_reference(
    student: Student, data: TrainingData, rows: str, hidden: int, std: float, settings: dict[str, Any]
) -> float:
    """The reference's accuracy in the form of the student's class: the lower of two runs.

    Nets differ by more than linear classifiers from one run to the next, and by their L2 convention.
    """
    train = _own_reference if trains_itself(student) else _solver_reference
    nets_trained = (
        data.reference(
            f"{rows}{train.__name__}-{seed}-{l2}",
            functools.partial(train, data, rows, hidden, std, settings, l2, seed),
        )
        for seed, l2 in ((_SEED, 1.0), (_SEED + 1, 0.5))
    )
    X = data.array(rows, "X_held")
    return min(float(np.mean(nets.predict(params, X) == data.y_held)) for params in nets_trained)


def _own_reference(
    data: TrainingData, rows: str, hidden: int, std: float, settings: dict[str, Any], l2: float, seed: int
) -> Params:
    rng = np.random.RandomState(seed)
    X = data.array(rows, "X_train")
    params = nets.initialize((X.shape[1], hidden, 10), std, rng)
    return training.train_two_layer(params, X, data.y_train, rng, l2=l2, **settings)[0]


def _solver_reference(
    data: TrainingData, rows: str, hidden: int, std: float, settings: dict[str, Any], l2: float, seed: int
) -> Params:
    """As the Solver trains; its nets know only the convention ½·reg·ΣW², whatever `l2` is."""
    rng = np.random.RandomState(seed)
    X, y = data.array(rows, "X_train"), data.y_train
    params = nets.initialize((X.shape[1], hidden, 10), std, rng)
    trained, _ = training.train_solver(
        params,
        X,
        y,
        X[:CHECKED],
        y[:CHECKED],
        rng,
        optim_config={"learning_rate": settings["learning_rate"]},
        lr_decay=settings["learning_rate_decay"],
        num_epochs=epochs(settings, len(X)),
        batch_size=settings["batch_size"],
        reg=settings["reg"],
    )
    return trained


@functools.lru_cache(maxsize=2)
def _neighbour_reference(data: TrainingData) -> float:
    X_train = np.asarray(data.array(IMAGES, "X_train")[:NEIGHBOUR_TRAIN], dtype=np.float64)
    X_held = np.asarray(data.array(IMAGES, "X_held")[:NEIGHBOUR_TEST], dtype=np.float64)
    predicted = knn.predict(X_held, X_train, data.y_train[:NEIGHBOUR_TRAIN], k=NEIGHBOURS)
    return float(np.mean(predicted == data.y_held[:NEIGHBOUR_TEST]))
