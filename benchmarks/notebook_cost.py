"""What running a notebook costs beside its own cells: both engines, and bare nbclient, on a trivial notebook.

    python benchmarks/notebook_cost.py [--runs 10]

CPU is that of everything that was started for the notebook; the warm process and data are made once a batch.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from grader.assignment1.notebooks.course_data import quick_data
from grader.assignment1.notebooks.material import CourseMaterial
from grader.intake.notebooks.read import read_notebook
from grader.sandbox.host import Sandbox, SandboxError
from grader.sandbox.kernels import KernelSandbox
from grader.student.notebooks.execute import (
    FAST_PRELOAD,
    Engine,
    Plan,
    limits_for,
)

CELLS = ["x = 1", "print(x)", "x + 1"]
TARGET_MS = 60.0


def notebook() -> bytes:
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in CELLS]
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}).encode()


def by_engine(engine: Engine) -> Callable[[], float]:
    data = notebook()
    plan = Plan(read_notebook("trivial.ipynb", data), {"trivial.ipynb": data}, CourseMaterial("quick"))

    def run() -> float:
        before = time.process_time()
        done = engine.run(plan)
        assert done.finished, done.failures
        worker = done.worker
        done.close()
        return time.process_time() - before + worker.cpu_s  # type: ignore[union-attr]

    return run


def bare() -> float:
    """nbclient in this process, its kernel beside it, with no wall."""
    before, children = time.process_time(), _children()
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(nbformat.reads(notebook(), 4), resources={"metadata": {"path": folder}}).execute()
    return time.process_time() - before + _children() - children


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(name: str, run: Callable[[], float], runs: int) -> float:
    run()
    cpu, wall = [], []
    for _ in range(runs):
        started = time.perf_counter()
        cpu.append(run() * 1000)
        wall.append((time.perf_counter() - started) * 1000)
    print(
        f"{name:<28} cpu ms {min(cpu):7.1f} / {statistics.median(cpu):7.1f}   "
        f"wall ms {min(wall):7.1f} / {statistics.median(wall):7.1f}"
    )
    return statistics.median(cpu)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    runs = parser.parse_args().runs
    print("min / median")
    with tempfile.TemporaryDirectory() as folder:
        data = quick_data(Path(folder))
        with Sandbox(limits=limits_for("quick"), preload=FAST_PRELOAD, shared=data.folder) as sandbox:
            cost = measure(f"fast engine ({sandbox.level})", by_engine(Engine(sandbox)), runs)
        try:
            room = KernelSandbox(limits=limits_for("quick"), shared=data.folder)
            measure("faithful engine (bwrap)", by_engine(Engine(room)), max(runs // 3, 1))
        except SandboxError as reason:
            print(f"faithful engine: {reason}")
    measure("bare nbclient, no wall", bare, max(runs // 3, 1))
    print(
        f"fast engine: {cost:.0f} ms of CPU; {'within' if cost <= TARGET_MS else 'OVER'} {TARGET_MS:.0f} ms"
    )


if __name__ == "__main__":
    main()
