"""`make` says what it does, and in one sentence what it cannot do without."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import ROOT

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")

#: A Python as far as the Makefile looks at one.
PYTHONS = {
    "old": '[ "$1" = -V ] && echo Python 3.9.18',
    "bare": f'case "$2" in *venv*) exit 1;; *) exec {sys.executable} "$@";; esac',
    "right": f"""
case "$2" in
    venv) mkdir -p .venv/bin && printf '#!/bin/sh\\necho pip "$@"' > .venv/bin/pip && chmod +x .venv/bin/pip;;
    *) exec {sys.executable} "$@";;
esac""",
}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name, text in PYTHONS.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    return tmp_path


def make_setup(folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    # As if no other make had started these tests.
    alone = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "setup", f"PYTHON=./{python}"]
    return subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        ("missing", "There is no ./missing here: the grader needs Python 3.11, 3.12 or 3.13"),
        ("old", "Python 3.9.18 will not do: the grader needs Python 3.11, 3.12 or 3.13"),
        ("bare", " lacks venv: install it (Debian, Ubuntu: apt install python3-venv)"),
    ],
)
def test_a_python_that_will_not_do_is_told_in_one_sentence(clone: Path, python: str, sentence: str) -> None:
    done = make_setup(clone, python)
    told = [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]
    assert done.returncode != 0
    assert len(told) == 1
    assert sentence in told[0]
    assert not (clone / ".venv").exists()


def test_installing_is_announced_and_done_once(clone: Path) -> None:
    done = make_setup(clone, "right")
    assert done.returncode == 0, done.stderr
    first, *_ = done.stdout.splitlines()
    assert "Installing" in first
    assert "pip install --progress-bar off --editable .[dev]" in done.stdout
    again = make_setup(clone, "right")
    assert "Installing" not in again.stdout
