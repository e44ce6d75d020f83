"""A file that cannot be read or parsed is named, wherever its fault shows."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from command_line import LINEAR, SAMPLES, checked

SOFTMAX = "cs231n/classifiers/softmax.py"


def broken(folder: Path, file: str, data: bytes) -> dict[str, Any]:
    """The report of the correct submission with other content in one file."""
    shutil.copytree(SAMPLES / "correct" / "2019", folder)
    (folder / file).write_bytes(data)
    return checked(folder, *LINEAR)


@pytest.mark.parametrize(
    ("data", "line", "error"),
    [
        (b"def softmax_loss_naive(W):\n  a = 1\n    b = 2\n", 3, "IndentationError: unexpected indent"),
        (b"def softmax_loss_naive(W):\n  return (1\n", 2, "SyntaxError: '(' was never closed"),
        (b"def softmax_loss_naive(W):\n  a = 1\n\0\0b = 2\n", 3, "null bytes"),
        (b"def softmax_loss_naive(W):\n  pass\n\nrubbish\n", 4, "NameError: name 'rubbish' is not defined"),
    ],
)
def test_the_file_with_the_fault_is_blamed_not_the_one_that_imports_it(
    tmp_path: Path, data: bytes, line: int, error: str
) -> None:
    report = broken(tmp_path / "ada", SOFTMAX, data)
    told = [c for q in report["questions"] for c in q["checks"] if c["verdict"] == "error"]
    assert {check["id"].rpartition(".")[0] for check in told} >= {"svm.train", "softmax.naive"}
    for check in [c for c in told if c["follows_from"] is None]:
        assert check["message"].startswith(f"`{SOFTMAX}` cannot be imported: ")
        assert error in check["message"]
        assert (check["where"]["file"], check["where"]["line"]) == (SOFTMAX, line)


def test_a_function_of_another_file_that_raises_on_import_leaves_the_blame_with_the_caller(
    tmp_path: Path,
) -> None:
    importing = b"from cs231n.classifiers.linear_svm import svm_loss_naive\nsvm_loss_naive(1, 2, 3, 4)\n"
    report = broken(tmp_path / "ada", SOFTMAX, importing + b"def softmax_loss_naive(W):\n  pass\n")
    naive = next(c for c in report["questions"][1]["checks"] if c["id"] == "softmax.naive.loss")
    assert naive["message"].startswith(f"`{SOFTMAX}` cannot be imported: ")
    assert naive["where"]["file"] == "cs231n/classifiers/linear_svm.py"


@pytest.mark.parametrize(
    ("file", "data", "reason"),
    [
        ("svm.ipynb", b"\x89PNG\r\n\x1a\n\0\0" * 99, "was not considered: not a notebook"),
        ("svm.ipynb", b"", "was not considered: not a notebook"),
        ("svm.ipynb", b'{"cells": [', "is cut off"),
        (SOFTMAX, b"version https://git-lfs.github.com/spec/v1\n", "was not considered: a Git LFS pointer"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_noted(
    tmp_path: Path, file: str, data: bytes, reason: str
) -> None:
    report = broken(tmp_path / "ada", file, data)
    (note,) = [note for note in report["notes"] if note.startswith(f"{file} ")]
    assert reason in note


def test_of_two_copies_the_report_tells_which_was_graded(tmp_path: Path) -> None:
    for copy in ("assignment1", "assignment1 (1)"):
        shutil.copytree(SAMPLES / "demo" / "ada", tmp_path / copy)
    report = checked(tmp_path, *LINEAR)
    (note,) = [note for note in report["notes"] if "further copy" in note]
    assert note.startswith(
        "assignment1 (1)/ was not considered: a further copy of the assignment; assignment1/ "
    )
