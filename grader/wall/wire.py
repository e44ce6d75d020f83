"""Frames between judge and worker: a JSON header and raw numeric buffers. No pickle, ever.

A frame is a little-endian u32 header length, the header (UTF-8 JSON), then the bytes of every array in
order. The header holds `{"message": tree, "arrays": [[dtype, shape], ...]}`. In the tree, JSON's null,
booleans, numbers and strings stand for themselves; everything else is an object with one key:

    {"a": 0}            array number 0          {"l": [...]}  list        {"t": [...]}  tuple
    {"m": {"k": v, …}}  dict of texts           {"d": [[k, v], …]}  any other dict
    {"o": 3}      an object that stays in the worker
    {"s": ["X.npy", false, null]}               an array in a file that all workers share

Both ends use this module, so it needs the standard library and numpy only. Everything read is treated as
hostile: lengths, counts, shapes and depth are bounded before anything is allocated.
"""

from __future__ import annotations

import json
import math
import secrets
import struct
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

__all__ = [
    "DTYPES",
    "MAX_BYTES",
    "ObjectRef",
    "SharedArray",
    "Unsendable",
    "WireError",
    "exchange",
    "read_frame",
    "write_frame",
]

MAX_HEADER = 4 << 20
MAX_ARRAYS = 512
MAX_DIMENSIONS = 8
MAX_DEPTH = 12
MAX_NODES = 200_000
#: Most bytes of array data in one reply: these, which hold a notebook's models, or the request's own "room",
#: and so many times what the request had. Requests (from the judge, trusted) may be larger.
MAX_BYTES, TIMES_ASKED = 32 << 20, 4
#: Of a reply's header where the request has a "room": lists of numbers, texts and notes.
SMALL_HEADER = 1 << 20
DTYPES = frozenset(
    ["|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16"]
)
_ITEM_BYTES = {name: np.dtype(name).itemsize for name in DTYPES}

_LENGTH = struct.Struct("<I")
#: Arrays up to this size are copied into one piece with what is before and after them.
_SMALL = 1 << 16


class WireError(Exception):
    """The other side sent something that is no frame of ours."""


class Unsendable(Exception):  # noqa: N818 - a statement about a value, shown to its author
    """A value that cannot cross the wire; the text says which and why."""


