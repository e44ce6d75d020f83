"""Where this course has its modules and data, and what its trainings are called."""

from __future__ import annotations

from grader.student.layout import Layout

__all__ = ["LAYOUT"]

LAYOUT = Layout(
    package="cs231n",
    loose="cs231n.classifiers",
    folders=("cs231n/datasets/cifar-10-batches-py", "cs231n/saved"),
    trainings={
        "method": "train",
        "steps": ["num_iters", "num_iterations", "n_iters", "iters", "max_iters", "iterations"],
        # The Solver has the first of these as an attribute.
        "epochs": ["num_epochs", "epochs", "n_epochs"],
        "batch_size": "batch_size",
        "data": {"train": ["X_train", "y_train"], "val": ["X_val", "y_val"]},
        # Steps of the first few trainings in each cell, and of the others.
        "full": 3,
        "first": 100,
        "rest": 2,
    },
)
