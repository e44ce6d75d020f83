"""Reading has limits of its own: whatever is handed in, the judge goes on and tells one sentence."""

import contextlib
import gc
import os
from pathlib import Path

import pytest

from grader.sandbox.bounded import Bounds, Overrun, bounded

FEW = Bounds(seconds=1.0, memory_mb=64)


def test_what_it_returns_or_raises_comes_back() -> None:
    assert bounded(lambda: {"a": [1, b"2"]}) == {"a": [1, b"2"]}
    with pytest.raises(KeyError, match="missing"):
        bounded(lambda: {}["missing"])


def test_it_works_on_a_copy() -> None:
    mine: list[int] = []
    bounded(lambda: mine.append(1))
    assert mine == []


def test_what_takes_too_long_is_ended_and_told() -> None:
    def forever() -> None:
        while True:
            gc.get_count()

    with pytest.raises(Overrun, match="reading it takes more than 1 seconds"):
        bounded(forever, FEW)


def test_what_takes_too_much_memory_is_ended_and_told() -> None:
    with pytest.raises(Overrun, match="reading it takes more than 64 MB of memory"):
        bounded(lambda: bytearray(2**30), Bounds(seconds=20, memory_mb=64))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_nothing_is_left_of_it() -> None:
    before = _open_files(), _children()
    for action in (int, lambda: bytearray(2**30)):
        with contextlib.suppress(Overrun):
            bounded(action, FEW)
    assert (_open_files(), _children()) == before


def _children() -> str:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii")


def _open_files() -> set[str]:
    return {path.name for path in Path("/dev/fd").iterdir()}
