"""The images that notebooks run on: what they are given, and what they never see."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grader.assignment1.data import stand_in
from grader.assignment1.data.batch_writer import TRAIN_BATCHES, write_layout
from grader.assignment1.data.dataset import Dataset
from grader.assignment1.notebooks.rewrite import QUICK
from reference.arrays import Array, Ints

__all__ = ["CourseData", "Images", "full_data", "judging_data", "quick_data"]

#: Test images that no notebook is given.
HELD_OUT = 1000


@dataclass(frozen=True)
class Images:
    """X is uint8 (n, 32, 32, 3), y int64 (n,)."""

    X: Array
    y: Ints

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class CourseData:
    """`folder` holds the course's pickles of `train` and of `tests` test images; `held_out` is not in it.

    `is_real`: the official photographs, for which the course's thresholds were made.
    """

    folder: Path
    train: Images
    tests: int
    held_out: Images
    is_real: bool


def quick_data(folder: Path, seed: int = stand_in.DEFAULT_SEED) -> CourseData:
    """A few thousand images of the stand-in, written into `folder`."""
    train = Images(*stand_in.draw(seed, stand_in.Stream.TRAIN, QUICK["batch"] * len(TRAIN_BATCHES)))
    test = Images(*stand_in.draw(seed, stand_in.Stream.TEST, QUICK["test"]))
    return _written(folder, train, test, Images(test.X[:0], test.y[:0]), is_real=False)


def full_data(folder: Path, dataset: Dataset) -> CourseData:
    """All images of a data set, written into `folder`.

    The last test images are replaced by the first ones: there are as many as the notebooks count on, and the
    judge keeps some that they never saw.
    """
    X = np.concatenate([dataset.X_train, dataset.X_val])
    y = np.concatenate([dataset.y_train, dataset.y_val])
    whole = len(X) - len(X) % len(TRAIN_BATCHES)
    held_out = _held_out(dataset)
    X_test, y_test = np.array(dataset.X_test), np.array(dataset.y_test)
    hidden = len(held_out)
    X_test[-hidden:], y_test[-hidden:] = X_test[:hidden], y_test[:hidden]
    return _written(
        folder, Images(X[:whole], y[:whole]), Images(X_test, y_test), held_out, is_real=dataset.is_real
    )


def judging_data(dataset: Dataset) -> CourseData:
    """The same held-out images for models that were trained elsewhere; nothing is written."""
    train = Images(dataset.X_train, dataset.y_train)
    return CourseData(dataset.given, train, len(dataset.y_test), _held_out(dataset), dataset.is_real)


def _held_out(dataset: Dataset) -> Images:
    hidden = min(HELD_OUT, len(dataset.y_test) // 2)
    return Images(np.array(dataset.X_test[-hidden:]), np.array(dataset.y_test[-hidden:]))


def _written(folder: Path, train: Images, test: Images, held_out: Images, *, is_real: bool) -> CourseData:
    write_layout(folder, (train.X, train.y), (test.X, test.y))
    return CourseData(folder, train, len(test), held_out, is_real)
