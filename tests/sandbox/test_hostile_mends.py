"""Candidates of hostile work: they cost a hint at most, never a verdict, a point or the machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from grader.assignment1 import ASSIGNMENT
from grader.assignment1.layout import LAYOUT
from grader.diagnosis.mending.submission import MendPlan
from grader.grade import Job, grade_entry
from grader.intake.site import Site
from grader.intake.submission import single
from grader.result import Report, encode_report
from grader.sandbox.host import Limits, Sandbox
from grader.scoring import rubric
from grader.student.calls import StudentTimeout
from grader.student.sandboxed import Sandboxed

RUBRIC = rubric.load("assignment1", ASSIGNMENT)
#: A slip that no catalogue names (the term is `reg - ΣW²`), with room for more.
WORK = """
import os
import sys
import numpy as np
{above}

def svm_loss_vectorized(W, X, y, reg):
    num_train = X.shape[0]
    scores = X.dot(W)
    if reg < 0:
        {inside}
    correct = scores[np.arange(num_train), y][:, np.newaxis]
    margins = np.maximum(0, scores - correct + 1)
    margins[np.arange(num_train), y] = 0
    loss = np.sum(margins) / num_train + reg - np.sum(W * W)
    mask = (margins > 0).astype(float)
    mask[np.arange(num_train), y] = -np.sum(mask, axis=1)
    dW = X.T.dot(mask) / num_train + 2 * reg * W
    return loss, dW
"""
LINE = 15
#: What a candidate does that makes the condition true.
INSIDE = {
    "nothing": "pass",
    "loops": "while True: pass",
    "loops-and-keeps-every-exception": """while True:
            try:
                while True: pass
            except BaseException: pass""",
    "forks": "os.fork()",
    "runs-a-program": "os.system('touch /tmp/ran')",
    "eats-memory": "scores = [np.ones(10**7) for _ in range(10**6)]",
    "leaves": "os._exit(0)",
    "raises-its-own": "raise type('Odd', (BaseException,), {'__str__': lambda self: 1 / 0})",
    "changes-its-inputs": "W[:] = X[:] = 0",
    "prints-without-end": "print('a' * 10**6); os.write(1, b'b' * 10**5)",
}
#: After these nothing can be tried any more in that process.
SPOILING = {
    "sleeps": "__import__('time').sleep(60)",
    "forgets-every-module": "sys.modules.clear()",
    "forgets-every-name": "globals().clear()",
}
#: What the module does to the worker's own code, where it can find it.
FIND = """M = next((m for n, m in sys.modules.items() if n.endswith('wall.mending')), None)
zeros = lambda n: np.zeros(n, np.uint8)
"""
ABOVE = {
    "rebinds-what-compares": "np.asarray = lambda *a, **k: 1 / 0",
    "rebinds-the-compiler": "import builtins; builtins.compile = lambda *a, **k: 1 / 0",
    "tells-lines-that-are-none": """
told = {'rows': np.zeros(9, np.int16), 'at': np.full(9, 10**6, np.int32)}
M.Mending._described = staticmethod(lambda edits: told)""",
    "tells-operators-that-are-none": """
told = {'rows': np.full(9, 999, np.int16), 'at': np.ones(9, np.int32)}
M.Mending._described = staticmethod(lambda edits: told)""",
    "tells-edits-without-end": """
told = {'rows': np.zeros(3 * 10**6, np.int16), 'at': np.ones(3 * 10**6, np.int32)}
M.Mending._described = staticmethod(lambda edits: told)""",
    "answers-with-texts": """
M.Mending.run = lambda *a, **k: {'status': 'all', 'rows': 'are', 'lines': 'right'}""",
    "answers-with-too-much": """
M.Mending.tell = lambda *a, **k: {'changes': [['x' * 10**6] * 10**3] * 60, 'sizes': [1] * 60}""",
    "answers-with-nan": """
def run(self, chain, picks, scene, limit_s):
    rows = np.full((len(picks), self.players[scene].size), np.nan)
    return {'status': zeros(len(picks)), 'rows': rows, 'lines': np.zeros(len(picks), np.int32)}
