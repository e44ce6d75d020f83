"""The GitHub action: its steps run as the runner would run them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import ROOT, SAMPLES

ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
WORKFLOW = ROOT / "examples" / "course-repo" / ".github" / "workflows" / "assignment1.yml"
ALAN = SAMPLES / "demo" / "alan"
QUICK = "--question svm --question softmax --no-train --no-mend"


def step(name: str) -> dict[str, Any]:
    return next(each for each in ACTION["runs"]["steps"] if each.get("name") == name)


@pytest.fixture
def runner(tmp_path: Path) -> dict[str, str]:
    """A runner's environment, with this grader where the action installs it."""
    programs = tmp_path / "grader" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    (programs / "grader").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m grader.cli "$@"\n')
    (programs / "grader").chmod(0o755)
    files = {name: str(tmp_path / name.lower()) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    return {**os.environ, "RUNNER_TEMP": str(tmp_path), **files}


def checked(runner: dict[str, str], **inputs: str) -> tuple[int, str, dict[str, str]]:
    """The status, the log and the outputs of the step that checks."""
    own = step("Check the work")
    given = {name: each["default"] for name, each in ACTION["inputs"].items()} | inputs
    named = {name: re.fullmatch(r"\$\{\{ inputs\.([\w-]+) \}\}", text) for name, text in own["env"].items()}
    env = {name: given[found[1]] for name, found in named.items() if found}
    assert env.keys() == own["env"].keys()
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", own["run"]]
    ran = subprocess.run(command, env=runner | env, cwd=ROOT, capture_output=True, text=True, check=False)
    told = Path(runner["GITHUB_OUTPUT"])
    lines = told.read_text("utf-8").splitlines() if told.exists() else []
    return ran.returncode, ran.stdout + ran.stderr, dict(line.split("=", 1) for line in lines)


def test_a_mistake_is_beside_the_code_in_the_summary_and_in_the_outputs(runner: dict[str, str]) -> None:
    status, log, outputs = checked(runner, path="submissions/demo/alan", options=QUICK)
    assert status == 1
    assert "::error file=submissions/demo/alan/cs231n/classifiers/linear_svm.py,line=77," in log
    assert "1 mistake to fix" in Path(runner["GITHUB_STEP_SUMMARY"]).read_text("utf-8")
    report = json.loads(Path(outputs["report"]).read_text("utf-8"))
    assert float(outputs["score"]) == report["score"]
    assert float(outputs["max-score"]) == report["max_score"]
    assert "<testsuites" in Path(outputs["junit"]).read_text("utf-8")


def test_what_has_to_be_right_is_said_by_inputs(runner: dict[str, str]) -> None:
    asked = {"path": "submissions/demo/alan", "options": QUICK}
    assert checked(runner, require="softmax svm.naive.loss", **{"min-score": "30"}, **asked)[0] == 0
    status, log, _ = checked(runner, require="softmax svm", **asked)
    assert (status, "required: svm; 1 of " in log or "required: svm; " in log) == (1, True)


def test_no_input_is_read_as_shell(runner: dict[str, str], tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    odd = f"$(touch {mark}) `touch {mark}`; touch {mark}"
    status, _, outputs = checked(runner, path=odd, require=odd, options=odd)
    assert (status, outputs) == (2, {})
    assert not mark.exists()
    for each in ACTION["runs"]["steps"]:
        assert "${{" not in each.get("run", "")


def test_the_example_asks_only_what_the_action_has() -> None:
    jobs = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]
    (used,) = [each for job in jobs.values() for each in job["steps"] if each.get("id") == "grader"]
    assert set(used["with"]) <= set(ACTION["inputs"])
    outputs = re.findall(r"steps\.grader\.outputs\.([\w-]+)", WORKFLOW.read_text("utf-8"))
    assert set(outputs) <= set(ACTION["outputs"])
