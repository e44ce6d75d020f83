"""Loading CIFAR-10, as the notebooks expect it. What only later assignments load is left out."""

from __future__ import annotations

import os
import pickle
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["get_CIFAR10_data", "load_CIFAR10", "load_CIFAR_batch", "load_pickle"]

Array = NDArray[Any]


def load_pickle(f: IO[bytes]) -> Any:
    """The object in the open file `f`, written by Python 2 or 3."""
    return pickle.load(f, encoding="latin1")  # noqa: S301 - runs inside the sandbox, on the data's own files


def load_CIFAR_batch(filename: str) -> tuple[Array, Array]:  # noqa: N802 - the course's name
    """One batch: images (n, 32, 32, 3) as floats in 0..255, labels (n,)."""
    with open(filename, "rb") as f:  # noqa: PTH123 - notebooks redirect `open` to the data
        batch = load_pickle(f)
    pixels = np.asarray(batch["data"]).reshape(-1, 3, 32, 32)
    return pixels.transpose(0, 2, 3, 1).astype("float"), np.array(batch["labels"])


def load_CIFAR10(ROOT: str) -> tuple[Array, Array, Array, Array]:  # noqa: N802 - the course's name
    """Training images and labels of the five batches in folder ROOT, then those of the test batch."""
    batches = [load_CIFAR_batch(os.path.join(ROOT, f"data_batch_{b}")) for b in range(1, 6)]  # noqa: PTH118
    X_train = np.concatenate([images for images, _ in batches])
    y_train = np.concatenate([labels for _, labels in batches])
    X_test, y_test = load_CIFAR_batch(os.path.join(ROOT, "test_batch"))  # noqa: PTH118
    return X_train, y_train, X_test, y_test


def get_CIFAR10_data(  # noqa: N802 - the course's name
    num_training: int = 49000,
    num_validation: int = 1000,
    num_test: int = 1000,
    subtract_mean: bool = True,
) -> dict[str, Array]:
    """The splits as a dict `X_train`, `y_train`, `X_val`, …; images (n, 3, 32, 32), less the mean."""
    root = os.path.join(os.path.dirname(__file__), "datasets", "cifar-10-batches-py")  # noqa: PTH118, PTH120
    images, labels, X_test, y_test = load_CIFAR10(root)
    validation = slice(num_training, num_training + num_validation)
    splits = {
        "train": (images[:num_training], labels[:num_training]),
        "val": (images[validation], labels[validation]),
        "test": (X_test[:num_test], y_test[:num_test]),
    }
    mean = np.mean(splits["train"][0], axis=0) if subtract_mean else 0.0
    data = {}
    for name, (X, y) in splits.items():
        data["X_" + name] = (X - mean).transpose(0, 3, 1, 2).copy()
        data["y_" + name] = y
    return data
