"""`grader check` in a CI job: several formats of one run, and what decides its exit status."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from command_line import LINEAR, SAMPLES, grader, refused, run_here

from grader.result import Report, decode_report

ALAN = SAMPLES / "demo" / "alan"
QUICK = ["--no-train", "--no-mend"]


def test_several_formats_come_of_one_run(tmp_path: Path) -> None:
    files = {name: tmp_path / f"result.{name}" for name in ("json", "junit", "csv", "console")}
    asked = [f"--format={name}={file}" for name, file in files.items()]
    summary = tmp_path / "summary.md"
    told = grader("check", ALAN, *LINEAR, "--format", "github", *asked, GITHUB_STEP_SUMMARY=str(summary))
    report = json.loads(files["json"].read_text("utf-8"))
    assert f"::error file={ALAN.as_posix()}/" in told.stdout
    assert summary.read_text("utf-8").startswith("## CS231n Assignment 1")
    assert len(ET.parse(files["junit"]).findall(".//testcase")) == sum(
        len(question["checks"]) for question in report["questions"]
    )
    assert f'"alan","{report["submission"]["edition"]}"' in files["csv"].read_text("utf-8")
    assert "1 mistake to fix" in files["console"].read_text("utf-8")


def test_the_page_is_printed_beside_files(tmp_path: Path) -> None:
    told = grader("check", ALAN, *LINEAR, f"--format=json={tmp_path / 'r.json'}")
    assert told.stdout.startswith("CS231n Assignment 1 · alan")
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["submission"]["id"] == "alan"


@pytest.mark.parametrize(
    ("formats", "sentence"),
    [
        (["json", "junit"], "--format json and --format junit cannot both be printed; name a file for one"),
        (["pdf=x.pdf"], "there is no format 'pdf'; use one of: console, csv, "),
        (["json="], "--format json= names no file that can be written"),
        (["json=nowhere/r.json"], "--format json=nowhere/r.json names no file that can be written"),
    ],
)
def test_formats_that_cannot_be_are_refused_before_anything_runs(
    capsys: pytest.CaptureFixture[str], formats: list[str], sentence: str
) -> None:
    asked = [f"--format={each}" for each in formats]
    assert refused(run_here(capsys, "check", ALAN, *asked)).startswith(sentence)


@pytest.fixture(scope="module")
def alans() -> Report:
    return decode_report(grader("check", ALAN, *LINEAR, "--no-mend", "--format", "json").stdout.encode())


@pytest.mark.parametrize(
    ("conditions", "status", "told"),
    [
        ([], 1, ""),
        (["--require", "softmax"], 0, ""),
        (["--require", "svm.naive.loss"], 0, ""),
        (["--require", "svm"], 1, "grader: required: svm; "),
        (["--require", "softmax", "--min-score", "30"], 0, ""),
        (["--min-score", "43.5"], 1, "grader: required: 43.5 points, there are "),
        (["--require", "softmax", "--require", "svm.vectorized.regularization_gradient"], 1, "1 of 1 checks"),
    ],
)
def test_what_is_required_decides_the_status(
    alans: Report,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    conditions: list[str],
    status: int,
    told: str,
) -> None:
    monkeypatch.setattr("grader.cli.check.grade_entry", lambda *_, **__: alans)
    result = run_here(capsys, "check", ALAN, *LINEAR, *conditions)
    assert (result.returncode, told in result.stderr) == (status, True), result.stderr
    assert bool(result.stderr) == bool(told)


def test_what_this_work_was_not_asked_is_not_right() -> None:
    """The edition of 2025 has no SVM."""
    result = grader("check", SAMPLES / "correct" / "2025", *LINEAR, "--require", "svm")
    assert result.returncode == 1
    assert result.stderr == "grader: required: svm, which was not asked of this work\n"


def test_a_misspelt_requirement_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    told = run_here(capsys, "check", ALAN, *QUICK, "--require", "softmx")
    assert refused(told) == "--require: there is no question or check 'softmx'; did you mean softmax?"
    told = run_here(capsys, "check", ALAN, *LINEAR, "--require", "knn")
    assert refused(told).endswith("'knn'; use one of: svm, softmax")
