"""The reader of CIFAR-10's pickles: takes every form of them, runs nothing, refuses the rest in a line."""

import os
import pickle
import struct
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.assignment1.data.batch_reader import BatchReader, ImageBatch
from grader.assignment1.data.batch_writer import write_layout
from grader.assignment1.data.cache import DataError
from reference.arrays import Array, Ints

Parse = Callable[[bytes], ImageBatch]


def sample(count: int, seed: int = 0) -> tuple[Array, Ints]:
    rng = np.random.RandomState(seed)
    return rng.randint(0, 256, (count, 32, 32, 3)).astype(np.uint8), rng.randint(0, 10, count)


@pytest.fixture(scope="module")
def reader() -> Iterator[BatchReader]:
    with BatchReader() as reader:
        yield reader


@pytest.fixture(scope="module")
def parse(reader: BatchReader, tmp_path_factory: pytest.TempPathFactory) -> Parse:
    path = tmp_path_factory.mktemp("batches") / "batch"

    def parse(data: bytes) -> ImageBatch:
        path.write_bytes(data)
        return reader.read(path)

    return parse


def course_rows(images: Array) -> Array:
    """The layout of the files: all red pixels of an image, then green, then blue."""
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2)).reshape(len(images), 3072)


def layout(folder: Path, count: int = 3) -> tuple[Array, Ints]:
    X, y = sample(5 * count)
    write_layout(folder, (X, y), sample(count, seed=1))
    return X, y


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("key", [str, str.encode], ids=["str keys", "bytes keys"])
@pytest.mark.parametrize("order", [np.ascontiguousarray, np.asfortranarray], ids=["C", "Fortran"])
def test_what_python_3_wrote_is_read(
    protocol: int, key: Callable[[str], Any], order: Callable[[Array], Array], parse: Parse
) -> None:
    X, y = sample(7)
    batch = {key("data"): order(course_rows(X)), key("labels"): y.tolist(), key("batch_label"): "mine"}
    found = parse(pickle.dumps(batch, protocol))
    np.testing.assert_array_equal(found.images, X)
    np.testing.assert_array_equal(found.labels, y)
    assert (found.images.dtype, found.labels.dtype) == (np.uint8, np.int64)


def test_what_is_written_is_read(tmp_path: Path, reader: BatchReader) -> None:
    X, y = layout(tmp_path)
    found = [reader.read(tmp_path / f"data_batch_{number}") for number in range(1, 6)]
    np.testing.assert_array_equal(np.concatenate([batch.images for batch in found]), X)
    np.testing.assert_array_equal(np.concatenate([batch.labels for batch in found]), y)


def test_what_is_written_loads_as_the_course_loads_it(tmp_path: Path) -> None:
    X, y = layout(tmp_path)
    with (tmp_path / "data_batch_1").open("rb") as file:
        batch = pickle.load(file, encoding="latin1")  # noqa: S301 - we wrote it
    np.testing.assert_array_equal(batch["data"], course_rows(X[:3]))
    assert batch["labels"] == y[:3].tolist()
    assert set(batch) == {"batch_label", "labels", "data", "filenames"}
    with (tmp_path / "batches.meta").open("rb") as file:
        meta = pickle.load(file, encoding="latin1")  # noqa: S301
    assert (len(meta["label_names"]), meta["num_cases_per_batch"], meta["num_vis"]) == (10, 3, 3072)


def test_code_that_forgets_the_encoding_fails_as_on_the_originals(tmp_path: Path) -> None:
    layout(tmp_path)
    with (tmp_path / "data_batch_1").open("rb") as file, pytest.raises(UnicodeDecodeError):
        pickle.load(file)  # noqa: S301
    with (tmp_path / "data_batch_1").open("rb") as file:
        assert b"labels" in pickle.load(file, encoding="bytes")  # noqa: S301