class ObjectRef:
    """Stands for an object that stays in the worker. `number` is its handle there."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def __repr__(self) -> str:
        return f"ObjectRef({self.number})"

    def __eq__(self, other: object) -> bool:
        return type(other) is ObjectRef and other.number == self.number

    def __hash__(self) -> int:
        return hash(("ObjectRef", self.number))


class SharedArray:
    """Stands for an array in the shared file `name` (`.npy`), which the worker has in memory already.

    `rows` takes only the first ones; `transposed` turns what remains.
    """

    __slots__ = ("name", "rows", "transposed")

    def __init__(self, name: str, transposed: bool = False, rows: int | None = None) -> None:
        self.name = name
        self.transposed = transposed
        self.rows = rows


def write_frame(message: object, send: Callable[[bytes | memoryview], object]) -> int:
    """Encode `message` and pass its pieces to `send`, in order; how many bytes of arrays it has.

    Raises:
        Unsendable: the message holds something other than None, bool, int, float, str, bytes-free
            containers (list, tuple, dict), ObjectRef and numeric numpy arrays.
    """
    arrays: list[np.ndarray[Any, Any]] = []
    tree = _encode(message, arrays, 0)
    specs = [[array.dtype.str, list(array.shape)] for array in arrays]
    header = json.dumps({"message": tree, "arrays": specs}).encode()
    small = bytearray(_LENGTH.pack(len(header)) + header)
    for array in arrays:
        if array.nbytes <= _SMALL:
            small += array.tobytes()
            continue
        send(bytes(small))
        small.clear()
        send(array.data.cast("B"))
    send(bytes(small))
    return sum(array.nbytes for array in arrays)


def read_frame(
    receive: Callable[[int], bytes | bytearray], max_bytes: int = MAX_BYTES, max_header: int = MAX_HEADER
) -> Any:
    """Read one frame. `receive(n)` returns exactly n bytes or raises.

    Raises:
        WireError: not a frame, or over a limit.
    """
    (length,) = _LENGTH.unpack(receive(_LENGTH.size))
    if length > max_header:
        raise WireError(f"a header of {length} bytes; the most allowed is {max_header}")
    header = _parse_header(bytes(receive(length)))
    specs = _array_specs(header["arrays"], max_bytes)
    arrays = [_read_array(dtype, shape, receive) for dtype, shape in specs]
    return _Decoder(arrays).decode(header["message"], 0)


def exchange(
    message: Mapping[str, Any],
    send: Callable[[bytes | memoryview], object],
    receive: Callable[[int], bytes | bytearray],
    answer: Callable[[Any], Any] | None = None,
) -> dict[str, Any]:
    """Send a request under a random number, and read the reply, which must bear that number.

    Args:
        answer: answers what the other side asks meanwhile; None lets it ask nothing. It must not raise.

    Raises:
        WireError: what came is no reply to it, or far more than was asked for.
    """
    identity = secrets.token_hex(8)
    asked = write_frame({**message, "id": identity}, send)
    most = message.get("room", MAX_BYTES) + TIMES_ASKED * asked
    header = SMALL_HEADER if "room" in message else MAX_HEADER
    while True:
        reply = read_frame(receive, most, header)
        if type(reply) is not dict or reply.get("id") != identity:
            raise WireError("a reply to no question")
        if "asked" not in reply:
            return reply
        if answer is None:
            raise WireError("a question where none is expected")
        try:
            write_frame({"answer": answer(reply["asked"])}, send)
        except Unsendable as error:  # it has parts of an earlier reply that was forged
            raise WireError(str(error)) from None


def _parse_header(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text.decode())
    except (ValueError, RecursionError) as error:
        raise WireError(f"the header is not JSON: {type(error).__name__}") from None
    if type(header) is not dict or set(header) != {"message", "arrays"} or type(header["arrays"]) is not list:
        raise WireError("the header lacks its two fields")
    if len(header["arrays"]) > MAX_ARRAYS:
        raise WireError(f"{len(header['arrays'])} arrays in one frame; the most allowed is {MAX_ARRAYS}")
    return header


def _array_specs(specs: list[Any], max_bytes: int) -> list[tuple[str, tuple[int, ...]]]:
    """Check every dtype and shape, and their total size, before any buffer is allocated."""
    total, checked = 0, []
    for spec in specs:
        if type(spec) is not list or len(spec) != 2:
            raise WireError("an array's description is not a pair")
        dtype, shape = spec
        if type(dtype) is not str or dtype not in DTYPES:
            raise WireError("an array of a dtype that is not numeric")
        if type(shape) is not list or len(shape) > MAX_DIMENSIONS:
            raise WireError("an array's shape is no list of a few lengths")
        if not all(type(n) is int and 0 <= n < 1 << 40 for n in shape):
            raise WireError("an array's shape has an impossible length")
        total += math.prod(shape) * _ITEM_BYTES[dtype]  # Python ints: no overflow
        if total > max_bytes:
            raise WireError(f"more than {max_bytes >> 20} MB of arrays in one frame")
        checked.append((dtype, tuple(shape)))
    return checked


def _read_array(
    dtype: str, shape: tuple[int, ...], receive: Callable[[int], bytes | bytearray]
) -> np.ndarray[Any, Any]:
    data = receive(math.prod(shape) * _ITEM_BYTES[dtype])
    # Memory of its own, so that it is writable.
    own = data if type(data) is bytearray else bytearray(data)
    return np.frombuffer(own, dtype=dtype).reshape(shape)


def _encode(value: object, arrays: list[np.ndarray[Any, Any]], depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise Unsendable(f"a value nested more than {MAX_DEPTH} deep")
    # Exact types: a subclass may lie about what it is, so none crosses the wire as itself.
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return _encode_scalar(value)
    if kind is ObjectRef:
        return {"o": value.number}  # type: ignore[attr-defined]
    if kind is SharedArray:
        return {"s": [value.name, value.transposed, value.rows]}  # type: ignore[attr-defined]
    if kind is list or kind is tuple:
        return {kind.__name__[0]: [_encode(item, arrays, depth + 1) for item in value]}  # type: ignore[attr-defined]
    if kind is dict:
        return _encode_dict(value, arrays, depth)  # type: ignore[arg-type]
    if kind is np.ndarray:
        if len(arrays) >= MAX_ARRAYS:
            raise Unsendable(f"more than {MAX_ARRAYS} arrays at once")
        arrays.append(_plain_array(value))  # type: ignore[arg-type]
        return {"a": len(arrays) - 1}
    raise Unsendable(f"a value of type {kind.__name__}")


def _encode_dict(value: dict[Any, Any], arrays: list[np.ndarray[Any, Any]], depth: int) -> Any:
    if all(type(key) is str for key in value):
        inner = {_encode_scalar(k): _encode(v, arrays, depth + 1) for k, v in value.items()}
        return {"m": inner}
    return {"d": [[_encode(k, arrays, depth + 1), _encode(v, arrays, depth + 1)] for k, v in value.items()]}


def _encode_scalar(value: Any) -> Any:
    if type(value) is int and value.bit_length() > 64:
        raise Unsendable("an integer of more than 64 bits")
    if type(value) is str and len(value) > 1 << 20:
        raise Unsendable("a string of more than a million characters")
    return value


def _plain_array(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if array.flags.c_contiguous and array.dtype.str in DTYPES:
        return array
    plain = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).reshape(array.shape)
    if plain.dtype.str not in DTYPES:
        raise Unsendable(f"an array of dtype {plain.dtype}")
    return plain


class _Decoder:
    """Turns the tree back into values, counting nodes so that a small header cannot unfold into much."""

    def __init__(self, arrays: list[np.ndarray[Any, Any]]) -> None:
        self.arrays = arrays
        self.nodes = 0

    def decode(self, tree: Any, depth: int) -> Any:
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise WireError("a value nested too deeply or of too many parts")
        if type(tree) is str:
            return _text(tree)
        if tree is None or type(tree) in (bool, int, float):
            return tree
        if type(tree) is not dict or len(tree) != 1:
            raise WireError("a value that is none of ours")
        ((tag, body),) = tree.items()
        if tag == "a" and type(body) is int and 0 <= body < len(self.arrays):
            return self.arrays[body]
        if tag == "o" and type(body) is int:
            return ObjectRef(body)
        if tag == "s" and type(body) is list and len(body) == 3:
            return SharedArray(*body)
        if tag in ("l", "t") and type(body) is list:
            items = [self.decode(item, depth + 1) for item in body]
            return items if tag == "l" else tuple(items)
        if tag == "m" and type(body) is dict:
            self.nodes += len(body)
            return {_text(key): self.decode(item, depth + 1) for key, item in body.items()}
        if tag == "d" and type(body) is list:
            return self._decode_dict(body, depth)
        raise WireError("a value that is none of ours")

    def _decode_dict(self, pairs: list[Any], depth: int) -> dict[Any, Any]:
        if not all(type(pair) is list and len(pair) == 2 for pair in pairs):
            raise WireError("a dict whose items are no pairs")
        decoded = [(self.decode(k, depth + 1), self.decode(v, depth + 1)) for k, v in pairs]
        try:
            return dict(decoded)
        except TypeError:
            raise WireError("a dict with an unhashable key") from None


def _text(text: str) -> str:
    # JSON can spell half a surrogate pair, which no file can hold.
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
