"""Read one CIFAR-10 batch, a pickle, without unpickling: nothing in the file is imported or called.

`pickletools` splits the file into instructions; the few that such a file needs are carried out here on plain
strings, numbers, lists and dictionaries. Five global names are known, by sight only, for they say "a NumPy
array follows"; any other name or instruction ends the reading.
"""

from __future__ import annotations

import enum
import os
import pickletools
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from grader.assignment1.data.cache import DataError
from reference.arrays import Array, Ints

__all__ = ["Batch", "parse_batch", "read_batch"]

_MAX_BYTES = 64 * 2**20  # the course's files have 31 MB
_MAX_INSTRUCTIONS = 1_000_000  # they have about 40,000
_MAX_TEXT = 100
_PIXELS = 3 * 32 * 32
_CLASSES = 10


class Batch(NamedTuple):
    images: Array  # uint8 (n, 32, 32, 3)
    labels: Ints  # int64 (n,), from 0 to 9


def read_batch(path: Path) -> Batch:
    """The batch in the file `path`, or a DataError."""
    try:
        return parse_batch(_read_file(path))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    except _NotABatchError as error:
        raise DataError(f"{path} is no batch of CIFAR-10: {error}") from None


def parse_batch(data: bytes) -> Batch:
    """The batch in the bytes of a file; raises a ValueError that says in a few words why it is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Python about escapes in a damaged string
            return _as_batch(_Interpreter().run(data))
    except _NotABatchError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
        raise _NotABatchError("the file is damaged or of another kind") from None


class _NotABatchError(ValueError):
    """Why this is no batch."""


class _Name(enum.Enum):
    """The global names that may occur."""

    RECONSTRUCT, NDARRAY, DTYPE, ENCODE, FROM_BUFFER = range(5)


_NAMES = {
    ("numpy.core.multiarray", "_reconstruct"): _Name.RECONSTRUCT,
    ("numpy._core.multiarray", "_reconstruct"): _Name.RECONSTRUCT,
    ("numpy", "ndarray"): _Name.NDARRAY,
    ("numpy", "dtype"): _Name.DTYPE,
    ("_codecs", "encode"): _Name.ENCODE,  # how Python 3 writes bytes for Python 2
    ("numpy.core.numeric", "_frombuffer"): _Name.FROM_BUFFER,  # NumPy's arrays in protocol 5
    ("numpy._core.numeric", "_frombuffer"): _Name.FROM_BUFFER,
}


@dataclass
class _DType:
    kind: str


@dataclass
class _Raw:
    """An array as it is pickled: shape, type and bytes, none of them checked yet."""

    shape: Any = None
    dtype: Any = None
    fortran: Any = False
    data: Any = None


_MARK = object()


class _Interpreter:
    """The pickle machine's stack and memo; what does not fit raises one of the errors of `parse_batch`."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def run(self, data: bytes) -> Any:
        for count, (code, argument, _) in enumerate(pickletools.genops(data)):
            if code.name == "STOP":
                return self._stack.pop()
            if count > _MAX_INSTRUCTIONS:
                raise _NotABatchError("it has too many instructions")
            self._step(code.name, argument)
        raise _NotABatchError("it has no end")

    def _step(self, code: str, argument: Any) -> None:
        match code:
            case "PROTO" | "FRAME":
                pass
            case "BINPUT" | "LONG_BINPUT" | "PUT":
                self._memo[argument] = self._stack[-1]
            case "MEMOIZE":
                self._memo[len(self._memo)] = self._stack[-1]
            case "BINGET" | "LONG_BINGET" | "GET":
                self._stack.append(self._memo[argument])
            case "GLOBAL":
                self._stack.append(_name(*argument.split(" ")))
            case "STACK_GLOBAL":
                module, name = self._pop(2)
                self._stack.append(_name(module, name))
            case "REDUCE":
                called, arguments = self._pop(2)
                self._stack.append(_stand_for(called, arguments))
            case "BUILD":
                target, state = self._pop(2)
                self._stack.append(_with_state(target, state))
            case _:
                self._plain(code, argument)

    def _plain(self, code: str, argument: Any) -> None:
        """Strings, numbers and what holds them."""
        if code in _LITERALS:
            self._stack.append(argument)
        elif code in _CONSTANTS:
            self._stack.append(_CONSTANTS[code])
        elif code in _EMPTY:
            self._stack.append(_EMPTY[code]())
        elif code in _TUPLES:
            self._stack.append(tuple(self._pop(_TUPLES[code])))
        elif code == "MARK":
            self._stack.append(_MARK)
        elif code in _FROM_MARK:
            self._stack.append(_FROM_MARK[code](self._pop_to_mark()))
        elif code in ("APPEND", "APPENDS"):
            items = self._pop(1) if code == "APPEND" else self._pop_to_mark()
            _require(self._stack[-1], list).extend(items)
        elif code in ("SETITEM", "SETITEMS"):
            items = self._pop(2) if code == "SETITEM" else self._pop_to_mark()
            _require(self._stack[-1], dict).update(_pairs(items))
        else:
            raise _NotABatchError(f"the instruction {code} has no place in one")

    def _pop(self, count: int) -> list[Any]:
        if len(self._stack) < count:
            raise _NotABatchError("it takes more than it has put down")
        taken = self._stack[-count:]
        del self._stack[-count:]
        return taken

    def _pop_to_mark(self) -> list[Any]:
        taken = []
        while (item := self._stack.pop()) is not _MARK:
            taken.append(item)
        return taken[::-1]


