"""Models saved with `np.save` as a dict, which makes them pickles: read with a list of what may be in them.

Runs inside the wall: the standard library and numpy only.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

import numpy as np

__all__ = ["Refused", "read_saved"]

#: The only names that a dict of arrays needs.
_NAMES = frozenset(["_reconstruct", "scalar", "_frombuffer", "ndarray", "dtype"])
_MODULES = frozenset(
    ["numpy", *(f"numpy.{core}.{part}" for core in ("core", "_core") for part in ("multiarray", "numeric"))]
)


class Refused(Exception):  # noqa: N818 - a finding about the file
    """The file is no dict of arrays; the text says why."""


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("_codecs", "encode") or (module in _MODULES and name in _NAMES):
            return super().find_class(module, name)
        raise Refused(f"it refers to {module}.{name}, which no array needs")


def read_saved(data: bytes) -> Any:
    """The content of an `.npy` file: an array, or the object that a 0-d array of objects holds.

    Raises:
        Refused: it is no such file, or holds anything but arrays, numbers, text and containers.
    """
    file = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(file)
        read = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read(file)
        if not dtype.hasobject:
            file.seek(0)
            return np.load(file, allow_pickle=False)
        loaded = _Reader(file, encoding="latin1").load()
    except Refused:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a damaged file makes of the reader
        raise Refused(f"it cannot be read: {type(error).__name__}: {error}"[:300]) from None
    return loaded.item() if isinstance(loaded, np.ndarray) and shape == () else loaded
