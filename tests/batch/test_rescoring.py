"""Points, policies and questions change without anything being run again; what was found is stored."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
from command_line import ROOT, SAMPLES, grader

from grader.assignment1 import ASSIGNMENT
from grader.result import Report, decode_report
from grader.scoring import rubric
from grader.scoring.rescoring import rescored, unmade

RUBRIC = (ROOT / "rubrics" / "assignment1.toml").read_text()
OTHERS = {
    "points": RUBRIC.replace(
        '{ id = "naive.gradient", points = 3.5 }', '{ id = "naive.gradient", points = 9 }'
    ).replace("points = 25\n# The starter", "points = 30.5\n# The starter"),
    "policy": RUBRIC.replace('policy = "charge-mistakes"', 'policy = "charge-checks"'),
    "deductions": RUBRIC.replace("[deductions]", "[deductions]\nforgot-regularization-gradient = 0.25"),
}
#: Of the demo: right work, mistakes with and without a deduction, what cannot be read.
CLASS = ("ada", "alan", "barbara", "margaret")
#: One seed: else each folder of results draws its own.
QUICK = ("--question", "svm", "--question", "softmax", "--no-train", "--seed", 231, "--jobs", "1")


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    for name in CLASS:
        shutil.copytree(SAMPLES / "demo" / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def graded(handed_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("graded")
    done = grader("grade", handed_in, "-o", out, *QUICK)
    assert done.returncode == 0, done.stderr
    return out


def stored(out: Path) -> dict[str, Report]:
    return {file.parent.name: decode_report(file.read_bytes()) for file in out.glob("*/report.json")}


def alike(report: Report) -> Report:
    """Without what differs between two runs."""
    environment = {k: v for k, v in report.environment.items() if k not in ("job_key", "rubric_sha256")}
    return msgspec.structs.replace(report, environment=environment, duration_s=0.0)


def test_the_same_rubric_gives_the_same_report(graded: Path) -> None:
    same = rubric.load("assignment1", ASSIGNMENT)
    for report in stored(graded).values():
        assert rescored(report, same) == report


@pytest.mark.parametrize("change", OTHERS)
def test_another_rubric_gives_what_grading_by_it_gives(
    handed_in: Path, graded: Path, tmp_path: Path, change: str
) -> None:
    assert OTHERS[change] != RUBRIC
    file = tmp_path / "mine.toml"
    file.write_text(OTHERS[change])
    fresh = tmp_path / "fresh"
    assert grader("grade", handed_in, "-o", fresh, *QUICK, "--rubric", file).returncode == 0
    again = shutil.copytree(graded, tmp_path / "again")
    told = grader("report", again, "--format", "csv", "--rubric", file)
    assert told.stdout == (fresh / "gradebook.csv").read_text("utf-8-sig")
    assert grader("grade", handed_in, "-o", again, *QUICK, "--rubric", file).returncode == 0
    before, after, expected = stored(graded), stored(again), stored(fresh)
    assert {name: alike(report) for name, report in after.items()} == {
        name: alike(report) for name, report in expected.items()
    }
    assert {name: report.duration_s for name, report in after.items() if report.questions} == {
        name: report.duration_s for name, report in before.items() if report.questions
    }
    assert (again / "ada" / "report.txt").read_text() == (fresh / "ada" / "report.txt").read_text()


def test_one_question_is_updated_and_the_others_stay(handed_in: Path, graded: Path, tmp_path: Path) -> None:
    work = shutil.copytree(handed_in, tmp_path / "class")
    out = shutil.copytree(graded, tmp_path / "out")
    linear = work / "ada" / "cs231n" / "classifiers" / "linear_svm.py"
    linear.write_text(linear.read_text().replace("def svm_loss_naive", "def svm_loss_no_more"))
    done = grader("grade", work, "-o", out, "--question", "svm", "--no-train", "--only", "ada", "--jobs", "1")
    assert done.returncode == 0, done.stderr
    before, after = stored(graded)["ada"], stored(out)["ada"]
    assert [question.id for question in after.questions] == ["svm", "softmax"]
    assert after.questions[1] == before.questions[1]
    assert after.questions[0].score < before.questions[0].score
    assert after.score == sum(question.score for question in after.questions)
    assert "softmax: as found in an earlier version of the work" in after.notes
    assert len((out / "gradebook.csv").read_text().splitlines()) == 1 + len(stored(graded))


def test_only_what_is_asked_and_not_there_is_run(tmp_path: Path) -> None:
    goes = ("grade", SAMPLES / "demo" / "ada", "-o", tmp_path / "out", "--no-train", "--seed", 231)
    assert grader(*goes, "--question", "softmax").returncode == 0
    first = stored(tmp_path / "out")["ada"]
    assert grader(*goes, *QUICK).returncode == 0
    both = stored(tmp_path / "out")["ada"]
    assert [question.id for question in both.questions] == ["svm", "softmax"]
    assert both.questions[1] == first.questions[0]
    assert "earlier version" not in " ".join(both.notes)
    assert grader(*goes, "--question", "svm").returncode == 0
    assert stored(tmp_path / "out")["ada"] == both


def test_a_rubric_that_asks_more_is_told(graded: Path, tmp_path: Path) -> None:
    report = stored(graded)["ada"]
    full = rubric.load("assignment1", ASSIGNMENT)
    fewer = msgspec.structs.replace(report.questions[0], checks=report.questions[0].checks[1:])
    cut = msgspec.structs.replace(report, questions=(fewer, *report.questions[1:]))
    assert unmade(cut, full) == ["svm"]
    assert [question.id for question in rescored(cut, full).questions] == ["softmax"]