# The instructions that push their argument.
_LITERALS = {
    *("BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE"),
    *("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"),
}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY: dict[str, type] = {"EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_TUPLE": tuple}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def _pairs(items: list[Any]) -> dict[Any, Any]:
    return {_text(key): value for key, value in zip(items[::2], items[1::2], strict=True)}


_FROM_MARK: dict[str, Any] = {"LIST": list, "TUPLE": tuple, "DICT": _pairs}


def _name(module: Any, name: Any) -> _Name:
    if (_text(module), _text(name)) not in _NAMES:
        raise _NotABatchError("it names code to run, which pictures don't need")
    return _NAMES[module, name]


def _stand_for(called: _Name, arguments: tuple[Any, ...]) -> Any:
    """What a call would have made."""
    match called:
        case _Name.RECONSTRUCT:
            return _Raw()
        case _Name.DTYPE:
            return _DType(_text(arguments[0]))
        case _Name.ENCODE:
            return arguments[0]  # `_bytes` encodes it, once, where bytes are wanted
        case _Name.FROM_BUFFER:
            data, dtype, shape, order = arguments
            return _Raw(shape, dtype, order == "F", data)
        case _:
            raise _NotABatchError("it calls what cannot be called")


def _with_state(target: Any, state: tuple[Any, ...]) -> Any:
    """An array or a dtype given its state, in place: the memo may hold it."""
    if isinstance(target, _Raw):
        _, target.shape, target.dtype, target.fortran, target.data = state
    elif not isinstance(target, _DType):  # a dtype's state adds the byte order, which bytes don't have
        raise _NotABatchError("it gives a state to what has none")
    return target


def _as_batch(content: Any) -> Batch:
    if not isinstance(content, dict) or not {"data", "labels"} <= content.keys():
        raise _NotABatchError("it lacks 'data' or 'labels'")
    labels = content["labels"]
    if not isinstance(labels, list) or not all(
        type(label) is int and 0 <= label < _CLASSES for label in labels
    ):
        raise _NotABatchError("its labels are not a list of numbers from 0 to 9")
    rows = _as_rows(content["data"], len(labels))
    images = rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return Batch(np.ascontiguousarray(images), np.array(labels, np.int64))


def _as_rows(raw: Any, count: int) -> Array:
    if not isinstance(raw, _Raw) or not isinstance(raw.dtype, _DType) or raw.dtype.kind != "u1":
        raise _NotABatchError("its data is not an array of bytes")
    if count == 0 or raw.shape != (count, _PIXELS):
        raise _NotABatchError(f"its data is not (n, {_PIXELS}) with a row for each of its {count} labels")
    data = _bytes(raw.data)
    if len(data) != count * _PIXELS:
        raise _NotABatchError("its data is shorter or longer than its shape says")
    return np.frombuffer(data, np.uint8).reshape(raw.shape, order="F" if raw.fortran is True else "C")


def _bytes(value: Any) -> bytes:
    """Python 2 wrote bytes as strings; `pickletools` shows those as Latin-1."""
    return value.encode("latin-1") if isinstance(value, str) else bytes(_require(value, bytes, bytearray))


def _text(value: Any) -> str:
    """A key or a name: short, for the memo may hand the same long one out a million times."""
    if len(_require(value, str, bytes)) > _MAX_TEXT:
        raise _NotABatchError("it has a name that is too long")
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _require(value: Any, *kinds: type) -> Any:
    if not isinstance(value, kinds):
        raise _NotABatchError("a part of it is of the wrong kind")
    return value


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
