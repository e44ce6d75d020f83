"""Answers of any kind and forged records are wrong work, never a fault of the grader's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.batch.plan import SandboxChoice
from grader.checking.check import Setting
from grader.exercises import ASSIGNMENT
from grader.grade import Job, grade_entry
from grader.intake.submission import single
from grader.result import Report
from grader.sandbox.host import Limits, Sandbox
from grader.scoring import rubric

RUBRIC = rubric.load("exercises", ASSIGNMENT)
NAMES = [site.name for site in ASSIGNMENT.editions.load("notes").roles.values()]
ANSWERS = {
    "none": "None",
    "text": "'no'",
    "nothing": "()",
    "ragged": "([[1], [1, 2]], {}, [[1], [1, 2]], 'x', None)[:2]",
    "nan": "(np.full((2, 3), np.nan), np.full((1, 3), np.nan))",
    "empty": "(np.zeros((2, 0)), np.zeros(0))",
    "two classes": "(np.zeros((2, 2)), np.zeros(2))",
    "complex": "(1j * np.ones((2, 3)), 1j)",
    "numbers": "(1.0, np.ones((5, 4)), [[1.0], [1.0, 2.0]])",
    "five": "(1.0, [[1], [1, 2]], {}, np.ones(3), np.inf)",
    "a function": "(lambda *given: 'no')",
    "a function that diverged": "(lambda x: np.full(len(x), 1e300))",
}
FORGED = """\
import numpy as np


def numerical_gradient(f, x, h=1e-5):
    f.calls = 7
    return np.ones(x.shape)


def random_search(loss, X, y, shape, tries):
    for _ in range(tries):
        loss(X, y, np.random.randn(*shape))
    loss.overwritten = None
    loss.weights = [np.ones(2), 'x']
    return np.ones(shape), 1.25
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with SandboxChoice("auto", None, Limits()).build() as wall:
        yield wall


def graded(sandbox: Sandbox, folder: Path, text: str) -> Report:
    (folder / "exercises.py").write_text(text)
    setting = Setting(training=ASSIGNMENT.training("auto", 231, None))
    return grade_entry(single(folder), Job(ASSIGNMENT, RUBRIC, setting=setting), sandbox)


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_any_answer_is_wrong_work(sandbox: Sandbox, tmp_path: Path, answer: str) -> None:
    functions = [f"def {name}(*given, **named):\n    return {answer}\n" for name in NAMES]
    report = graded(sandbox, tmp_path, "\n\n".join(["import numpy as np\n", *functions]))
    assert report.faults == ()
    assert report.max_score == 100
    assert report.score == 0
    said = [check.message for question in report.questions for check in question.checks]
    assert not [message for message in said if re.search(r"\d{20}", message)]


def test_a_forged_record_earns_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    report = graded(sandbox, tmp_path, FORGED)
    assert report.faults == ()
    assert report.score == 0
    assert report.max_score == 100
