"""What the student's classes are trained on, and how well the reference does on the same.

Everything is made once, kept in the cache and memory-mapped; a worker gets the folder `given`, in which
there are no labels of the images that it is judged by.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from grader.assignment1 import data as datasets
from grader.assignment1.data import Dataset, Rows
from grader.assignment1.data.cache import cached
from reference import features
from reference.arrays import Floats, Ints

__all__ = ["FEATURES", "IMAGES", "TrainingData"]

#: Training images beyond which accuracy grows slowly; the real CIFAR-10 is used whole, as its thresholds ask.
FEWER = 10_000
#: Held-out images of the test set beside the 1,000 for validation: with 1,000 alone, chance decides ±0.015.
HELD_OUT = 4_000
#: The two kinds of rows, by the prefix of their files' names.
IMAGES, FEATURES = "", "features_"
#: Raised when a figure that is kept would come out differently.
_VERSION = 1


@dataclass(frozen=True)
class TrainingData:
    """`data` and `beside` as for `datasets.load`. Small, and so cheap to hand to another process."""

    data: str = "auto"
    seed: int = 231
    beside: Path | None = None

    @property
    def dataset(self) -> Dataset:
        return _load(self.data, self.beside)

    @property
    def description(self) -> str:
        """The data in a few words, for a report."""
        return f"{self.dataset.name}, {len(self.rows.X_train):,} training images"

    @property
    def key(self) -> str:
        return self.dataset.key

    @property
    def rows(self) -> Rows:
        """Images less their mean, with a bias column, float32."""
        return _rows(self.dataset.key, self.data, self.beside)

    @property
    def given(self) -> Path:
        """The folder for the workers: `X_train.npy`, `y_train.npy`, `X_held.npy`; the same of features."""
        return cached(f"{self._key}-training", self._write_given)

    def file(self, kind: str, name: str) -> str:
        """The name of a shared file: `features_X_held.npy`."""
        return f"{kind}{name}.npy"

    def array(self, kind: str, name: str) -> Floats:
        """The judge's view of a shared file."""
        found: Floats = np.load(self.given / self.file(kind, name), mmap_mode="r", allow_pickle=False)
        return found

    @property
    def y_train(self) -> Ints:
        return self.rows.y_train

    @property
    def y_held(self) -> Ints:
        """The labels that no worker gets: of the validation images, then of test images."""
        return np.concatenate([self.rows.y_val, self.rows.y_test])

    def reference_accuracy(self, what: str, measure: Callable[[], float]) -> float:
        """The reference's accuracy on held-out images in the training `what`; measured once, then kept."""

        def write(folder: Path) -> None:
            (folder / "accuracy.json").write_bytes(msgspec.json.encode(measure()))

        folder = cached(f"{self._key}-accuracy-{what}-{self.seed}-v{_VERSION}", write)
        return msgspec.json.decode((folder / "accuracy.json").read_bytes(), type=float)

    @property
    def _key(self) -> str:
        return f"{self.dataset.key}-{len(self.rows.X_train)}-{len(self.y_held)}"

    def _write_given(self, folder: Path) -> None:
        for name in ("X_train", "y_train"):
            source = self.rows.given / f"{name}.npy"
            try:
                os.link(source, folder / f"{name}.npy")
            except OSError:  # another file system
                np.save(folder / f"{name}.npy", np.load(source))
        np.save(folder / "X_held.npy", np.concatenate([self.rows.X_val, self.rows.X_test]))
        splits = self.dataset.splits(len(self.rows.X_train), len(self.rows.X_val), len(self.rows.X_test))
        held = np.concatenate([splits.X_val, splits.X_test])
        sets = features.standardize(features.extract(splits.X_train), features.extract(held))
        np.save(folder / "features_X_train.npy", sets[0])
        np.save(folder / "features_X_held.npy", sets[1])


@functools.cache
def _load(data: str, beside: Path | None) -> Dataset:
    return datasets.load(data, beside)


@functools.cache
def _rows(key: str, data: str, beside: Path | None) -> Rows:
    dataset = _load(data, beside)
    return dataset.preprocessed(
        "float32", num_training=49_000 if dataset.is_real else FEWER, num_test=HELD_OUT
    )
