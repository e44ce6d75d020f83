"""What the wall costs: CPU and time per submission at each level, and what a batch leaves behind.

    python benchmarks/sandbox_cost.py [SUBMISSIONS]

A submission here is a fresh worker, one small module loaded, one call with small arrays. Total CPU is that of
judge, warm process and worker. The level `none` is the unhardened fork that the others are compared with.
"""

from __future__ import annotations

import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from grader.sandbox.host import Sandbox
from grader.sandbox.machine import probe

SOURCE = b"import numpy as np\n\ndef loss(W, X):\n    return float((X @ W).sum())\n"
LOAD = {
    "op": "load",
    "paths": ["student.py"],
    "sizes": [len(SOURCE)],
    "blob": np.frombuffer(SOURCE, dtype=np.uint8),
    "package": "course",
    "loose": "course.work",
    "supplied": [],
    "real_plots": False,
}
CALL = {
    "op": "call",
    "target": {"file": "student.py", "name": "loss"},
    "method": None,
    "args": (np.ones((30, 10)), np.ones((50, 30))),
    "kwargs": {},
    "keep": False,
    "probe": None,
    "seed": 231,
}


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    levels = [status.name for status in probe() if status.available]
    before = _left_behind()
    print(f"{count} submissions per level, {os.cpu_count()} cores\n")
    print("level       worker CPU ms   total CPU ms   wall ms   to first result ms   judge grew KB")
    costs = {level: _measure(level, count) for level in reversed(levels)}
    base = costs["none"]
    print("\nadded to an unhardened fork (total CPU, at most 20 ms):")
    for level, cost in costs.items():
        print(f"  {level:10} {cost - base:6.1f} ms")
    after = _left_behind()
    print("\nleft behind:", "nothing" if after == before else f"{before} -> {after}")


def _measure(level: str, count: int) -> float:
    """CPU of everything per submission, in milliseconds."""
    workers, wall, first, early = [], [], [], 0
    with Sandbox(level) as sandbox:
        started = _cpu()
        for number in range(count):
            begin = time.perf_counter()
            worker = sandbox.start()
            worker.request(LOAD)
            worker.request(CALL)
            first.append(time.perf_counter() - begin)
            worker.close()
            wall.append(time.perf_counter() - begin)
            workers.append(worker.cpu_s)
            if number == count // 4:
                early = _memory_kb()
        total = (_cpu() - started) / count * 1e3
    columns = [statistics.median(series) * 1e3 for series in (workers, wall, first)]
    print(
        f"{level:10}  {columns[0]:13.1f}  {total:13.1f}  {columns[1]:8.1f}  {columns[2]:19.1f}  "
        f"{_memory_kb() - early:14}"
    )
    return total


def _memory_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _cpu() -> float:
    """Seconds used by this process, by its living descendants, and by those that these have waited for."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    ticks = sum(sum(map(int, fields[11:15])) for fields in _descendants())
    return usage.ru_utime + usage.ru_stime + ticks / os.sysconf("SC_CLK_TCK")


def _descendants() -> list[list[str]]:
    """The fields of /proc/…/stat, after the name, of every process below this one."""
    found, parents = [], {str(os.getpid())}
    tables = [path.read_text() for path in Path("/proc").glob("[0-9]*/stat")]
    while True:
        rows = [(text.split(" ", 1)[0], text.rpartition(")")[2].split()) for text in tables]
        more = [(pid, fields) for pid, fields in rows if fields[1] in parents and pid not in parents]
        if not more:
            return found
        found += [fields for _, fields in more]
        parents |= {pid for pid, _ in more}


def _left_behind() -> tuple[int, int, int, int]:
    """Counts of open descriptors, mounts, child processes, temporary folders."""
    own = Path("/proc/self")
    return (
        len(list((own / "fd").iterdir())),
        len((own / "mountinfo").read_text().splitlines()),
        len((own / "task" / str(os.getpid()) / "children").read_text().split()),
        len(list(Path(tempfile.gettempdir()).glob("grader-*"))),
    )


if __name__ == "__main__":
    main()
