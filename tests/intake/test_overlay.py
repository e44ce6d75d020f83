"""The course's files laid over a submission, and ours under it."""

from __future__ import annotations

from pathlib import Path

import pytest
from work_samples import SOFTMAX, SVM, WORK, write

from grader.assignment1.editions import EDITIONS
from grader.intake.handed_in import SubmissionRefused
from grader.intake.overlay import course_files_over, support_under


def test_course_files_replace_everything_but_the_work(tmp_path: Path) -> None:
    mine = WORK | {"cs231n/gradient_check.py": b"cheat = 1\n", "mine.py": b"x = 1\n"}
    course = {"cs231n/gradient_check.py": b"honest = 1\n", "cs231n/vis_utils.py": b"v = 1\n"}
    theirs = write(tmp_path / "course", course | dict.fromkeys(WORK, b"starter = 1\n"))
    laid = course_files_over(mine, EDITIONS.load("2019"), theirs, EDITIONS.landmarks)
    assert laid.files == WORK | course | {"mine.py": b"x = 1\n"}
    assert laid.notes == ("the course's own were used for gradient_check.py, vis_utils.py",)


def test_course_files_reach_a_flat_folder_and_spare_moved_work(tmp_path: Path) -> None:
    mine = {"features.py": SVM, "softmax.py": SOFTMAX, "gradient_check.py": b"cheat = 1\n"}
    theirs = write(
        tmp_path / "course", {"cs231n/gradient_check.py": b"honest = 1\n", "cs231n/features.py": b""}
    )
    files = course_files_over(mine, EDITIONS.load("2019"), theirs, EDITIONS.landmarks).files
    assert files["gradient_check.py"] == b"honest = 1\n"
    assert files["features.py"] == SVM


def test_an_empty_course_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "course").mkdir()
    with pytest.raises(SubmissionRefused, match="holds no module"):
        course_files_over(WORK, EDITIONS.load("2019"), tmp_path / "course", EDITIONS.landmarks)


def test_support_fills_in_only_what_is_lacking() -> None:
    own = {"cs231n/data_utils.py": b"mine = 1\n"}
    laid = support_under(WORK | own, EDITIONS.load("2019"), EDITIONS)
    assert laid.files["cs231n/data_utils.py"] == b"mine = 1\n"
    assert b"grad_check_sparse" in laid.files["cs231n/gradient_check.py"]
    assert "cs231n/layer_utils.py" not in laid.files
    assert laid.notes == ("the grader's own were used for features.py, gradient_check.py, vis_utils.py",)


def test_support_follows_a_renamed_package() -> None:
    renamed = {path.replace("cs231n/", "metu/"): data for path, data in WORK.items()}
    laid = support_under(renamed | {"metu/__init__.py": b"own = 1\n"}, EDITIONS.load("2019"), EDITIONS)
    assert "metu/gradient_check.py" in laid.files
    assert laid.files["metu/__init__.py"] == b"own = 1\n"
    assert not any(path.startswith("cs231n/") for path in laid.files)
