"""A batch on a cluster of three workers on this machine, one of which is killed; and clusters of no use."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import SAMPLES, grader, refused, started

Client = pytest.importorskip("distributed", reason="needs the extra [cluster]").Client

QUICK = ("--question", "knn", "--no-train", "--seed", "3")
NAMES = [f"student{n:02}" for n in range(9)]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    for number, name in enumerate(NAMES):
        shutil.copytree(SAMPLES / "demo" / ("ada", "alan", "grace")[number % 3], folder / name)
    (folder / "truncated.zip").write_bytes(b"PK\x03\x04 and no more")
    return folder


class Cluster:
    """`dask scheduler` and three of `dask worker`, as the documents say."""

    def __init__(self, folder: Path) -> None:
        file = folder / "scheduler.json"
        own = ("--host", "127.0.0.1", "--port", "0", "--scheduler-file", file)
        self.scheduler = self._start("scheduler", *own)
        while not file.exists():
            assert self.scheduler.poll() is None
            time.sleep(0.05)
        with Client(scheduler_file=str(file)) as client:
            self.address: str = client.scheduler.address
            self.workers = [self._worker() for _ in range(3)]
            client.wait_for_workers(3)

    def _worker(self) -> subprocess.Popen[bytes]:
        return self._start("worker", self.address, "--nthreads", "1", "--no-nanny")

    def _start(self, role: str, *args: str | Path) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{role}", *map(str, args), "--no-dashboard"]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    started = Cluster(tmp_path_factory.mktemp("cluster"))
    yield started
    started.close()


def test_a_worker_whose_machine_would_grade_otherwise_is_refused_by_name(
    cluster: Cluster, course: Path, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import numpy\nnumpy.__version__ = '1.0'\n")
    told = refused(
        started(
            *("grade", course, "-o", tmp_path / "out", *QUICK),
            *("--executor", "dask", "--scheduler", cluster.address),
            PYTHONPATH=str(tmp_path),
        )
    )
    assert told.startswith("the worker tcp://127.0.0.1:")
    assert "would grade otherwise: numpy" in told


def test_its_gradebook_is_the_local_one_though_a_worker_is_killed(
    cluster: Cluster, course: Path, tmp_path: Path
) -> None:
    assert grader("grade", course, "-o", tmp_path / "local", *QUICK).returncode == 0
    out = tmp_path / "out"
    where = ("--executor", "dask", "--scheduler", cluster.address)
    command = [sys.executable, "-m", "grader.cli", "grade", course, "-o", out, *QUICK, *where]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as running:
        while not list(out.glob("*/report.json")) and running.poll() is None:
            time.sleep(0.01)
        cluster.workers[0].kill()
        assert running.stderr is not None
        said = running.stderr.read()
    assert running.returncode == 0, said
    assert (out / "gradebook.csv").read_text() == (tmp_path / "local/gradebook.csv").read_text()

    stored = {file: file.stat().st_mtime_ns for file in out.glob("*/report.json")}
    assert grader("grade", course, "-o", out, *QUICK, *where).returncode == 0
    assert {file: file.stat().st_mtime_ns for file in stored} == stored, "what is stored is not graded again"


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--executor", "slurm"], "--executor 'slurm' is none of local, dask"),
        (["--executor", "dask"], "--executor dask needs --scheduler"),
        (
            ["--scheduler", "tcp://127.0.0.1:1"],
            "--executor 'local' is none of local, dask; --scheduler belongs",
        ),
        (
            ["--executor", "dask", "--scheduler", "nowhere at all"],
            "no dask scheduler answers at nowhere at all",
        ),
    ],
)
def test_a_cluster_of_no_use_is_told(course: Path, tmp_path: Path, args: list[str], sentence: str) -> None:
    assert refused(grader("grade", course, "-o", tmp_path / "out", *QUICK, *args)).startswith(sentence)
