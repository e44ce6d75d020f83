"""`pytest --submission PATH`: verdicts and words of `grader check` as tests; nothing of it in other runs."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from command_line import LINEAR, ROOT, SAMPLES, checked, grader

NORMAL = """
import sys

def test_that_nothing_of_the_grader_is_here_but_the_plugin():
    ours = ("grader", "numpy", "msgspec", "typer")
    loaded = {name for name in sys.modules if name.partition(".")[0] in ours}
    assert loaded == {"grader", "grader.cli", "grader.cli.pytest_plugin"}
"""
OUTCOMES = {
    "failed": "failure",
    "missing": "failure",
    "error": "failure",
    "timeout": "failure",
    "skipped": "skipped",
}


def run(*args: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """pytest with our plugin and xdist alone, whatever is installed here and however the grader is."""
    plugins = ("-p", "grader.cli.pytest_plugin", "-p", "xdist", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", *plugins, *map(str, args)]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "80"}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=cwd, env=environment, timeout=180, check=False
    )


def outcomes(file: Path) -> dict[str, str]:
    cases = ET.parse(file).iter("testcase")
    return {case.get("name", ""): case[0].tag if len(case) else "passed" for case in cases}


@pytest.mark.parametrize(
    "sample", ["demo/barbara", "demo/grace", "correct/2025", "mistakes/forgot-regularization-gradient--svm"]
)
def test_the_verdicts_are_those_of_check(sample: str, tmp_path: Path) -> None:
    work = SAMPLES / sample
    report = checked(work, *LINEAR)
    found = [check for question in report["questions"] for check in question["checks"]]
    done = run("--submission", work, *LINEAR, "--junitxml", "out.xml", cwd=tmp_path)
    assert outcomes(tmp_path / "out.xml") == {c["id"]: OUTCOMES.get(c["verdict"], "passed") for c in found}
    assert done.returncode == (1 if any(OUTCOMES.get(c["verdict"]) == "failure" for c in found) else 0)


def test_a_failure_tells_what_the_page_tells(tmp_path: Path) -> None:
    work = SAMPLES / "demo" / "alan"
    done = run("--submission", work, *LINEAR, "-rs", cwd=tmp_path)
    page = grader("check", work, *LINEAR).stdout
    entry = page[page.index("✗ 1") : page.index("Support vector machine 2")].strip("\n")
    assert entry in done.stdout
    assert "Traceback" not in done.stdout
    assert ".py:" not in done.stdout.replace(entry, "")
    assert "for the same reason as svm.vectorized.regularization_gradient" in done.stdout
    assert "not run: --no-train was given" in done.stdout
    assert page.splitlines()[0] in done.stdout


def test_some_are_chosen_and_the_first_failure_can_end_it(tmp_path: Path) -> None:
    work = ("--submission", SAMPLES / "demo" / "alan", "--no-train", "--junitxml", "out.xml")
    assert run(*work, "-k", "svm.vectorized", cwd=tmp_path).returncode == 1
    chosen = outcomes(tmp_path / "out.xml")
    assert set(chosen) == {name for name in chosen if name.startswith("svm.vectorized.")}
    assert chosen["svm.vectorized.loss"] == "passed"
    assert run(*work, "--question", "svm", "-x", cwd=tmp_path).returncode == 1
    assert list(outcomes(tmp_path / "out.xml").values()).count("failure") == 1


def test_processes_of_xdist_are_given_what_was_found_once(tmp_path: Path) -> None:
    work = ("--submission", SAMPLES / "demo" / "alan", *LINEAR, "--junitxml", "out.xml")
    alone = run(*work, cwd=tmp_path)
    expected = outcomes(tmp_path / "out.xml")
    shared = run(*work, "-n", "2", cwd=tmp_path)
    assert outcomes(tmp_path / "out.xml") == expected
    assert (alone.returncode, shared.returncode) == (1, 1)


@pytest.mark.parametrize(
    ("args", "status", "told"),
    [
        (("--submission", "nowhere"), 4, "ERROR: nowhere does not exist"),
        (("--submission", SAMPLES / "demo" / "ada", "--question", "smv"), 4, 'did you mean "svm"?'),
        (("--submission", SAMPLES / "demo" / "ada", "--seed", "x"), 4, "'x'"),
        (
            ("--submission", SAMPLES / "demo" / "margaret", "--no-train"),
            2,
            "not graded: margaret does not hold",
        ),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    args: tuple[str | Path, ...], status: int, told: str, tmp_path: Path
) -> None:
    done = run(*args, cwd=tmp_path)
    assert done.returncode == status, done.stdout + done.stderr
    assert told in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_what_the_rubric_hides_is_no_test(tmp_path: Path) -> None:
    text = (ROOT / "rubrics" / "assignment1.toml").read_text()
    row = '{ id = "vectorized.regularization_gradient", points = 2.5 }'
    assert row in text
    (tmp_path / "mine.toml").write_text(text.replace(row, row.replace(" }", ', visibility = "hidden" }')))
    work = (
        "--submission",
        SAMPLES / "demo" / "alan",
        *LINEAR,
        "--rubric",
        "mine.toml",
        "--junitxml",
        "out.xml",
    )
    run(*work, cwd=tmp_path)
    assert "svm.vectorized.regularization_gradient" not in (tmp_path / "out.xml").read_text()
    assert "svm.naive.regularization_gradient" in outcomes(tmp_path / "out.xml")


def test_other_runs_pay_and_see_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_normal.py").write_text(NORMAL)
    (tmp_path / "conftest.py").write_text(
        "def pytest_addoption(parser):\n    parser.addoption('--rubric')\n    parser.addoption('--seed')\n"
    )
    done = run("--rubric", "mine", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert not re.search(r"grader:|collected [^1]", done.stdout)


def test_installed_it_is_found_by_itself() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    module = importlib.import_module(project["entry-points"]["pytest11"]["grader"])
    assert module.pytest_addoption