M.Mending.run = run""",
}


@pytest.fixture(scope="module")
def wall() -> Iterator[Sandbox]:
    with Sandbox("auto", limits=Limits(memory_mb=512, cpu_s=60, call_s=5, total_s=120)) as sandbox:
        yield sandbox


def graded(wall: Sandbox, folder: Path, above: str, inside: str, plan: MendPlan | None) -> Report:
    file = folder / "cs231n" / "classifiers" / "linear_svm.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(WORK.format(above=above, inside=inside))
    return grade_entry(single(folder), Job(ASSIGNMENT, RUBRIC, questions=("svm",), mend=plan), wall)


def without_mends(report: Report) -> bytes:
    """All that a mend must not change."""
    questions = [
        msgspec.structs.replace(
            question,
            checks=tuple(
                msgspec.structs.replace(check, help="", hint="", where=None) for check in question.checks
            ),
        )
        for question in report.questions
    ]
    plain = msgspec.structs.replace(
        report, questions=tuple(questions), mends=(), environment={}, duration_s=0.0, notes=()
    )
    return encode_report(plain)


@pytest.mark.parametrize("trait", INSIDE)
def test_a_candidate_that_is_let_loose_costs_nothing_and_the_mend_is_found(
    wall: Sandbox, tmp_path: Path, trait: str
) -> None:
    plain = graded(wall, tmp_path, "", INSIDE[trait], None)
    report = graded(wall, tmp_path, "", INSIDE[trait], MendPlan())
    assert without_mends(report) == without_mends(plain)
    assert report.faults == ()
    [mend] = report.mends
    line = LINE + INSIDE[trait].count("\n")
    assert (mend.role, mend.lines[0].kind, mend.lines[0].where.line) == ("svm.vectorized", "operator", line)


@pytest.mark.parametrize("trait", SPOILING)
def test_a_candidate_that_spoils_its_process_costs_a_hint_at_most(
    wall: Sandbox, tmp_path: Path, trait: str
) -> None:
    plain = graded(wall, tmp_path, "", SPOILING[trait], None)
    report = graded(wall, tmp_path, "", SPOILING[trait], MendPlan())
    assert without_mends(report) == without_mends(plain)
    assert report.faults == ()


@pytest.mark.parametrize("trait", ABOVE)
def test_work_that_lies_about_its_candidates_gets_no_hint_and_keeps_its_verdicts(
    wall: Sandbox, tmp_path: Path, trait: str
) -> None:
    above = FIND + ABOVE[trait]
    plain = graded(wall, tmp_path, above, "pass", None)
    report = graded(wall, tmp_path, above, "pass", MendPlan())
    assert without_mends(report) == without_mends(plain)
    assert report.faults == ()
    assert all(0 < line.where.line < 40 for mend in report.mends for line in mend.lines if line.where.line)


def test_all_workers_in_which_a_mend_is_sought_have_one_budget() -> None:
    file, function = "cs231n/classifiers/linear_svm.py", "svm_loss_vectorized"
    files = {file: WORK.format(above="", inside="pass").encode()}
    problem = (np.zeros((3, 2)), np.ones((4, 3)), np.array([0, 1, 0, 1]), 0.0)
    with (
        Sandbox("auto", limits=Limits(mends_s=1e-9)) as impatient,
        Sandboxed(impatient, LAYOUT, files, {"svm.vectorized": Site(file, function)}) as student,
    ):
        student.call("svm.vectorized", *problem)
        for _ in range(2):
            with pytest.raises(StudentTimeout, match="that a submission has in all for mends"):
                student.another().call("svm.vectorized", *problem)
        student.call("svm.vectorized", *problem)


def test_two_reports_with_a_mend_are_equal(wall: Sandbox, tmp_path: Path) -> None:
    one, other = (graded(wall, tmp_path, "", "pass", MendPlan()) for _ in range(2))
    assert one.mends
    assert one.mends == other.mends
    assert one.questions == other.questions
