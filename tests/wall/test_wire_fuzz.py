"""The reader of frames takes any bytes: it returns plain values or raises WireError, within bounds."""

from __future__ import annotations

import json
import struct
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.wall.wire import (
    DTYPES,
    MAX_BYTES,
    ObjectRef,
    Unsendable,
    WireError,
    exchange,
    read_frame,
    write_frame,
)

MOST = 1 << 20


class Ended(Exception):  # noqa: N818 - a state
    """The bytes ran out, as when the worker is gone."""


def reader(data: bytes, asked: list[int]) -> Callable[[int], bytes]:
    position = 0

    def receive(size: int) -> bytes:
        nonlocal position
        asked.append(size)
        piece = data[position : position + size]
        position += size
        if len(piece) < size:
            raise Ended
        return piece

    return receive


def read(data: bytes) -> Any:
    asked: list[int] = []
    try:
        return read_frame(reader(data, asked), MOST)
    except (WireError, Ended):
        return None
    finally:
        # Header, then arrays: nothing is asked for that is over its cap.
        assert all(size <= 4 << 20 for size in asked[:2])
        assert sum(asked[2:]) <= MOST


def frame(header: bytes, rest: bytes = b"") -> bytes:
    return struct.pack("<I", len(header)) + header + rest


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("altdo") | st.text(), inner),
)
specs = st.lists(
    st.tuples(st.sampled_from(sorted(DTYPES)) | st.text(), st.lists(st.integers() | st.booleans())) | trees
)


@given(st.binary(max_size=500))
def test_any_bytes(data: bytes) -> None:
    read(data)


@given(st.binary(max_size=500))
def test_any_header(header: bytes) -> None:
    read(frame(header))


@settings(deadline=None)
@given(trees, specs, st.binary(max_size=200))
def test_any_json(message: Any, arrays: Any, rest: bytes) -> None:
    read(frame(json.dumps({"message": message, "arrays": arrays}).encode(), rest))


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.builds(ObjectRef, st.integers(0, 100)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=5) | st.integers(-9, 9), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(values)
def test_what_is_written_is_read(value: Any) -> None:
    pieces: list[bytes] = []
    try:
        write_frame(value, lambda data: pieces.append(bytes(data)))
    except Unsendable:
        return
    assert read(b"".join(pieces)) == value


@pytest.mark.parametrize("dtype", sorted(DTYPES))
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3)])
def test_arrays_keep_dtype_shape_and_bits(dtype: str, shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).integers(0, 2, shape).astype(dtype)
    pieces: list[bytes] = []
    write_frame({"x": array}, lambda data: pieces.append(bytes(data)))
    found = read(b"".join(pieces))["x"]
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize(
    "header",
    [
        b"[" * 100_000,
        b'{"message":' + b"[" * 50_000 + b"]" * 50_000 + b',"arrays":[]}',
        b'{"message":' + b'{"l":[' * 5000 + b"]}" * 5000 + b',"arrays":[]}',
        b'{"message":null,"arrays":[["<f8",[1099511627775,1099511627775,1099511627775]]]}',
        b'{"message":null,"arrays":[["<f8",[-1]]]}',
        b'{"message":null,"arrays":[["<f8",[1.0]]]}',
        b'{"message":null,"arrays":[["|O",[1]]]}',
        b'{"message":null,"arrays":' + json.dumps([["|u1", [0]]] * 600).encode() + b"}",
        b'{"message":' + b"9" * 100_000 + b',"arrays":[]}',
        b'{"message":{"d":[[{"l":[]},1]]},"arrays":[]}',
        b'{"message":{"a":-1},"arrays":[]}',
        b"\xff\xfe\x00",
    ],
    ids=lambda header: header[:24].decode(errors="replace"),
)
def test_hostile_headers_cost_little(header: bytes) -> None:
    tracemalloc.start()
    try:
        assert read(frame(header)) is None
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 64 << 20


def answered(question: Any, size: int, asked: list[int], **more: Any) -> dict[str, Any]:
    """What the judge takes of an answer with `size` bytes of an array."""
    sent = bytearray()
    answer: list[Callable[[int], bytes]] = []

    def receive(count: int) -> bytes:
        if not answer:
            identity = read(bytes(sent))["id"]
            header = {
                "message": {"d": [["id", identity], ["value", {"a": 0}]]},
                "arrays": [["|u1", [size]]],
            }
            text = json.dumps(header).encode()
            answer.append(reader(struct.pack("<I", len(text)) + text + bytes(size), asked))
        return answer[0](count)

    return exchange({"question": question, **more}, sent.extend, receive)


def test_an_answer_is_as_large_as_what_was_asked_allows() -> None:
    small, large = np.zeros((21, 10)), np.zeros(1 << 17)
    few: list[int] = []
    with pytest.raises(WireError, match="32 MB of arrays"):
        answered(small, MAX_BYTES + 4 * small.nbytes + 1, few)
    assert max(few) < 1000  # nothing of it was taken in
    assert answered(small, 1000, [])["value"].shape == (1000,)
    assert answered(large, MAX_BYTES + 4 * large.nbytes, [])["value"].nbytes > MAX_BYTES


def test_an_answer_is_no_larger_than_its_room() -> None:
    W = np.zeros((21, 10))
    assert answered(W, 5000, [], room=5000)["value"].nbytes == 5000
    with pytest.raises(WireError, match="MB of arrays"):
        answered(W, 5000 + 4 * W.nbytes + 1, [], room=5000)
