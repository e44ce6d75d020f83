"""Without any program on the PATH, bubblewrap first of all: what works is graded, the rest is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import LINEAR, SAMPLES, grader, refused

ALAN = SAMPLES / "demo" / "alan"


def test_doctor_tells_what_is_missing(tmp_path: Path) -> None:
    told = grader("doctor", PATH=str(tmp_path))
    lines = [" ".join(line.split()) for line in told.stdout.splitlines()]
    assert told.stderr == ""
    assert any(line.startswith("✗ bwrap bubblewrap is not installed") for line in lines), told.stdout
    assert any(line.startswith("✗ kernel") for line in lines), told.stdout
    assert any(line.startswith("✓ rlimits") for line in lines), told.stdout


def test_work_is_checked_at_another_level(tmp_path: Path) -> None:
    told = grader("check", ALAN, *LINEAR, "--format", "json", PATH=str(tmp_path))
    assert told.stderr == ""
    report = json.loads(told.stdout)
    assert "bubblewrap" not in report["environment"]["sandbox"]
    assert report["score"] > 0


def test_notebooks_run_in_the_fast_engine(tmp_path: Path) -> None:
    told = grader(
        "check",
        SAMPLES / "correct" / "2019",
        *LINEAR,
        "--execute",
        "quick",
        "--format",
        "json",
        PATH=str(tmp_path),
    )
    assert told.stderr == ""
    checks = {
        check["id"]: check for entry in json.loads(told.stdout)["questions"] for check in entry["checks"]
    }
    assert checks["svm.notebook.runs"]["verdict"] == "passed"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--sandbox", "bwrap"), "bubblewrap is not installed"),
        (("--execute", "quick", "--engine", "faithful"), "install bubblewrap"),
    ],
)
def test_what_needs_it_is_refused_in_one_sentence(
    tmp_path: Path, options: tuple[str, ...], sentence: str
) -> None:
    assert sentence in refused(grader("check", ALAN, *LINEAR, *options, PATH=str(tmp_path)))
