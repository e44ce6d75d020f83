"""Runs the commands as people do, in a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from grader.cli import commands as cli

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "submissions"
#: Training has tests of its own and would take minutes here.
LINEAR = ["--question", "svm", "--question", "softmax", "--no-train"]


def grader(
    *args: str | Path, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "grader.cli", *map(str, args)]
    env = {**os.environ, "COLUMNS": "80", **environment}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env, timeout=600, check=False)


def checked(*args: str | Path) -> dict[str, Any]:
    """The report of `grader check`."""
    result = grader("check", *args, "--format", "json")
    assert "Traceback" not in result.stderr
    report: dict[str, Any] = json.loads(result.stdout)
    return report


class Told(NamedTuple):
    """What a command left: its exit status and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def run_here(capsys: pytest.CaptureFixture[str], *args: str | Path) -> Told:
    """The command in this process, which is quick; nothing is graded so."""
    argv, sys.argv = sys.argv, ["grader", *map(str, args)]
    try:
        cli.main()
        status = 0
    except SystemExit as left:
        status = int(left.code or 0)
    finally:
        sys.argv = argv
    return Told(status, *capsys.readouterr())


def refused(result: subprocess.CompletedProcess[str] | Told) -> str:
    """The one sentence that a command ended with, which did nothing else."""
    assert result.returncode == 2, result
    assert result.stdout == ""
    (sentence,) = result.stderr.splitlines()
    assert sentence.startswith("grader: ")
    return sentence.removeprefix("grader: ")
