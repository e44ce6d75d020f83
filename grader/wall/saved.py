"""Arrays that were saved as pickles, read with a list of what may be in them.

`np.save` of a dict is one, a batch of images as Python 2 pickled it another. Runs inside the wall: the
standard library and numpy only.
"""

from __future__ import annotations

import io
import pickle
import warnings
from collections.abc import Collection
from typing import Any

import numpy as np

from .errors import type_name

__all__ = ["MAX_BYTES", "read_saved"]

#: Of one array. The course's files have 31 MB.
MAX_BYTES = 64 << 20
_NPY = b"\x93NUMPY"
#: The only names that a dict of arrays needs.
_NAMES = frozenset(["_reconstruct", "scalar", "_frombuffer", "ndarray", "dtype"])
_MODULES = frozenset(
    ["numpy", *(f"numpy.{core}.{part}" for core in ("core", "_core") for part in ("multiarray", "numeric"))]
)


class Refused(Exception):  # noqa: N818 - a finding about the file
    """The file holds no arrays; the text says why."""


class _ArrayUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        # `_codecs.encode` is how Python 3 writes bytes for Python 2.
        if (module, name) == ("_codecs", "encode") or (module in _MODULES and name in _NAMES):
            return super().find_class(module, name)
        raise Refused(f"it refers to {module}.{name}, which no array needs")


def read_saved(data: bytes, keys: Collection[str] | None = None) -> Any:
    """The content of an `.npy` file, an array or the object that it holds, or of a pickle.

    Args:
        keys: a dict is wanted, and these of its entries; the others are left out.

    Raises:
        Refused: it is neither, or holds anything but arrays, numbers, text and containers.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = _read(io.BytesIO(data), is_npy=data.startswith(_NPY))
    except Refused:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a damaged file makes of the reader
        raise Refused(f"it cannot be read: {type_name(error)}: {error}"[:300]) from None
    return found if keys is None else _entries(found, keys)


def _read(file: io.BytesIO, *, is_npy: bool) -> Any:
    shape = None
    if is_npy:
        version = np.lib.format.read_magic(file)
        v1 = version == (1, 0)
        read = np.lib.format.read_array_header_1_0 if v1 else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(file)
        if not dtype.hasobject:
            file.seek(0)
            return np.load(file, allow_pickle=False)
    loaded = _ArrayUnpickler(file, encoding="latin1").load()
    return loaded.item() if isinstance(loaded, np.ndarray) and shape == () else loaded


def _entries(found: Any, keys: Collection[str]) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise Refused(f"it holds a {type_name(found)}, not a dict")
    named = {k.decode("latin-1") if isinstance(k, bytes) else k: value for k, value in found.items()}
    return {key: named[key] for key in keys if key in named}
