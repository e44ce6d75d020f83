"""A data set on disk: images and labels as `.npy` files that every process maps instead of reading.

What a submission may see and what only the judge may see lie in different folders, so that the first can
be shown to a worker whole: `given/` has all images and the training labels, `held/` has the other labels.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
import numpy as np

from grader.assignment1.data.cache import DataError, cached
from reference.arrays import Array, Floats, Ints

__all__ = ["About", "Arrays", "Dataset", "Rows", "content_hash", "open_dataset", "write_dataset"]

_GIVEN, _HELD, _ABOUT = "given", "held", "about.json"
_CHUNK = 1000  # rows converted at a time
_VALIDATION = 1_000

Precision = Literal["float32", "float64"]


class Arrays(NamedTuple):
    """Images are uint8 (n, 32, 32, 3), labels int64 (n,)."""

    X_train: Array
    y_train: Ints
    X_val: Array
    y_val: Ints
    X_test: Array
    y_test: Ints


class About(msgspec.Struct, frozen=True):
    """What a data set is. `sha256` is `content_hash` of its arrays."""

    name: str
    is_real: bool  # the whole official CIFAR-10, for which the course's thresholds were made
    source: str
    sha256: str = ""


@dataclass(frozen=True)
class Rows:
    """Preprocessed images as rows: X is (n, 3073) with a last column of ones; y is int64 (n,).

    `given` is the folder of the `.npy` files that a worker may map: X_train, y_train, X_val, X_test.
    """

    X_train: Floats
    y_train: Ints
    X_val: Floats
    y_val: Ints
    X_test: Floats
    y_test: Ints
    mean: Floats  # float64 (3072,), the mean training image
    given: Path


@dataclass(frozen=True)
class Dataset:
    """Images in memory-mapped files, read-only; `given` is the folder that may be shown to a worker."""

    name: str
    is_real: bool
    source: str
    sha256: str
    key: str
    given: Path
    X_train: Array
    y_train: Ints
    X_val: Array
    y_val: Ints
    X_test: Array
    y_test: Ints
    notes: tuple[str, ...] = ()  # what was passed over, and why
    drawn_from: int | None = None  # the stand-in's seed

    def splits(self, num_training: int = 49_000, num_test: int = 1_000) -> Arrays:
        """The first images of each kind, at most as many as there are; 1,000 for validation."""
        return Arrays(
            *(self.X_train[:num_training], self.y_train[:num_training]),
            *(self.X_val[:_VALIDATION], self.y_val[:_VALIDATION]),
            *(self.X_test[:num_test], self.y_test[:num_test]),
        )

    def preprocessed(self, dtype: Precision = "float64", num_training: int = 49_000) -> Rows:
        """Rows as the course's notebooks prepare them: less the mean training image, then a column of ones.

        Made once and kept in the cache; 49,000 rows take 1.2 GB in float64 and half of that in float32.
        """
        splits = self.splits(num_training)
        sizes = "-".join(str(len(X)) for X in (splits.X_train, splits.X_val, splits.X_test))
        folder = cached(f"{self.key}-{dtype}-bias-{sizes}", lambda fresh: _write_rows(fresh, splits, dtype))
        given, held = folder / _GIVEN, folder / _HELD
        return Rows(
            *(_map(given / "X_train"), _map(given / "y_train")),
            *(_map(given / "X_val"), _map(held / "y_val")),
            *(_map(given / "X_test"), _map(held / "y_test")),
            mean=_map(given / "mean"),
            given=given,
        )


def content_hash(arrays: Arrays) -> str:
    """SHA-256 over name, type and shape of each array, then its content; the same on every machine."""
    digest = hashlib.sha256()
    for name, array in zip(arrays._fields, arrays, strict=True):
        digest.update(f"{name} {array.dtype.name} {array.shape}\n".encode())
        little_endian = array.astype(array.dtype.newbyteorder("<"), copy=False)
        digest.update(np.ascontiguousarray(little_endian).data)
    return digest.hexdigest()


def write_dataset(folder: Path, arrays: Arrays, about: About) -> None:
    """Fill an empty folder, for `cached`."""
    _write_arrays(folder, arrays._asdict())
    about = msgspec.structs.replace(about, sha256=content_hash(arrays))
    (folder / _ABOUT).write_bytes(msgspec.json.encode(about))


def open_dataset(folder: Path) -> Dataset:
    """The data set that `write_dataset` wrote."""
    about = msgspec.json.decode((folder / _ABOUT).read_bytes(), type=About)
    arrays = Arrays(*(_map(_place(folder, name)) for name in Arrays._fields))
    return Dataset(
        about.name,
        about.is_real,
        about.source,
        about.sha256,
        folder.name,
        folder / _GIVEN,
        *arrays,
    )


def _write_arrays(folder: Path, arrays: dict[str, Array]) -> None:
    (folder / _GIVEN).mkdir()
    (folder / _HELD).mkdir()
    for name, array in arrays.items():
        np.save(_place(folder, name).with_suffix(".npy"), array)


def _place(folder: Path, name: str) -> Path:
    return folder / (_HELD if name in ("y_val", "y_test") else _GIVEN) / name


def _map(path: Path) -> Array:
    array: Array = np.load(path.with_suffix(".npy"), mmap_mode="r", allow_pickle=False)
    return array


def _write_rows(folder: Path, splits: Arrays, dtype: Precision) -> None:
    if len(splits.X_train) == 0:
        raise DataError("no training images are asked for; num_training must be at least 1")
    mean = _mean_image(splits.X_train)
    labels = {"y_train": splits.y_train, "y_val": splits.y_val, "y_test": splits.y_test}
    _write_arrays(folder, {"mean": mean, **labels})
    for name, images in {"X_train": splits.X_train, "X_val": splits.X_val, "X_test": splits.X_test}.items():
        path = _place(folder, name).with_suffix(".npy")
        shape = (len(images), mean.size + 1)
        rows = np.lib.format.open_memmap(path, mode="w+", dtype=np.dtype(dtype), shape=shape)
        for start in range(0, len(images), _CHUNK):
            chunk = images[start : start + _CHUNK]
            rows[start : start + _CHUNK, : mean.size] = chunk.reshape(len(chunk), -1) - mean
        rows[:, mean.size :] = 1
        rows.flush()


def _mean_image(images: Array) -> Floats:
    """The mean as float64 rows; sums of bytes are whole numbers, so the course's own mean is the same."""
    total = np.zeros(images[0].size, np.int64)
    for start in range(0, len(images), _CHUNK):
        chunk = images[start : start + _CHUNK]
        total += chunk.reshape(len(chunk), -1).sum(axis=0, dtype=np.int64)
    return np.asarray(total / len(images))
