"""The standing experiment: its table, its list to read, and its comparison of two runs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "benchmarks" / "public_work.py"
RIGHT = ROOT / "submissions" / "correct" / "2019" / "cs231n" / "classifiers"
SVM = Path("cs231n", "classifiers", "linear_svm.py")
FORGOTTEN = "dW += 2 * reg * W"


def experiment(*arguments: str | Path) -> str:
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def figures(printed: str) -> dict[str, int]:
    rows = (line.rsplit(maxsplit=1) for line in printed.splitlines())
    return {row[0].strip(): int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Right work, the same without one gradient's regularization, and nothing of the course."""
    folder = tmp_path_factory.mktemp("class")
    for name in ("right", "wrong"):
        shutil.copytree(RIGHT, folder / name / "cs231n" / "classifiers")
    svm = folder / "wrong" / SVM
    before, _, after = svm.read_text().rpartition(FORGOTTEN)
    svm.write_text(f"{before}pass{after}")
    (folder / "other").mkdir()
    (folder / "other" / "essay.txt").write_text("not code")
    return folder


@pytest.fixture(scope="module")
def first(handed_in: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The reports of a first run, and what it printed."""
    out = tmp_path_factory.mktemp("first")
    return out, experiment(out, "--grade", handed_in)


def test_the_table_counts_what_was_planted(first: tuple[Path, str]) -> None:
    counted = figures(first[1])
    assert (counted["submissions"], counted["graded"], counted["refused"]) == (3, 2, 1)
    assert (counted["wrong"], counted["of both: named exactly"], counted["raised"]) == (1, 1, 0)
    assert counted["right"] == counted["functions"] - 1


def test_the_list_to_read_has_a_line_for_each_wrong_function_and_refusal(first: tuple[Path, str]) -> None:
    lines = [line.split("\t") for line in (first[0] / "to_read.tsv").read_text().splitlines()[1:]]
    wrong = next(line for line in lines if line[1] == "svm.vectorized")
    assert wrong[:4] == ["wrong", "svm.vectorized", "wrong", "named exactly"]
    assert wrong[5] == "forgot-regularization-gradient"
    assert wrong[6].startswith(SVM.as_posix())
    assert [line[2] for line in lines if line[0] == "other"] == ["refused"]
    assert not [line for line in lines if line[0] == "right"]


def test_a_second_run_agrees_byte_for_byte(first: tuple[Path, str], handed_in: Path, tmp_path: Path) -> None:
    printed = experiment(tmp_path / "second", "--grade", handed_in)
    assert figures(printed) == figures(first[1])
    assert (tmp_path / "second" / "to_read.tsv").read_bytes() == (first[0] / "to_read.tsv").read_bytes()
    assert experiment(tmp_path / "second", "--against", first[0]).endswith("\nnothing changed\n")


def test_a_comparison_says_what_was_mended(first: tuple[Path, str], handed_in: Path, tmp_path: Path) -> None:
    mended = tmp_path / "mended"
    shutil.copytree(handed_in, mended)
    shutil.copy(RIGHT / "linear_svm.py", mended / "wrong" / SVM)
    printed = experiment(tmp_path / "out", "--grade", mended, "--against", first[0])
    assert "wrong, named exactly -> right" in printed
    line = next(line for line in printed.splitlines() if line.startswith("wrong svm.vectorized"))
    assert "forgot-regularization-gradient" in line
    assert "right svm.vectorized" not in printed
