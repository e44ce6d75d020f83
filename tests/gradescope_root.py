"""A throwaway `/autograder`, laid out and run as Gradescope does; and the form of its results."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema

__all__ = ["RESULTS", "laid_out", "run", "with_this_grader"]

VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
TEST = {
    "type": "object",
    "additionalProperties": False,
    "required": ["score", "name"],
    "properties": {
        "score": {"type": "number"},
        "max_score": {"type": "number", "minimum": 0},
        "status": {"enum": ["passed", "failed"]},
        "name": {"type": "string", "minLength": 1},
        "name_format": FORMAT,
        "number": {"type": "string"},
        "output": {"type": "string"},
        "output_format": FORMAT,
        "tags": {"type": "array", "items": {"type": "string"}},
        "visibility": VISIBILITY,
        "extra_data": {"type": "object"},
    },
}
#: As Gradescope documents it (autograder specifications, output format).
RESULTS: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["score", "tests"],
    "properties": {
        "score": {"type": "number"},
        "execution_time": {"type": "number", "minimum": 0},
        "output": {"type": "string"},
        "output_format": FORMAT,
        "test_output_format": FORMAT,
        "test_name_format": FORMAT,
        "visibility": VISIBILITY,
        "stdout_visibility": VISIBILITY,
        "extra_data": {"type": "object"},
        "tests": {"type": "array", "items": TEST},
        "leaderboard": {"type": "array"},
    },
}


def laid_out(root: Path, archive: Path, submission: Path, metadata: dict[str, Any] | None = None) -> Path:
    """What Gradescope makes of the zip and a submission, before anything is run."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(root / "source")
    shutil.copy(root / "source" / "run_autograder", root / "run_autograder")
    (root / "run_autograder").chmod(0o755)
    (root / "results").mkdir()
    shutil.copytree(submission, root / "submission")
    if metadata is not None:
        (root / "submission_metadata.json").write_text(json.dumps(metadata), "utf-8")
    return root


def with_this_grader(root: Path) -> Path:
    """The root with the grader that is being tested, as if setup.sh had installed it."""
    program = root / "venv" / "bin" / "grader"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m grader.cli "$@"\n', "utf-8")
    program.chmod(0o755)
    return root


def run(root: Path, prefix: Sequence[str] = (), **environment: str) -> tuple[dict[str, Any], str]:
    """The results, which are of the documented form, and what the instructor sees printed."""
    env = {**os.environ, **environment}
    ran = subprocess.run(
        [*prefix, "./run_autograder"],
        cwd=root,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    results: dict[str, Any] = json.loads((root / "results" / "results.json").read_text("utf-8"))
    jsonschema.validate(results, RESULTS)
    return results, ran.stdout
