"""The autograder for Classroom 50, built and run as its runner would."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import LINEAR, ROOT, SAMPLES, checked, grader, refused, run_here
from needs import NO_BYTECODE, require_packages

ALAN = SAMPLES / "demo" / "alan"
RUNNER = {
    "CLASSROOM": "cs231n-spring",
    "ASSIGNMENT": "a1",
    "ASSIGNMENT_TYPE": "individual",
    "USERNAME": "alan",
    "SUBMISSION_TAG": "submit/2026-06-01T14-32-05Z-a1b2c3d",
    "COMMIT_URL": "https://github.com/o/cs231n-spring-a1-alan/commit/a1b2c3d",
    "RELEASE_URL": "https://github.com/o/cs231n-spring-a1-alan/releases/tag/submit%2F2026",
    "REVIEW_URL": "https://github.com/o/cs231n-spring-a1-alan/compare/0...a1b2c3d",
}
TEXTS = ("classroom", "assignment", "owner", "submission", "commit", "release", "review", "datetime")
TIME = re.compile(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ")


def require_result(result: dict[str, Any], runner: dict[str, str]) -> None:
    """The rules of `classroom50/result/v1`, with those that its schema cannot say; written anew from them."""
    allowed = {
        "schema",
        "assignment_type",
        "score",
        "max-score",
        "tests",
        "graded_at",
        "submitted_by",
        *TEXTS,
    }
    assert set(result) <= allowed
    assert allowed - set(result) <= {"graded_at", "submitted_by"}
    assert result["schema"] == "classroom50/result/v1"
    assert (result["classroom"], result["assignment"]) == (runner["CLASSROOM"], runner["ASSIGNMENT"])
    assert result["owner"] == runner["USERNAME"]
    assert result["assignment_type"] in ("individual", "group", "team")
    assert all(isinstance(result[name], str) and result[name] for name in TEXTS)
    assert result["submission"].startswith("submit/")
    assert TIME.fullmatch(result["datetime"])
    assert TIME.fullmatch(result["graded_at"])
    for each in (result, *result["tests"]):
        assert (type(each["score"]), type(each["max-score"])) == (int, int)
        assert 0 <= each["score"] <= each["max-score"]
    assert result["score"] == sum(test["score"] for test in result["tests"])
    assert result["max-score"] == sum(test["max-score"] for test in result["tests"])
    assert all(isinstance(test["test-name"], str) and test["test-name"] for test in result["tests"])
    assert all(isinstance(test["passed"], bool) for test in result["tests"])


def ran(checkout: Path, source: Path, **runner: str) -> dict[str, Any]:
    outputs = checkout.parent / f"{checkout.name}.outputs"
    told = grader(
        "classroom50", "run", "--source", source, cwd=checkout, GITHUB_OUTPUT=str(outputs), **runner
    )
    assert told.returncode == 0, told.stderr
    result: dict[str, Any] = json.loads((checkout / "result.json").read_text("utf-8"))
    require_result(result, runner)
    return result


def told_outputs(checkout: Path) -> dict[str, str]:
    """What the run told the workflow's next steps."""
    lines = (checkout.parent / f"{checkout.name}.outputs").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("classroom")
    told = grader("classroom50", "build", "-o", folder, "--slug", "a1", *LINEAR, "--no-mend")
    assert told.returncode == 0, told.stderr
    return folder


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A clone of alan's repository, with his last commit."""
    clone = tmp_path / "cs231n-spring-a1-alan"
    git = ["git", "-c", "user.name=alan", "-c", "user.email=alan@example.edu"]
    subprocess.run(["cp", "-r", str(ALAN), str(clone)], check=True)
    for command in (
        ["init", "-q"],
        ["add", "-A"],
        ["commit", "-qm", "done", "--date", "2026-06-01T14:32:01Z"],
    ):
        env = {"GIT_COMMITTER_DATE": "2026-06-01T14:32:01Z", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
        subprocess.run([*git, *command], cwd=clone, env=env, check=True)
    return clone


def test_what_is_built_lies_where_classroom_50_looks(classroom: Path) -> None:
    inside = {file.name for file in (classroom / "autograders" / "a1").iterdir()}
    assert {"autograder.py", "options.toml"} <= inside
    assert len([name for name in inside if name.endswith(".whl")]) == 1
    # The runner fetches no bundle of 10 MiB or more.
    assert sum(file.stat().st_size for file in (classroom / "autograders" / "a1").iterdir()) < 5 << 20
    assert json.loads((classroom / "a1.runtime.json").read_text())["python"] in ("3.11", "3.12", "3.13")
    assert "seed" not in (classroom / "autograders" / "a1" / "options.toml").read_text()


def test_the_result_is_that_of_check_in_whole_points(classroom: Path, checkout: Path) -> None:
    report = checked(ALAN, *LINEAR, "--no-mend")
    result = ran(checkout, classroom / "autograders" / "a1", **RUNNER)
    assert result["datetime"] == "2026-06-01T14:32:01Z"
    by = result["max-score"] / report["max_score"]
    assert by == int(by)
    assert result["score"] == by * report["score"]
    failed = [
        c for q in report["questions"] for c in q["checks"] if c["verdict"] not in ("passed", "skipped")
    ]
    told = [test for test in result["tests"] if not test["passed"] and "not checked" not in test["output"]]
    assert len(told) == len(failed)
    body = (checkout / "release-body.md").read_text("utf-8")
    assert "1 mistake to fix" in body
    assert told_outputs(checkout) == {
        "status": "failure",
        "summary": "CS231n Assignment 1 · alan · 39 of 41.5 points · 1 mistake to fix",
    }
    assert f"there every point counts {by:g}" in body


def test_what_cannot_be_read_is_a_result_without_points(classroom: Path, tmp_path: Path) -> None:
    (tmp_path / "essay.txt").write_text("no code here")
    result = ran(
        tmp_path, classroom / "autograders" / "a1", **{**RUNNER, "ASSIGNMENT_TYPE": "", "MODE": "group"}
    )
    assert (result["score"], result["tests"], result["assignment_type"]) == (0, [], "group")
    assert "**Not graded:**" in (tmp_path / "release-body.md").read_text("utf-8")
    # With no tests Classroom 50 itself would call it a success without an autograder.
    outputs = told_outputs(tmp_path)
    assert outputs["status"] == "failure"
    assert outputs["summary"].startswith("not graded: ")


def test_a_runner_that_tells_too_little_is_told_so(classroom: Path, checkout: Path) -> None:
    told = grader("classroom50", "run", "--source", classroom / "autograders" / "a1", cwd=checkout)
    assert refused(told) == "Classroom 50's runner sets CLASSROOM, and it is not set"
    assert not (checkout / "result.json").exists()


def test_a_rubric_that_hides_checks_is_not_handed_to_students(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rubric = (ROOT / "rubrics" / "assignment1.toml").read_text("utf-8")
    hiding = rubric.replace('{ id = "naive.gradient"', '{ visibility = "hidden", id = "naive.gradient"')
    (tmp_path / "hiding.toml").write_text(hiding, "utf-8")
    asked = ["classroom50", "build", "-o", tmp_path / "out", "--rubric", tmp_path / "hiding.toml"]
    assert refused(run_here(capsys, *asked)).startswith("the rubric hides checks, and students can read")
    assert not (tmp_path / "out").exists()


def test_a_container_is_named_in_the_runtime(tmp_path: Path) -> None:
    told = grader("classroom50", "build", "-o", tmp_path, "--container", "ghcr.io/o/grader:1", *LINEAR)
    assert told.returncode == 0, told.stderr
    runtime = json.loads((tmp_path / "assignment1.runtime.json").read_text())
    assert runtime == {"runs-on": "ubuntu-latest", "container": {"image": "ghcr.io/o/grader:1"}}


@pytest.mark.parametrize("version", ["the same", "another"])
def test_a_grader_that_is_there_is_used_if_it_is_the_same(
    classroom: Path, checkout: Path, tmp_path: Path, version: str
) -> None:
    source = tmp_path / "autograders"
    shutil.copytree(classroom / "autograders" / "a1", source)
    if version == "another":
        (wheel,) = source.glob("*.whl")
        wheel.rename(source / "cs231n_grader-9.9-py3-none-any.whl")
        (source / "wheels").mkdir()  # where nothing is found, and no index is asked
    program = tmp_path / "bin" / "grader"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -P -m grader.cli "$@"\n')
    program.chmod(0o755)
    env = {"PATH": f"{program.parent}:/usr/bin:/bin", "HOME": str(tmp_path), **NO_BYTECODE, **RUNNER}
    script = [sys.executable, str(source / "autograder.py")]
    told = subprocess.run(script, cwd=checkout, env=env, capture_output=True, text=True, check=False)
    assert (told.returncode == 0) is (version == "the same"), told.stderr
    assert (checkout / "result.json").exists() is (version == "the same")


@pytest.mark.slow
def test_the_script_installs_the_grader_for_itself(classroom: Path, checkout: Path) -> None:
    require_packages()
    for name in ("pip", "venv", "grader"):  # the student's own modules of those names are not run
        (checkout / f"{name}.py").write_text("raise SystemExit('not this one')")
    script = classroom / "autograders" / "a1" / "autograder.py"
    env = {"PATH": "/usr/bin:/bin", "HOME": str(checkout.parent), **NO_BYTECODE, **RUNNER}
    told = subprocess.run(
        [sys.executable, script],
        cwd=checkout,
        env=env,
        capture_output=True,
        text=True,
        timeout=580,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    require_result(json.loads((checkout / "result.json").read_text("utf-8")), RUNNER)
