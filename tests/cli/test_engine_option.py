"""`--engine`: which one runs the notebooks is told, and refused where it cannot be had."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from needs import needs_bubblewrap
from typer.testing import CliRunner

from grader.batch.plan import SandboxChoice
from grader.cli.commands import app
from grader.cli.options import Options
from grader.sandbox import kernels

CELLS = [
    "def svm_loss_naive(W, X, y, reg):\n    return 0.0, 0 * W",
    "import os\nprint(type(get_ipython()).__name__)",
    "os.kill(os.getppid(), 9)",
]


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in CELLS]
    folder = tmp_path / "ada"
    folder.mkdir()
    (folder / "svm.ipynb").write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells})
    )
    return folder


def checked(path: Path, *options: str) -> tuple[int, str, str]:
    arguments = ["check", str(path), "--question", "svm", "--no-train", "--format", "json", *options]
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.stdout, result.stderr


@needs_bubblewrap
def test_a_hostile_notebook_in_a_real_kernel_is_a_failed_check(handed_in: Path) -> None:
    status, told, _ = checked(handed_in, "--execute", "quick", "--engine", "faithful")
    report = json.loads(told)
    assert status == 1
    assert (report["environment"]["execute"], report["environment"]["engine"]) == ("quick", "faithful")
    runs = next(
        check
        for question in report["questions"]
        for check in question["checks"]
        if check["id"] == "svm.notebook.runs"
    )
    assert (runs["verdict"], "was killed" in runs["message"]) == ("error", True)


def test_the_fast_engine_is_the_default(handed_in: Path) -> None:
    _, told, _ = checked(handed_in)
    assert "engine" not in json.loads(told)["environment"]
    assert SandboxChoice().engine == Options().engine == "fast"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--engine", "real"), "--engine 'real' is none of fast, faithful"),
        (("--engine", "faithful"), "add --execute quick or full"),
    ],
)
def test_an_engine_that_means_nothing_is_refused(
    handed_in: Path, options: tuple[str, ...], told: str
) -> None:
    status, _, errors = checked(handed_in, *options)
    assert status == 2
    assert told in errors


def test_what_is_missing_is_told_before_anything_is_graded(
    handed_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels.shutil, "which", lambda name: None)
    status, _, errors = checked(handed_in, "--execute", "quick", "--engine", "faithful")
    assert status == 2
    assert "install bubblewrap" in errors


@needs_bubblewrap
def test_a_python_without_a_kernel_is_told(handed_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = tuple(name for name in kernels.KERNEL_PACKAGES if not name.startswith("ipykernel"))
    monkeypatch.setattr(kernels, "KERNEL_PACKAGES", packages)
    status, _, errors = checked(handed_in, "--execute", "quick", "--engine", "faithful")
    assert status == 2
    assert "has no ipykernel; install it there" in errors


@needs_bubblewrap
def test_doctor_tells_whether_there_is_a_kernel() -> None:
    result = CliRunner().invoke(app, ["doctor"])
    assert "✓  kernel" in result.stdout
