"""What one judge holds after so many submissions of a class (SVM and softmax).

    python benchmarks/judge_memory.py FOLDER [--at 100 --at 1000]

FOLDER holds a submission in each entry; they are taken again from the first when there are too few.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from pathlib import Path

from grader.assignment1 import ASSIGNMENT
from grader.batch.judge import Judge
from grader.batch.plan import Batch, SandboxChoice
from grader.diagnosis.mending.submission import MendPlan
from grader.grade import Job
from grader.intake.submission import Entry
from grader.scoring import rubric


def held_mb() -> float:
    """What this process holds in memory, in MB."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS:"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--at", type=int, action="append", help="after so many (repeatable)")
    options = parser.parse_args()
    marks = sorted(options.at or [100, 300, 1000])
    marked = rubric.load("assignment1", ASSIGNMENT)
    job = Job(ASSIGNMENT, marked, questions=("svm", "softmax"), mend=MendPlan())
    paths = itertools.islice(itertools.cycle(sorted(options.folder.iterdir())), marks[-1])
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        Judge(Batch((), job, SandboxChoice(), Path(folder))) as judge,
    ):
        for number, path in enumerate(paths, start=1):
            judge.grade(Entry(f"{number:06}", path), lambda title: None)
            if number in marks:
                cpu = 1000 * time.process_time() / number
                passed = time.monotonic() - began
                print(f"{number:6} graded  {held_mb():6.1f} MB  {cpu:6.1f} ms CPU each  {passed:7.1f} s")


if __name__ == "__main__":
    main()
