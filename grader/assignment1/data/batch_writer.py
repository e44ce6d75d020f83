"""Write images in the layout of `cifar-10-batches-py`, in pickles with the strings of Python 2.

Python 3's pickle writes other strings, which load in more ways than the originals do: code that forgets
`encoding="latin1"` must meet here what it meets on the course's files.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from reference.arrays import Array, Ints

__all__ = ["FOLDER", "TEST_BATCH", "TRAIN_BATCHES", "write_layout"]

FOLDER = "cifar-10-batches-py"
TRAIN_BATCHES = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST_BATCH = "test_batch"
_CLASS_NAMES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]

_START = b"\x80\x02}("  # protocol 2, an empty dict, a mark
_END = b"u."  # set the items since the mark, stop
# As Python 2 pickled an array: _reconstruct(ndarray, (0,), 'b') and then its state, which is
# (version 1, the shape, the type with a state of its own, no Fortran order, the bytes).
_ARRAY = (
    b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    b"(K\x01J%sJ%s\x86"
    b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    b"\x89%stb"
)


def write_layout(folder: Path, train: tuple[Array, Ints], test: tuple[Array, Ints]) -> None:
    """Write data_batch_1..5 (equal parts of `train`), test_batch and batches.meta into `folder`.

    Images are uint8 (n, 32, 32, 3); n of `train` is a multiple of five.
    """
    parts = zip(*(np.split(array, len(TRAIN_BATCHES)) for array in train), strict=True)
    for number, (name, (X, y)) in enumerate(zip(TRAIN_BATCHES, parts, strict=True), start=1):
        _write_batch(folder / name, f"training batch {number} of 5", X, y)
    _write_batch(folder / TEST_BATCH, "testing batch 1 of 1", *test)
    per_batch = len(train[0]) // len(TRAIN_BATCHES)
    names = [_string(name) for name in _CLASS_NAMES]
    meta = {"num_cases_per_batch": _number(per_batch), "label_names": _list(names), "num_vis": _number(3072)}
    _write(folder / "batches.meta", meta)


def _write_batch(path: Path, title: str, X: Array, y: Ints) -> None:
    rows = np.ascontiguousarray(X.transpose(0, 3, 1, 2)).reshape(len(X), -1)
    batch = {
        "batch_label": _string(title),
        "labels": _list(bytes([*b"K", label]) for label in y.tolist()),
        "data": _array(rows),
        "filenames": _list(_string(f"{path.name}_{index:05}.png") for index in range(len(X))),
    }
    _write(path, batch)


def _write(path: Path, content: dict[str, bytes]) -> None:
    with path.open("wb") as file:
        file.writelines(_pickled(content))


def _pickled(content: dict[str, bytes]) -> Iterator[bytes]:
    yield _START
    for key, value in content.items():
        yield _string(key)
        yield value
    yield _END


def _string(text: str) -> bytes:
    return b"U" + bytes([len(text)]) + text.encode("ascii")


def _number(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def _list(items: Iterable[bytes]) -> bytes:
    return b"](" + b"".join(items) + b"e"


def _array(rows: Array) -> bytes:
    """A uint8 array (n, m); the bytes are a Python 2 string."""
    shape = (struct.pack("<i", size) for size in rows.shape)
    content = b"T" + struct.pack("<i", rows.nbytes) + rows.tobytes()
    return _ARRAY % (*shape, content)
