"""Which assignment a command is about: found in the work, or asked for; and what one starts from."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import msgspec
import pytest
from command_line import SAMPLES, checked, grader, refused, run_here

from grader.cli.assignments import ASSIGNMENTS, DEFAULT, of_report, recognised
from grader.intake.submission import Entry
from grader.result import Report, SubmissionInfo

EXERCISES = SAMPLES / "exercises" / "correct" / "arrays"
OTHER = ASSIGNMENTS["exercises"]
NAMES = ["auto", *ASSIGNMENTS]


def found(path: Path) -> str:
    return recognised([path], [Entry("one", path)]).name


def test_work_says_whose_it_is(tmp_path: Path) -> None:
    assert found(EXERCISES) == found(EXERCISES / "exercises.py") == "exercises"
    assert found(SAMPLES / "correct" / "2019") == "assignment1"
    shutil.copytree(EXERCISES, tmp_path / "deep" / "er")
    assert found(tmp_path) == "exercises"
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
        archive.write(EXERCISES / "exercises.py", "handed in/exercises.py")
    assert found(tmp_path / "mine.zip") == "exercises"


def test_beside_work_of_assignment_1_exercises_do_not_count(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES / "correct" / "2019" / "cs231n", tmp_path / "cs231n")
    shutil.copy(EXERCISES / "exercises.py", tmp_path)
    assert found(tmp_path) == "assignment1"


def test_what_says_nothing_is_taken_for_the_default(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("def train(X, y):\n    return X + y\n")
    assert found(tmp_path) == found(tmp_path / "other.py") == DEFAULT.name


def test_a_stored_report_says_whose_it_is() -> None:
    made = Report(
        submission=SubmissionInfo("ada", ".", None, None),
        score=0.0,
        max_score=0.0,
        questions=(),
        environment={"assignment": OTHER.name},
    )
    assert of_report(made) is OTHER
    assert of_report(msgspec.structs.replace(made, environment={})) is of_report(None) is DEFAULT


def test_check_finds_the_assignment_by_itself_and_takes_a_name() -> None:
    report = checked(EXERCISES)
    assert (report["assignment"], report["score"]) == (OTHER.title, report["max_score"])
    assert checked(EXERCISES, "--assignment", "exercises")["questions"] == report["questions"]
    told = grader("check", EXERCISES, "--assignment", "assignment1")
    assert "does not hold the assignment" in refused(told)


def test_an_unknown_assignment_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    sentence = refused(run_here(capsys, "check", EXERCISES, "--assignment", "assignment2"))
    assert sentence == "there is no assignment 'assignment2'; use one of: " + ", ".join(
        ["auto", *ASSIGNMENTS]
    )


def test_no_notebook_of_the_exercises_is_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert "runs no notebook" in refused(run_here(capsys, "check", EXERCISES, "--execute", "quick"))


def test_a_class_of_exercises_is_graded(tmp_path: Path) -> None:
    for name in ("ada-exercises", "bob", "eve"):
        shutil.copytree(EXERCISES, tmp_path / "class" / name)
    told = grader("grade", tmp_path / "class", "-o", tmp_path / "out", "--seed", 7)
    assert told.returncode == 0, told.stderr
    reports = [json.loads(file.read_text()) for file in (tmp_path / "out").glob("*/report.json")]
    assert [report["assignment"] for report in reports] == [OTHER.title] * 3
    assert all(report["score"] == report["max_score"] > 0 for report in reports)
    again = grader("report", tmp_path / "out", "--rubric", "exercises", "--format", "csv")
    assert again.stdout.count("graded") == 3
    assert "holds 3 submissions" in refused(grader("check", tmp_path / "class"))


def test_start_writes_what_can_be_checked_and_overwrites_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = run_here(capsys, "start", tmp_path / "mine", "--assignment", "exercises")
    assert told.returncode == 0
    assert "grader check" in told.stdout
    report = checked(tmp_path / "mine")
    assert report["score"] == 0
    assert report["diagnoses"] == []
    again = run_here(capsys, "start", tmp_path / "mine", "--assignment", "exercises")
    assert "is there already" in refused(again)


def test_start_of_an_assignment_that_the_course_hands_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = run_here(capsys, "start", tmp_path / "mine", "--assignment", "assignment1")
    assert "the course hands it out" in refused(told)
    assert not (tmp_path / "mine").exists()


def test_explain_knows_the_mistakes_of_both(capsys: pytest.CaptureFixture[str]) -> None:
    assert "divided by h" in run_here(capsys, "explain", "divided-by-h").stdout
    both = run_here(capsys, "explain").stdout
    assert "squared-hinge" in both
    assert "divided-by-h" in both
    own = run_here(capsys, "explain", "--assignment", "exercises").stdout
    assert "squared-hinge" not in own
