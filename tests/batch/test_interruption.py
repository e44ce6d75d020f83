"""A batch that is stopped: nothing is lost, doubled or torn, nobody stays, and the same command goes on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command_line import SAMPLES, grader

from grader.batch.store import alone
from grader.report.writing import write_aside

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")

QUICK = ("--question", "knn", "--no-train")
NAMES = [f"student{n:02}" for n in range(8)]
FULL = Path("/dev/full")
MODULE = "cs231n/classifiers/k_nearest_neighbor.py"
#: The batch is still under way when it is stopped, however late the machine is to do so.
SLOWLY = "\n\nimport time\n\ntime.sleep(0.4)\n"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    for number, name in enumerate(NAMES):
        shutil.copytree(SAMPLES / "demo" / ("ada", "alan", "grace")[number % 3], folder / name)
        with (folder / name / MODULE).open("a") as module:
            module.write(SLOWLY)
    return folder


@pytest.fixture(scope="module")
def gradebook(course: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """That of a run that nobody stopped."""
    out = tmp_path_factory.mktemp("whole")
    assert grader("grade", course, "-o", out, *QUICK).returncode == 0
    return (out / "gradebook.csv").read_text()


class Run:
    """A batch under way, in a process group of its own as in a terminal."""

    def __init__(self, course: Path, out: Path, jobs: int) -> None:
        command = [sys.executable, "-m", "grader.cli", "grade", str(course), "-o", str(out), *QUICK]
        self.out = out
        self.process = subprocess.Popen(
            [*command, "--jobs", str(jobs)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )

    def await_reports(self, count: int) -> None:
        while len(list(self.out.glob("*/report.json"))) < count and self.process.poll() is None:
            time.sleep(0.01)

    def tree(self) -> list[int]:
        """The batch and all that it started, each after its parent."""
        found = [self.process.pid]
        for pid in found:
            found += children(pid)
        return found

    def ended(self) -> str:
        """What it said last, once it is gone with all its processes."""
        tree = self.tree()
        _, errors = self.process.communicate(timeout=120)
        await_end(tree)
        return errors


def children(parent: int) -> Iterator[int]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            yield int(stat.parent.name)


def await_end(pids: list[int]) -> None:
    latest = time.monotonic() + 30
    while alive := [pid for pid in pids if is_alive(pid)]:
        assert time.monotonic() < latest, f"still there: {alive}"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def goes_on(course: Path, out: Path, gradebook: str) -> None:
    """The same command, given again, leaves what one that was never stopped leaves."""
    assert grader("grade", course, "-o", out, *QUICK).returncode == 0
    assert (out / "gradebook.csv").read_text() == gradebook
    assert sorted(path.parent.name for path in out.glob("*/report.json")) == NAMES
    assert [path for path in out.rglob("*") if path.name.endswith(".new")] == []


@pytest.mark.parametrize(
    ("send", "jobs"),
    [(os.killpg, 2), (os.kill, 2), (os.kill, 1)],
    ids=["the terminal's group", "the batch alone", "one job"],
)
def test_ctrl_c_keeps_what_is_done(
    course: Path, gradebook: str, tmp_path: Path, send: Callable[[int, int], None], jobs: int
) -> None:
    run = Run(course, tmp_path, jobs)
    run.await_reports(2)
    tree = run.tree()
    send(run.process.pid, signal.SIGINT)
    said = run.ended()
    await_end(tree)
    assert run.process.returncode == 130, said
    done = len(list(tmp_path.glob("*/report.json")))
    assert said.splitlines()[-1] == f"interrupted: {done} of {len(NAMES)} graded; the same command goes on"
    assert len((tmp_path / "gradebook.csv").read_text().splitlines()) == done + 1
    goes_on(course, tmp_path, gradebook)


VICTIMS: dict[str, Callable[[Run], int]] = {
    "the batch": lambda run: run.process.pid,
    "a judge": lambda run: next(children(run.process.pid)),
    "a judge's wall": lambda run: next(children(next(children(run.process.pid)))),
    "a student's process": lambda run: run.tree()[-1],
}


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_process_that_is_killed_costs_nothing(
    course: Path, gradebook: str, tmp_path: Path, victim: str
) -> None:
    run = Run(course, tmp_path, 2)
    run.await_reports(1)
    tree = run.tree()
    os.kill(VICTIMS[victim](run), signal.SIGKILL)
    said = run.ended()
    await_end(tree)
    if victim == "the batch":
        assert run.process.returncode == -signal.SIGKILL
    else:
        assert run.process.returncode == 0, said
        assert (tmp_path / "gradebook.csv").read_text() == gradebook
    goes_on(course, tmp_path, gradebook)


def test_two_graders_do_not_write_into_one_folder(course: Path, tmp_path: Path) -> None:
    with alone(tmp_path):
        told = grader("grade", course, "-o", tmp_path, *QUICK)
    assert told.returncode == 2
    assert told.stderr == f"grader: another grader is writing into {tmp_path}; wait for it to end\n"
    with alone(tmp_path):
        pass


def test_fresh_forgets_what_is_stored_so_that_it_can_be_stopped(course: Path, tmp_path: Path) -> None:
    goes = ("grade", course, "-o", tmp_path, *QUICK)
    assert grader(*goes).returncode == 0
    run = subprocess.Popen(
        [sys.executable, "-m", "grader.cli", *map(str, goes), "--fresh"], stderr=subprocess.PIPE, text=True
    )
    last = tmp_path / NAMES[-1] / "report.json"
    while "job_key" in last.read_text() and run.poll() is None:
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=120)
    assert said.endswith("graded; the same command without --fresh goes on\n")


def test_a_full_disk_leaves_the_old_file_and_says_what_is_full(tmp_path: Path) -> None:
    file = tmp_path / "gradebook.csv"
    write_aside(file, b"old")
    (tmp_path / ".gradebook.csv.new").symlink_to(FULL)
    with pytest.raises(OSError, match="No space left") as told:
        write_aside(file, b"new")
    assert told.value.filename == str(file)
    assert file.read_bytes() == b"old"
    write_aside(file, b"new")
    assert file.read_bytes() == b"new"


def test_a_batch_stops_when_the_disk_is_full(course: Path, gradebook: str, tmp_path: Path) -> None:
    (tmp_path / NAMES[3]).mkdir()
    (tmp_path / NAMES[3] / ".report.json.new").symlink_to(FULL)
    told = grader("grade", course, "-o", tmp_path, *QUICK, "--jobs", "1")
    assert told.returncode == 2
    assert told.stderr.splitlines()[-1] == (
        f"grader: {tmp_path / NAMES[3]} cannot be written (No space left on device); "
        f"3 of {len(NAMES)} are graded; make room, and the same command goes on"
    )
    goes_on(course, tmp_path, gradebook)
