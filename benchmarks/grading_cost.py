"""CPU per submission (SVM and softmax, sandboxed) beside what the student's own functions cost bare.

    python benchmarks/grading_cost.py [SUBMISSION] [--runs N]

The bare figure makes the very calls that grading made, on the same arrays, in this warm process. It imports
the submission, so use it on work that you trust; without an argument it takes our own sample.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np

from grader.assignment1 import ASSIGNMENT
from grader.assignment1.editions import EDITIONS
from grader.assignment1.layout import LAYOUT
from grader.grade import Job, grade_student
from grader.intake.submission import open_submission, single
from grader.intake.work import read_work
from grader.sandbox.host import Sandbox
from grader.scoring import rubric
from grader.student.calls import Answer
from grader.student.sandboxed import Sandboxed, load_request
from grader.wall.worker import Workbench

SAMPLE = Path(__file__).parent.parent / "submissions" / "correct" / "2019"


class Recorded(Sandboxed):
    """Keeps every request, and the CPU time of the workers that answered."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.requests: list[dict[str, Any]] = []
        self.answers: list[Any] = []
        self.worker_cpu = 0.0

    def request(
        self, message: dict[str, Any], timeout: float | None = None, answer: Answer | None = None
    ) -> dict[str, Any]:
        def kept(question: Any) -> Any:
            self.answers.append(answer(question) if answer is not None else None)
            return self.answers[-1]

        if message["op"] != "all":  # each of those comes by itself, too
            self.requests.append(message)
        return super().request(message, timeout, answer and kept)

    def close(self) -> None:
        worker = self._worker
        super().close()
        if worker is not None:
            self.worker_cpu += worker.cpu_s


def graded(path: Path, job: Job, sandbox: Sandbox) -> tuple[float, Recorded, dict[str, bytes]]:
    """CPU seconds of judge and worker together, what was asked and answered, and the files."""
    start = time.process_time()
    work = read_work(
        open_submission(single(path), EDITIONS.landmarks), EDITIONS, job.edition, job.course_files
    )
    with Recorded(sandbox, LAYOUT, work.files, work.sites, work.absent) as student:
        grade_student(student, work.edition, job, work.files)
    return time.process_time() - start + student.worker_cpu, student, dict(work.files)


def bare(files: dict[str, bytes], recorded: Recorded) -> float:
    """CPU seconds that the student's own functions take for the same calls, without copies or a wire."""
    bench = Workbench()
    bench.handle(load_request(files, LAYOUT))
    answers = iter(recorded.answers)
    bench._ask = lambda question: next(answers)
    seconds = 0.0
    for request in recorded.requests:
        if request["op"] != "call":
            bench.handle(request, bench._ask)
            bench._ask = lambda question: next(answers)
            continue
        function = bench._target(request["target"])
        function = getattr(function, request["method"]) if request["method"] else function
        args = [a.copy() if isinstance(a, np.ndarray) else a for a in request["args"]]
        start = time.process_time()
        value = function(*args, **request["kwargs"])
        seconds += time.process_time() - start
        if request["keep"]:
            bench.objects.append(value)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("submission", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--runs", type=int, default=20)
    options = parser.parse_args()
    job = Job(ASSIGNMENT, rubric.load("assignment1", ASSIGNMENT), questions=("svm", "softmax"))
    with Sandbox() as sandbox:
        graded(options.submission, job, sandbox)  # the first run fills the caches that a batch shares
        runs = [graded(options.submission, job, sandbox) for _ in range(options.runs)]
    direct = [bare(runs[0][2], runs[0][1]) for _ in range(options.runs)]
    print(f"{len(runs[0][1].requests)} requests, {options.runs} runs, sandbox: {sandbox.level}")
    for name, seconds in (("graded, sandboxed", [run[0] for run in runs]), ("the same calls, bare", direct)):
        ms = [1000 * s for s in seconds]
        print(
            f"{name:22} CPU ms  min {min(ms):6.1f}  median {statistics.median(ms):6.1f}  max {max(ms):6.1f}"
        )


if __name__ == "__main__":
    main()
