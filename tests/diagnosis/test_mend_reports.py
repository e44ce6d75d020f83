"""A mend in a report: what its author is told at each level, and what stays as it was."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from grader.assignment1 import ASSIGNMENT
from grader.diagnosis.mending.submission import MendPlan, quotes
from grader.grade import Job, grade_entry
from grader.intake.submission import single
from grader.result import CheckResult, Report, Verdict, encode_report
from grader.sandbox.host import Sandbox
from grader.scoring import rubric

RUBRIC = rubric.load("assignment1", ASSIGNMENT)
#: The term is `reg - ΣW²`: nothing names it. The gradient is right.
WORK = """
import numpy as np

def svm_loss_vectorized(W, X, y, reg):
    num_train = X.shape[0]
    scores = X.dot(W)
    correct = scores[np.arange(num_train), y][:, np.newaxis]
    margins = np.maximum(0, scores - correct + 1)
    margins[np.arange(num_train), y] = 0
    loss = np.sum(margins) / num_train
    loss += reg - np.sum(W * W)
    mask = (margins > 0).astype(float)
    mask[np.arange(num_train), y] = -np.sum(mask, axis=1)
    dW = X.T.dot(mask) / num_train + 2 * reg * W
    return loss, dW
"""
LINE = 11
STUB = """
import numpy as np

def svm_loss_vectorized(W, X, y, reg):
    loss = 0.0
    dW = np.zeros(W.shape)
    return loss, dW
"""


@pytest.fixture(scope="module")
def wall() -> Iterator[Sandbox]:
    with Sandbox("auto") as sandbox:
        yield sandbox


def graded(wall: Sandbox, folder: Path, plan: MendPlan | None, text: str = WORK) -> Report:
    file = folder / "cs231n" / "classifiers" / "linear_svm.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return grade_entry(single(folder), Job(ASSIGNMENT, RUBRIC, questions=("svm",), mend=plan), wall)


def loss_check(report: Report) -> CheckResult:
    [question] = report.questions
    return next(check for check in question.checks if check.id == "svm.vectorized.loss")


@pytest.mark.parametrize(
    ("level", "told", "untold"),
    [
        ("line", f"look at line {LINE}: with that one change there", "operation"),
        (
            "kind",
            f"line {LINE}: an operation in this line is not the one you mean; with that one change",
            "W * W",
        ),
        ("change", "loss += reg * np.sum(W * W)", "nothing"),
    ],
)
def test_an_author_is_told_as_much_as_the_rubric_says(
    wall: Sandbox, tmp_path: Path, level: str, told: str, untold: str
) -> None:
    report = graded(wall, tmp_path, MendPlan(level=level))  # type: ignore[arg-type]
    check = loss_check(report)
    assert told in check.help
    assert untold not in check.help
    assert check.where is not None
    assert check.where.line == LINE
    assert bool(report.mends[0].change) is (level == "change")


def test_an_instructor_reads_the_change_that_authors_are_not_told(wall: Sandbox, tmp_path: Path) -> None:
    report = graded(wall, tmp_path, MendPlan(level="nothing", change=True))
    plain = graded(wall, tmp_path, None)
    assert report.mends[0].change == (
        "-    loss += reg - np.sum(W * W)",
        "+    loss += reg * np.sum(W * W)",
    )
    # As JSON, in which the loss at W = 0, 0 / 0, equals itself.
    assert msgspec.json.encode(report.questions) == msgspec.json.encode(plain.questions)


def test_only_places_and_hints_are_added(wall: Sandbox, tmp_path: Path) -> None:
    def bare(report: Report) -> bytes:
        checks = [
            [msgspec.structs.replace(check, help="", hint="", where=None) for check in question.checks]
            for question in report.questions
        ]
        told = json.loads(encode_report(report))
        for name in ("questions", "mends", "environment", "duration_s"):
            del told[name]
        return msgspec.json.encode([told, checks])

    assert bare(graded(wall, tmp_path, MendPlan())) == bare(graded(wall, tmp_path, None))


def test_work_that_is_not_done_is_not_mended(wall: Sandbox, tmp_path: Path) -> None:
    assert graded(wall, tmp_path, MendPlan(), STUB).mends == ()


def test_what_has_a_name_and_a_line_is_not_sought(wall: Sandbox, tmp_path: Path) -> None:
    named = WORK.replace("reg - np", "reg * np").replace(" + 2 * reg * W", "")
    report = graded(wall, tmp_path, MendPlan(), named)
    assert [diagnosis.mistake for diagnosis in report.diagnoses] == ["forgot-regularization-gradient"]
    assert report.mends == ()


def test_a_named_mistake_without_a_line_has_that_of_the_change_and_what_it_says(
    wall: Sandbox, tmp_path: Path
) -> None:
    """The term of the data is there and is lost in the next line: nothing in the text is missing."""
    lost = WORK.replace("reg - np", "reg * np").replace(
        "/ num_train + 2 * reg * W", "/ num_train\n    dW = 2 * reg * W"
    )
    report = graded(wall, tmp_path, MendPlan(), lost)
    [diagnosis] = report.diagnoses
    assert diagnosis.mistake == "data-gradient-missing"
    assert diagnosis.where is not None
    assert lost.splitlines()[diagnosis.where.line - 1].strip() == "dW = 2 * reg * W"
    assert diagnosis.where.end_line is None
    assert "overwrites what it should add to" in diagnosis.help


def test_distances_that_come_out_as_zeros_are_wrong_and_mended_not_missing(
    wall: Sandbox, tmp_path: Path
) -> None:
    correct = Path(__file__).parents[2] / "submissions" / "correct" / "2019" / "cs231n"
    shutil.copytree(correct, tmp_path / "cs231n")
    file = tmp_path / "cs231n" / "classifiers" / "k_nearest_neighbor.py"
    text = file.read_text().replace("np.maximum(dists, 0)", "np.minimum(dists, 0)")
    file.write_text(text)
    report = grade_entry(single(tmp_path), Job(ASSIGNMENT, RUBRIC, questions=("knn",), mend=MendPlan()), wall)
    checks = {check.id: check for question in report.questions for check in question.checks}
    assert checks["knn.no_loops.distances"].verdict is Verdict.FAILED
    [mend] = report.mends
    assert "np.minimum" in text.splitlines()[mend.lines[0].where.line - 1]


def test_right_work_is_left_alone(wall: Sandbox, tmp_path: Path) -> None:
    assert graded(wall, tmp_path, MendPlan(), WORK.replace("reg - np", "reg * np")).mends == ()


@pytest.mark.parametrize(
    ("role", "right", "wrong"),
    [
        ("fully_connected.init", "randn(sizes[i], sizes[i + 1])", "randn(sizes[i + 1], sizes[i])"),
        ("two_layer_net.init", "randn(hidden_dim, num_classes)", "randn(num_classes, hidden_dim)"),
    ],
)
def test_what_a_net_begins_with_is_mended(
    wall: Sandbox, tmp_path: Path, role: str, right: str, wrong: str
) -> None:
    correct = Path(__file__).parents[2] / "submissions" / "correct" / "2025" / "cs231n"
    shutil.copytree(correct, tmp_path / "cs231n")
    net = tmp_path / "cs231n" / "classifiers" / "fc_net.py"
    assert right in net.read_text()
    net.write_text(net.read_text().replace(right, wrong))
    job = Job(ASSIGNMENT, RUBRIC, questions=(role.split(".")[0],), mend=MendPlan())
    (mend,) = grade_entry(single(tmp_path), job, wall).mends
    assert mend.role == role
    assert wrong in net.read_text().splitlines()[mend.lines[0].where.line - 1]


#: A deep net that calls the layers one by one.
FORWARD = """\
            out, affine = affine_forward(out, self.params["W%d" % i], self.params["b%d" % i])
            out, relu = relu_forward(out)
            caches[i] = affine, relu
