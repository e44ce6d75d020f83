"""Which planted mistakes the accuracy threshold sees, on the stand-in or on other data.

    python benchmarks/data_accuracy.py [--data synthetic|DIR|NPZ] [--seed 231] [--n-train 49000] [--runs 3]

Trains the reference with the course's first settings, and the same with a mistake, from the same seeds. Off
CIFAR-10 the threshold is the reference's accuracy less 0.02: `seen` counts the runs that fall below it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np

from grader.assignment1.data import Dataset, Rows, load
from reference import knn, linear, nets
from reference.arrays import Floats, Ints, LossAndGradient
from reference.training import LinearLoss, train_linear, train_two_layer

LinearDataLoss = Callable[[Floats, Floats, Ints], LossAndGradient]

SLACK = 0.02
SETTINGS = {"learning_rate": 1e-7, "reg": 2.5e4, "num_iters": 1500}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default="synthetic")
    parser.add_argument("--seed", type=int, default=231)
    parser.add_argument("--n-train", type=int, default=49_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    dataset = load(options.data, seed=options.seed, n_train=options.n_train)
    rows = dataset.preprocessed("float32")
    print(f"{dataset.name}, {dataset.source}: {len(rows.X_train)} training images, {options.runs} runs")
    for name, data_loss in {"svm": linear.svm_data_loss, "softmax": linear.softmax_data_loss}.items():
        report_linear(name, data_loss, rows, options.runs)
    print(f"two-layer net {two_layer_accuracy(rows):.3f}, k-NN (k = 10) {knn_accuracy(dataset):.3f}")


def report_linear(name: str, data_loss: LinearDataLoss, rows: Rows, runs: int) -> None:
    right = [linear_accuracy(correct(data_loss), rows, run) for run in range(runs)]
    print(f"{name:8} right                              {shown(right)}")
    mistakes = {
        "forgot the regularization gradient": forgot_regularization_gradient(data_loss),
        "gradient not divided by N": not_divided(data_loss),
    }
    for title, loss in mistakes.items():
        found = [linear_accuracy(loss, rows, run) for run in range(runs)]
        seen = sum(wrong < ok - SLACK for wrong, ok in zip(found, right, strict=True))
        print(f"{name:8} {title:34} {shown(found)}   seen {seen} of {runs}")


def shown(accuracies: list[float]) -> str:
    return " ".join(f"{accuracy:.3f}" for accuracy in accuracies)


def linear_accuracy(loss: LinearLoss, rows: Rows, run: int) -> float:
    with np.errstate(all="ignore"):  # a mistake may diverge
        W, _ = train_linear(loss, rows.X_train, rows.y_train, np.random.RandomState(run), **SETTINGS)
        return float(np.mean(linear.predict(W, rows.X_val) == rows.y_val))


def two_layer_accuracy(rows: Rows) -> float:
    X_train, X_val = rows.X_train[:, :-1], rows.X_val[:, :-1]
    params = nets.initialize((3072, 50, 10), 1e-4, np.random.RandomState(0))
    settings = {"learning_rate": 1e-3, "reg": 0.25, "num_iters": 2000}
    params, _ = train_two_layer(params, X_train, rows.y_train, np.random.RandomState(0), **settings)
    return float(np.mean(nets.predict(params, X_val) == rows.y_val))


def knn_accuracy(dataset: Dataset) -> float:
    splits = dataset.splits(num_training=5000, num_test=500)
    test, train = (X.reshape(len(X), -1) for X in (splits.X_test, splits.X_train))
    labels = knn.predict_labels(knn.distances_no_loops(test, train), splits.y_train, k=10)
    return float(np.mean(labels == splits.y_test))


def correct(data_loss: LinearDataLoss) -> LinearLoss:
    def loss(W: Floats, X: Floats, y: Ints, reg: float) -> LossAndGradient:
        value, dW = data_loss(W, X, y)
        penalty, dpenalty = linear.regularization(W, reg)
        return value + penalty, dW + dpenalty

    return loss


def forgot_regularization_gradient(data_loss: LinearDataLoss) -> LinearLoss:
    def loss(W: Floats, X: Floats, y: Ints, reg: float) -> LossAndGradient:
        value, dW = data_loss(W, X, y)
        return value + linear.regularization(W, reg)[0], dW

    return loss


def not_divided(data_loss: LinearDataLoss) -> LinearLoss:
    def loss(W: Floats, X: Floats, y: Ints, reg: float) -> LossAndGradient:
        value, dW = data_loss(W, X, y)
        penalty, dpenalty = linear.regularization(W, reg)
        return value + penalty, len(X) * dW + dpenalty

    return loss


if __name__ == "__main__":
    main()
