"""What the student's classes are trained on, and how well the reference does on the same.

Everything is made once, kept in the cache and memory-mapped; a worker gets the folder `given`, in which
there are no labels of the images that it is judged by. What is trained on is public; those images are the
seed's own.
"""

from __future__ import annotations

import functools
import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grader.assignment1 import data as datasets
from grader.assignment1.data import Dataset, Rows
from grader.assignment1.data.cache import cached, forget, mark_used
from reference import features
from reference.arrays import Array, Floats, Ints

__all__ = ["FEATURES", "IMAGES", "TrainingData"]

#: Training images beyond which accuracy grows slowly; the real CIFAR-10 is used whole.
FEWER = 10_000
#: The two kinds of rows, by the prefix of their files' names.
IMAGES, FEATURES = "", "features_"
#: Images of so many seeds stay in the cache, 65 MB each, and of all that were used within a day.
_SEEDS_KEPT, _IDLE_S = 3, 24 * 3600.0
#: Raised when an array that is kept would come out differently.
_VERSION = 1


@dataclass(frozen=True)
class TrainingData:
    """`data` and `beside` as for `datasets.load`. Small, and so cheap to hand to another process.

    `seed`: that of the images which the class is judged by.
    """

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
        return self._folder / "given"

    def file(self, kind: str, name: str) -> str:
        """The name of a shared file: `features_X_held.npy`."""
        return f"{kind}{name}.npy"

    def array(self, kind: str, name: str) -> Floats:
        """The judge's view of a shared file."""
        return _mapped(self.given / self.file(kind, name))

    @property
    def y_train(self) -> Ints:
        return self.rows.y_train

    @property
    def y_held(self) -> Ints:
        """The labels that no worker gets."""
        found: Ints = np.load(self._folder / "held" / "y_held.npy", allow_pickle=False)
        return found

    def reference(self, what: str, train: Callable[[], Mapping[str, Floats]]) -> dict[str, Floats]:
        """The reference's parameters after the training `what`; trained once, whatever the seed, and kept."""

        def write(folder: Path) -> None:
            for name, value in train().items():
                np.save(folder / f"{name}.npy", value)

        folder = cached(f"{self._key}-reference-{what}-v{_VERSION}", write)
        return {file.stem: _mapped(file) for file in sorted(folder.glob("*.npy"))}

    @property
    def _key(self) -> str:
        return f"{self.dataset.key}-{len(self.rows.X_train)}"

    @property
    def _folder(self) -> Path:
        # A worker may see the folder's name, which tells nothing of a secret seed.
        name = hashlib.sha256(f"held out by {self.seed}".encode()).hexdigest()[:16]
        folder = cached(f"{self._key}-{name}-v{_VERSION}", self._write)
        mark_used(folder)
        return folder

    def _write(self, folder: Path) -> None:
        forget(f"{self._key}-{'[0-9a-f]' * 16}-v*", _SEEDS_KEPT, _IDLE_S)
        images, labels = datasets.held_out(self.dataset, self.seed)
        given, held = folder / "given", folder / "held"
        held.mkdir(mode=0o700)
        np.save(held / "y_held.npy", labels)
        given.mkdir()
        np.save(given / "X_held.npy", self._centred(images))
        shared = cached(f"{self._key}-features-v{_VERSION}", self._write_features)
        for source in (self.rows.given / "X_train.npy", self.rows.given / "y_train.npy"):
            _link(source, given / source.name)
        _link(shared / "features_X_train.npy", given / "features_X_train.npy")
        raw = _mapped(shared / "raw.npy")
        np.save(given / "features_X_held.npy", features.standardize(raw, features.extract(images))[1])

    def _centred(self, images: Array) -> Floats:
        """The images as the rows of X_train are."""
        rows = np.ones((len(images), self.rows.X_train.shape[1]), self.rows.X_train.dtype)
        rows[:, : self.rows.mean.size] = images.reshape(len(images), -1) - self.rows.mean
        return rows

    def _write_features(self, folder: Path) -> None:
        raw = features.extract(self.dataset.X_train[: len(self.rows.X_train)])
        np.save(folder / "raw.npy", raw)
        np.save(folder / "features_X_train.npy", features.standardize(raw)[0])


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        np.save(target, _mapped(source))


def _mapped(path: Path) -> Floats:
    found: Floats = np.load(path, mmap_mode="r", allow_pickle=False)
    return found


@functools.cache
def _load(data: str, beside: Path | None) -> Dataset:
    return datasets.load(data, beside)


@functools.cache
def _rows(key: str, data: str, beside: Path | None) -> Rows:
    dataset = _load(data, beside)
    return dataset.preprocessed("float32", num_training=49_000 if dataset.is_real else FEWER)
