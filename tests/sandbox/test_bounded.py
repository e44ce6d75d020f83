"""Reading has limits of its own: whatever is handed in, the judge goes on and tells one sentence."""

import contextlib
import functools
import gc
import operator
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.sandbox.bounded import Bounds, LastingReader, Overrun, bounded

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


@pytest.fixture
def reader() -> Iterator[LastingReader]:
    with LastingReader(FEW) as lasting:
        yield lasting


def test_a_reader_that_lasts_answers_again_and_again(reader: LastingReader) -> None:
    processes = {reader(os.getpid) for _ in range(3)}
    assert len(processes - {os.getpid()}) == 1
    with pytest.raises(KeyError, match="missing"):
        reader(functools.partial(operator.getitem, {}, "missing"))
    assert reader(os.getpid) in processes


@pytest.mark.parametrize(
    ("action", "told"),
    [
        (functools.partial(sum, range(10**12)), "more than 1 seconds"),
        (functools.partial(time.sleep, 60), "more than 1 seconds"),
        (functools.partial(bytearray, 2**30), "more than 64 MB of memory"),
        (functools.partial(os._exit, 3), "ended with status 3"),
        (functools.partial(signal.raise_signal, signal.SIGSEGV), "ended by signal 11"),
        (functools.partial(open, os.devnull), "ended with status 1"),
    ],
)
def test_what_comes_to_a_bound_costs_the_reader_but_not_the_next(
    reader: LastingReader, action: functools.partial[object], told: str
) -> None:
    with pytest.raises(Overrun, match=told):
        reader(action)
    assert reader(functools.partial(sorted, "cab")) == ["a", "b", "c"]


def test_its_seconds_are_those_of_one_action(reader: LastingReader) -> None:
    began = reader(time.process_time)
    while reader(time.process_time) < began + 1.5 * FEW.seconds:
        reader(functools.partial(sum, range(3 * 10**6)))
    assert reader(functools.partial(sorted, "cab")) == ["a", "b", "c"]


def test_a_reader_that_keeps_much_memory_is_replaced() -> None:
    with LastingReader(Bounds(memory_mb=1024)) as lasting:
        first = lasting(os.getpid)
        lasting(functools.partial(exec, "import sys; sys.kept = bytearray(2**28)"))
        assert lasting(os.getpid) != first


def test_a_reader_that_somebody_killed_is_replaced(reader: LastingReader) -> None:
    first = reader(os.getpid)
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    assert reader(os.getpid) != first


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_nothing_is_left_of_a_reader() -> None:
    before = _open_files(), _children()
    with LastingReader(FEW) as lasting:
        lasting(os.getpid)
    assert (_open_files(), _children()) == before


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_a_reader_holds_nothing_open_and_ends_with_the_judge(tmp_path: Path) -> None:
    code = """
import os, time
from pathlib import Path
from grader.sandbox.bounded import LastingReader
held = Path("held").open("w")
reader = LastingReader()
print(reader(os.getpid), flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=tmp_path) as judge:
        assert judge.stdout is not None
        pid = int(judge.stdout.readline())
        links = [path.readlink() for path in Path(f"/proc/{pid}/fd").iterdir()]
        judge.kill()
    assert not any(link.name == "held" for link in links)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not Path(f"/proc/{pid}").exists()


def _children() -> str:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii")


def _open_files() -> set[str]:
    return {path.name for path in Path("/dev/fd").iterdir()}
