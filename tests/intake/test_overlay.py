"""The course's files laid over a submission, and ours under it."""

from __future__ import annotations

from pathlib import Path

import pytest
from work_samples import SOFTMAX, SVM, WORK, write

from grader.intake.editions import load
from grader.intake.submission import (
    SubmissionRefused,
    add_support,
    lay_over,
    open_submission,
    single,
)


def test_course_files_replace_everything_but_the_work(tmp_path: Path) -> None:
    mine = write(tmp_path / "ada", WORK | {"cs231n/gradient_check.py": b"cheat = 1\n", "mine.py": b"x = 1\n"})
    course = {"cs231n/gradient_check.py": b"honest = 1\n", "cs231n/vis_utils.py": b"v = 1\n"}
    theirs = write(tmp_path / "course", course | dict.fromkeys(WORK, b"starter = 1\n"))
    submission = lay_over(open_submission(single(mine)), load("2019"), theirs)
    assert submission.files == WORK | course | {"mine.py": b"x = 1\n"}
    assert submission.notes == ("the course's own were used for gradient_check.py, vis_utils.py",)


def test_course_files_reach_a_flat_folder_and_spare_moved_work(tmp_path: Path) -> None:
    mine = write(
        tmp_path / "ada", {"features.py": SVM, "softmax.py": SOFTMAX, "gradient_check.py": b"cheat = 1\n"}
    )
    theirs = write(
        tmp_path / "course", {"cs231n/gradient_check.py": b"honest = 1\n", "cs231n/features.py": b""}
    )
    files = lay_over(open_submission(single(mine)), load("2019"), theirs).files
    assert files["gradient_check.py"] == b"honest = 1\n"
    assert files["features.py"] == SVM


def test_an_empty_course_folder_is_refused(tmp_path: Path) -> None:
    submission = open_submission(single(write(tmp_path / "ada", WORK)))
    (tmp_path / "course").mkdir()
    with pytest.raises(SubmissionRefused, match="holds no module"):
        lay_over(submission, load("2019"), tmp_path / "course")


def test_support_fills_in_only_what_is_lacking(tmp_path: Path) -> None:
    own = {"cs231n/data_utils.py": b"mine = 1\n"}
    submission = add_support(open_submission(single(write(tmp_path, WORK | own))), load("2019"))
    assert submission.files["cs231n/data_utils.py"] == b"mine = 1\n"
    assert b"grad_check_sparse" in submission.files["cs231n/gradient_check.py"]
    assert "cs231n/layer_utils.py" not in submission.files
    assert submission.notes == (
        "the grader's own were used for features.py, gradient_check.py, vis_utils.py",
    )


def test_support_follows_a_renamed_package(tmp_path: Path) -> None:
    renamed = {path.replace("cs231n/", "metu/"): data for path, data in WORK.items()}
    submission = add_support(
        open_submission(single(write(tmp_path, renamed | {"metu/__init__.py": b"own = 1\n"}))), load("2019")
    )
    assert "metu/gradient_check.py" in submission.files
    assert submission.files["metu/__init__.py"] == b"own = 1\n"
    assert not any(path.startswith("cs231n/") for path in submission.files)