"""
BACKWARD = """\
            if i < L:
                dout = relu_backward(dout, caches[i][1])
            dout, dW, db = affine_backward(dout, caches[i] if i == L else caches[i][0])
"""


def call_layers_one_by_one(net: Path) -> None:
    lines = net.read_text().splitlines(keepends=True)
    begun = next(i for i, line in enumerate(lines) if "caches[i] = affine_relu_forward" in line)
    ended = next(i for i, line in enumerate(lines) if "= backward(dout" in line)
    net.write_text(
        "".join([*lines[:begun], FORWARD, *lines[begun + 1 : ended], BACKWARD, *lines[ended + 1 :]])
    )


@pytest.mark.parametrize(
    ("one_by_one", "right", "wrong"),
    [
        # `dout *= relu_backward(…) > 0` in the net would make it right; it is the layer that squares.
        (True, "dx = dout * (x > 0)", "dx = dout * dout * (x > 0)"),
        # So would a step behind `affine_relu_forward`, which calls the layer.
        (False, "out = np.maximum(0, x)", "out = np.maximum(0.1 * x, x)"),
    ],
)
def test_a_net_is_not_blamed_for_a_layer_that_is_wrong(
    wall: Sandbox, tmp_path: Path, one_by_one: bool, right: str, wrong: str
) -> None:
    shutil.copytree(
        Path(__file__).parents[2] / "submissions" / "correct" / "2025" / "cs231n", tmp_path / "cs231n"
    )
    if one_by_one:
        call_layers_one_by_one(tmp_path / "cs231n" / "classifiers" / "fc_net.py")
    layers = tmp_path / "cs231n" / "layers.py"
    assert right in layers.read_text()
    layers.write_text(layers.read_text().replace(right, wrong))
    questions = ("two_layer_net", "fully_connected")
    report = grade_entry(
        single(tmp_path), Job(ASSIGNMENT, RUBRIC, questions=questions, mend=MendPlan()), wall
    )
    failed = {c.role for q in report.questions for c in q.checks if c.verdict is Verdict.FAILED}
    assert "fully_connected.loss" in failed
    assert "fully_connected.loss" not in {mend.role for mend in report.mends}


def test_a_change_of_lines_that_are_not_in_the_file_is_not_quoted(wall: Sandbox, tmp_path: Path) -> None:
    invents = """
import sys
sys.modules["wall.mending"].told_change = lambda before, after: (["-hand it in late", "+ask for a week"], 1)
"""
    report = graded(wall, tmp_path, MendPlan(level="change", change=True), WORK + invents)
    assert report.mends[0].lines[0].where.line == LINE
    assert report.mends[0].change == ()
    assert "a week" not in loss_check(report).help


@pytest.mark.parametrize(
    ("change", "is_quoted"),
    [
        (("-    loss  = a+b",), False),
        (("-    loss = a + b", "+    loss = a - b"), True),
        (("+    loss = a - b",), True),
        (("-" + 8 * " " + f"long = '{'x' * 300}'"[:150],), True),
        (("-pass",), False),
    ],
)
def test_a_change_takes_away_what_is_there(change: tuple[str, ...], is_quoted: bool) -> None:
    source = f"def f(a, b):\n    loss = a+b  # both\n    long = '{'x' * 300}'\n    return loss\n"
    assert quotes(source, change) is is_quoted