class Sprung:
    """Leaves a mark when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_that_runs_code_runs_nothing(protocol: int, tmp_path: Path, reader: BatchReader) -> None:
    X, y = sample(2)
    mark = tmp_path / "sprung"
    batch = {"data": course_rows(X), "labels": y.tolist(), "extra": Sprung(mark)}
    (tmp_path / "batch").write_bytes(pickle.dumps(batch, protocol))
    with pytest.raises(DataError, match="is no batch of CIFAR-10: it refers to"):
        reader.read(tmp_path / "batch")
    assert not mark.exists()


GOOD = {"data": course_rows(sample(2)[0]), "labels": [0, 9]}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([1, 2], "it holds a list, not a dict"),
        ({"labels": [1]}, "lacks 'data' or 'labels'"),
        (GOOD | {"labels": [0, 10]}, "numbers from 0 to 9"),
        (GOOD | {"labels": [0, -1]}, "numbers from 0 to 9"),
        (GOOD | {"labels": [0, True]}, "numbers from 0 to 9"),
        (GOOD | {"labels": (0, 1)}, "numbers from 0 to 9"),
        (GOOD | {"labels": [0]}, "a row for each of its 1 labels"),
        ({"data": np.zeros((0, 3072), np.uint8), "labels": []}, "a row for each of its 0 labels"),
        (GOOD | {"data": np.zeros((2, 3071), np.uint8)}, "a row for each of its 2 labels"),
        (GOOD | {"data": np.zeros((2, 3072), np.int8)}, "not an array of bytes"),
        (GOOD | {"data": np.zeros((2, 3072), object)}, "an array of dtype object"),
        (GOOD | {"data": bytes(6144)}, "a value of type bytes"),
    ],
)
def test_what_is_wrong_is_said(content: Any, reason: str, parse: Parse) -> None:
    with pytest.raises(DataError, match=reason):
        parse(pickle.dumps(content, 3))


def nested_name(depth: int) -> bytes:
    """A global whose module is a tuple in a tuple in …; hashing one recurses without a limit."""
    return b"\x80\x04)" + b"\x85" * depth + b"\x8c\x01a\x93."


def repeated(piece: bytes, head: bytes = b"") -> bytes:
    return b"\x80\x02" + head + piece * 300_000 + b"."


HUGE = b"X" + struct.pack("<I", 10**7) + b"a" * 10**7 + b"q\x01"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\x02.",
        b"\x80\x02}",
        b"\x80\x02]q\x00h\x00a.",  # a list that holds itself
        b"\x80\x02(" * 2 + b".",
        b"\x80\x02B\xff\xff\xff\x7f.",  # two gigabytes are promised
        b"\x80\x04\x8e" + b"\xff" * 8 + b".",
        nested_name(500_000),
        repeated(b"("),
        repeated(b"h\x01\x85R", head=b"c_codecs\nencode\nq\x02" + HUGE),
        repeated(b"h\x01K\x01s", head=HUGE + b"}"),
        repeated(b"N" * 4),
        b"\x80\x02c__builtin__\neval\nU\x011\x85R.",
        b"(i__builtin__\neval\n.",
        b"Pabc\n.",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 31035704\n",
    ],
    ids=lambda data: repr(data[:12]),
)
def test_hostile_files_yield_one_sentence_and_take_little_memory(
    data: bytes, tmp_path: Path, reader: BatchReader
) -> None:
    (tmp_path / "batch").write_bytes(data)
    tracemalloc.start()
    try:
        with pytest.raises(DataError) as refused:
            reader.read(tmp_path / "batch")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 200 + len(str(tmp_path))
    assert peak < 200 * 2**20


def test_a_pipe_or_a_folder_or_an_endless_file_is_refused_at_once(
    tmp_path: Path, reader: BatchReader
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, Path("/dev/zero")):
        with pytest.raises(DataError):
            reader.read(path)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, reader: BatchReader) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(65 * 2**20)  # a hole: takes no room
    with pytest.raises(DataError, match="larger than 64 MB"):
        reader.read(tmp_path / "large")


def parses_or_refuses(data: bytes, parse: Parse) -> None:
    """The only two outcomes there are."""
    try:
        found = parse(data)
    except DataError:
        return
    assert found.images.shape == (len(found.labels), 32, 32, 3)
    assert found.images.dtype == np.uint8
    assert set(found.labels.tolist()) <= set(range(10))


@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused(data: bytes, parse: Parse) -> None:
    parses_or_refuses(data, parse)


@settings(max_examples=100, deadline=None)
@given(
    protocol=st.integers(0, pickle.HIGHEST_PROTOCOL),
    place=st.integers(-60, 250),  # where the instructions are; between lie the pixels
    put=st.binary(max_size=6),
    taken=st.integers(0, 6),
)
def test_a_damaged_batch_is_parsed_or_refused(
    protocol: int, place: int, put: bytes, taken: int, parse: Parse
) -> None:
    data = pickle.dumps({"labels": [3], "data": course_rows(np.zeros((1, 32, 32, 3), np.uint8))}, protocol)
    place %= len(data)
    parses_or_refuses(data[:place] + put + data[place + taken :], parse)


@settings(max_examples=50, deadline=None)
@given(
    instructions=st.lists(
        st.sampled_from(list(b"(){}[]0N)tq\x00h\x00K\x05U\x01a\x85\x86\x87Rbseu.\x80\x02]}c")), max_size=40
    )
)
def test_any_order_of_instructions_is_parsed_or_refused(instructions: list[int], parse: Parse) -> None:
    parses_or_refuses(b"\x80\x02" + bytes(instructions) + b".", parse)


@settings(max_examples=25, deadline=None)
@given(
    count=st.integers(1, 5), seed=st.integers(0, 2**32 - 1), protocol=st.integers(0, pickle.HIGHEST_PROTOCOL)
)
def test_round_trip(count: int, seed: int, protocol: int, parse: Parse) -> None:
    X, y = sample(count, seed)
    found = parse(pickle.dumps({"labels": y.tolist(), "data": course_rows(X)}, protocol))
    np.testing.assert_array_equal(found.images, X)
    np.testing.assert_array_equal(found.labels, y)
