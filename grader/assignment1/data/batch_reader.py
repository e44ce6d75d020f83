"""Read CIFAR-10's batches, which are pickles. The worker unpickles them; here only arrays are looked at."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from grader.assignment1.data.cache import DataError
from grader.sandbox.host import Sandbox, SandboxError, WorkerFailure
from reference.arrays import Array, Ints

__all__ = ["BatchReader", "ImageBatch"]

_MAX_BYTES = 64 * 2**20  # the course's files have 31 MB
_PIXELS = 3 * 32 * 32
_CLASSES = 10


class ImageBatch(NamedTuple):
    images: Array  # uint8 (n, 32, 32, 3)
    labels: Ints  # int64 (n,), from 0 to 9


class _NotABatchError(ValueError):
    """Why this is no batch."""


class BatchReader:
    """Reads batches in a worker of its own. A context manager."""

    def __init__(self) -> None:
        """
        Raises:
            DataError: no worker can be started here.
        """
        try:
            self._sandbox = Sandbox()
        except SandboxError as error:
            raise DataError(f"files of CIFAR-10 are pickles, which only a worker reads: {error}") from None

    def __enter__(self) -> BatchReader:
        return self

    def __exit__(self, *exc: object) -> None:
        self._sandbox.close()

    def read(self, path: Path) -> ImageBatch:
        """The batch in the file `path`.

        Raises:
            DataError: it cannot be read, or is none.
        """
        try:
            return _as_batch(self._content(_read_file(path)))
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror}") from None
        except _NotABatchError as error:
            raise DataError(f"{path} is no batch of CIFAR-10: {error}") from None

    def _content(self, data: bytes) -> Any:
        request = {"op": "saved", "file": np.frombuffer(data, np.uint8), "keys": ["data", "labels"]}
        try:
            with contextlib.closing(self._sandbox.start()) as worker:
                reply = worker.request(request)
        except WorkerFailure as failure:
            raise _NotABatchError(f"the process that reads it {failure}") from None
        if reply["ok"] is not True:
            raise _NotABatchError(" ".join(reply["text"].split()))
        return reply["value"]


def _as_batch(content: Any) -> ImageBatch:
    if not isinstance(content, dict) or not {"data", "labels"} <= content.keys():
        raise _NotABatchError("it lacks 'data' or 'labels'")
    labels = content["labels"]
    if not isinstance(labels, list) or not all(
        type(label) is int and 0 <= label < _CLASSES for label in labels
    ):
        raise _NotABatchError("its labels are not a list of numbers from 0 to 9")
    rows = content["data"]
    if not isinstance(rows, np.ndarray) or rows.dtype != np.uint8:
        raise _NotABatchError("its data is not an array of bytes")
    if len(labels) == 0 or rows.shape != (len(labels), _PIXELS):
        raise _NotABatchError(
            f"its data is not (n, {_PIXELS}) with a row for each of its {len(labels)} labels"
        )
    images = rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return ImageBatch(np.ascontiguousarray(images), np.array(labels, np.int64))


def _read_file(path: Path) -> bytes:
    """The content of a regular file of bounded size; opening a pipe or device does not block."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _NotABatchError("it is not a file")
        data = file.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise _NotABatchError(f"it is larger than {_MAX_BYTES // 2**20} MB")
    return data
