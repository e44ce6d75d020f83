"""The problems for pen and paper: right work is right on all of them, wrong work has one that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from judged import subject
from plant import CATALOGUES, read_catalogue

from grader.assignment1 import ASSIGNMENT
from grader.assignment1.layers.examples import RELU, SCORES
from grader.assignment1.linear.examples import TINY
from grader.batch.plan import SandboxChoice
from grader.checking.check import Setting
from grader.diagnosis.examples.posed import Posed
from grader.diagnosis.examples.search import example_of
from grader.grade import Job, grade_entry
from grader.intake.submission import open_submission, single
from grader.intake.work import read_work
from grader.report import render_console
from grader.result import CheckResult, Example, Report, Verdict
from grader.sandbox.host import Limits, Sandbox
from grader.scoring import rubric
from grader.student.sandboxed import Sandboxed

CORRECT = Path(__file__).parents[2] / "submissions" / "correct"
RUBRIC = rubric.load("assignment1", ASSIGNMENT)
MISTAKES = read_catalogue(CATALOGUES["mistakes"])
#: A mistake for every kind of problem, and what its table is about.
SHOWN = {
    "gradient-not-divided-by-n--softmax": ("softmax", "dW"),
    "loss-doubled--naive": ("svm", "the loss"),
    "forgot-regularization-gradient--vectorized": ("svm", "reg's part of dW"),
    "gradient-transposed--naive": ("softmax", "dW"),
    "manhattan-distances": ("knn", "dists"),
    "farthest-neighbours": ("knn", "the predicted label"),
    "vote-tie-not-smallest-label": ("knn", "the predicted label"),
    "relu-mask-missing--neural-net": ("two_layer_net", "grads['W1']"),
    "biases-regularized--neural-net": ("two_layer_net", "the loss"),
    "relu-mask-missing--fc-net": ("two_layer_net", "dx"),
    "bias-gradient-divided-by-n-twice--fc-net": ("two_layer_net", "db"),
    "softmax-indicator-missing--layers": ("two_layer_net", "dx"),
    "momentum-ignored": ("fully_connected", "what a step adds to w"),
    "softmax-not-shifted--vectorized": ("softmax", "the loss"),
    "softmax-not-shifted--in-the-nets-gradient": ("two_layer_net", "grads['W2']"),
    "softmax-shifted-by-something-else--layers": ("two_layer_net", "dx"),
    "softmax-shifted-by-batch-maximum--neural-net": ("two_layer_net", "the loss"),
    "step-count-not-stored": ("fully_connected", "what a step adds to w"),
}


@pytest.fixture(scope="module")
def wall() -> Iterator[Sandbox]:
    with SandboxChoice("auto", None, Limits()).build() as sandbox:
        yield sandbox


def posed_to(work: Any, student: Sandboxed) -> Iterator[tuple[str, Posed]]:
    """Every problem that could be posed to a submission, whichever check failed."""
    setting = Setting(penalties=work.edition.penalties)
    for question in ASSIGNMENT.questions:
        if question.id in work.edition.questions:
            for check in question.of(*question.checks):
                failed = CheckResult(
                    id=check.id,
                    title="",
                    verdict=Verdict.FAILED,
                    role=check.role,
                    statement=check.statement,
                )
                if check.role in student.sites or check.role == f"{question.id}.loss":
                    for poser in question.examples:
                        for posed in poser(subject(student, question.id), failed, setting):
                            yield check.id, posed


@pytest.mark.parametrize("edition", ["2015", "2016", "2019", "2021", "2025"])
def test_right_work_is_right_on_every_problem(wall: Sandbox, edition: str) -> None:
    submission = open_submission(single(CORRECT / edition), ASSIGNMENT.editions.landmarks)
    work = read_work(submission, ASSIGNMENT.editions)
    with Sandboxed(wall, ASSIGNMENT.layout, work.files, work.sites, work.absent) as student:
        found = [(id, example_of(posed), posed.ask()) for id, posed in posed_to(work, student)]
    assert len(found) > 20
    assert [(id, example) for id, example, _ in found if example is not None] == []
    assert all(np.all(np.isfinite(answer)) for _, _, answer in found)


@pytest.mark.parametrize("tiny", TINY, ids=str)
def test_no_margin_of_a_linear_problem_is_at_its_kink(tiny: Any) -> None:
    margins = margins_of(tiny.X @ tiny.W, tiny.y)
    assert np.all(margins != 0)


def test_no_number_of_a_layer_problem_is_at_its_kink() -> None:
    assert all(np.all(margins_of(x, y) != 0) for x, y in SCORES)
    assert all(np.all(x != 0) for x, _ in RELU)


def margins_of(scores: Any, y: Any) -> Any:
    own = scores[np.arange(len(y)), y][:, np.newaxis]
    return (scores - own + 1)[np.arange(scores.shape[1]) != y[:, np.newaxis]]


def graded(wall: Sandbox, folder: Path, question: str) -> Report:
    return grade_entry(single(folder), Job(ASSIGNMENT, RUBRIC, questions=(question,)), wall)


def examples_of(report: Report) -> list[tuple[CheckResult, Example]]:
    checks = [check for question in report.questions for check in question.checks]
    return [(check, check.example) for check in checks if check.example is not None]


@pytest.mark.parametrize("name", SHOWN)
def test_a_mistake_has_a_small_problem_that_shows_it(wall: Sandbox, planted_samples: Path, name: str) -> None:
    question, about = SHOWN[name]
    report = graded(wall, planted_samples / "mistakes" / name, question)
    assert report.faults == ()
    found = examples_of(report)
    assert about in [example.about for _, example in found]
    for check, example in found:
        assert check.verdict is Verdict.FAILED
        # The second place of one mistake is shown, too; what a mistake led to is not.
        assert check.mistakes or check.follows_from is None
        kinds = {row.kind: row for row in example.rows}
        pairs = zip(kinds["yours"].values, kinds["expected"].values, strict=True)
        assert all((yours != right) is (i in kinds["yours"].wrong) for i, (yours, right) in enumerate(pairs))
    page = render_console(report)
    assert all(value in page for row in found[0][1].rows for value in row.values)


def test_two_gradings_have_equal_examples(wall: Sandbox, planted_samples: Path) -> None:
    folder = planted_samples / "mistakes" / "gradient-not-divided-by-n--softmax"
    first, second = (examples_of(graded(wall, folder, "softmax")) for _ in range(2))
    assert first == second


def test_what_remembers_earlier_calls_has_no_example(wall: Sandbox, planted_samples: Path) -> None:
    report = graded(wall, planted_samples / "mistakes" / "result-depends-on-hidden-state--naive", "softmax")
    assert report.diagnoses
    assert examples_of(report) == []


HOSTILE = {
    "a text": "return 'loss', 'dW'",
    "nan": "return float('nan'), W * np.nan",
    "huge": "return 1e308, W + 1e308",
    "ragged": "return 1.0, [[1], [1, 2]]",
    "small problems raise": "assert W.shape[0] > 3\n    return 1.0, W",
    "small problems leave": "if W.shape[0] < 4: import os; os._exit(3)\n    return 1.0, W",
    "another shape": "return 1.0, np.ones((2, 2, 2)) if W.shape[0] < 4 else W",
    "a random answer": "return np.random.rand(), W * np.random.rand()",
    "markup": "return 1.0, np.array([['[red]', chr(27)]])",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_an_odd_answer_changes_no_verdict_and_breaks_no_page(
    wall: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    file = tmp_path / "cs231n" / "classifiers" / "softmax.py"
    file.parent.mkdir(parents=True)
    functions = ("softmax_loss_naive", "softmax_loss_vectorized")
    text = "\n\n".join(f"def {name}(W, X, y, reg):\n    {body}" for name in functions)
    file.write_text(f"import numpy as np\n\n\n{text}\n")
    report = graded(wall, tmp_path, "softmax")
    assert report.faults == ()
    page = render_console(report)
    assert max(map(len, page.splitlines())) <= 80
    assert all(char == "\n" or char.isprintable() for char in page)
    monkeypatch.setattr("grader.grade.questions.with_examples", lambda found, *rest: found)
    assert without_examples(report) == without_examples(graded(wall, tmp_path, "softmax"))


def without_examples(report: Report) -> bytes:
    """The checks as JSON without what illustrates them; one nan is another there."""
    checks = (check for question in report.questions for check in question.checks)
    return msgspec.json.encode(
        [msgspec.structs.replace(check, example=None, pictures=()) for check in checks]
    )
