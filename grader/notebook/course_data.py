"""The images that notebooks run on: what they are given, and what they never see."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader.datasets import stand_in
from grader.datasets.batch_writer import TRAIN_BATCHES, write_layout
from grader.notebook.rewrite import QUICK
from reference.arrays import Array, Ints

__all__ = ["HELD_OUT", "CourseData", "full_data", "quick_data"]

#: Test images whose labels no notebook is given.
HELD_OUT = 1000


@dataclass(frozen=True)
class CourseData:
    """`folder` holds the course's pickles. Images are uint8 (n, 32, 32, 3), labels int64 (n,).

    `train` is what the folder holds; `held_out` is not in it. `real`: photographs, not the stand-in.
    """

    folder: Path
    train: tuple[Array, Ints]
    held_out: tuple[Array, Ints]
    real: bool


def quick_data(folder: Path, seed: int = stand_in.DEFAULT_SEED) -> CourseData:
    """A few thousand images of the stand-in, written into `folder`."""
    train = stand_in.draw(seed, stand_in.Part.TRAIN, QUICK["batch"] * len(TRAIN_BATCHES))
    test = stand_in.draw(seed, stand_in.Part.TEST, QUICK["test"] + HELD_OUT)
    return _written(folder, train, test, real=False)


def full_data(folder: Path, train: tuple[Array, Ints], test: tuple[Array, Ints], *, real: bool) -> CourseData:
    """All images, the last test images replaced by copies of the first: `test` keeps its length."""
    X, y = test[0].copy(), test[1].copy()
    X[-HELD_OUT:], y[-HELD_OUT:] = X[:HELD_OUT], y[:HELD_OUT]
    write_layout(folder, train, (X, y))
    return CourseData(folder, train, (test[0][-HELD_OUT:], test[1][-HELD_OUT:]), real)


def _written(folder: Path, train: tuple[Array, Ints], test: tuple[Array, Ints], *, real: bool) -> CourseData:
    given = test[0][:-HELD_OUT], test[1][:-HELD_OUT]
    write_layout(folder, train, given)
    return CourseData(folder, train, (test[0][-HELD_OUT:], test[1][-HELD_OUT:]), real)
