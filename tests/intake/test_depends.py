"""Which questions a saved file can touch."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment1.editions import EDITIONS
from grader.intake.depends import touched
from grader.intake.submission import open_submission, single
from grader.intake.work import Work, read_work

SAMPLES = Path(__file__).parents[2] / "submissions" / "correct"


def read(folder: Path) -> Work:
    return read_work(open_submission(single(folder), EDITIONS.landmarks), EDITIONS)


def copied(name: str, folder: Path) -> Path:
    for path in sorted((SAMPLES / name).rglob("*.py")):
        target = folder / path.relative_to(SAMPLES / name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return folder


@pytest.mark.parametrize(
    ("edition", "file", "questions"),
    [
        ("2019", "cs231n/classifiers/k_nearest_neighbor.py", ("knn",)),
        # The class that trains both is in a file that imports both.
        ("2019", "cs231n/classifiers/softmax.py", ("svm", "softmax")),
        ("2019", "cs231n/classifiers/neural_net.py", ("two_layer_net",)),
        ("2019", "cs231n/classifiers/__init__.py", ("knn", "svm", "softmax", "two_layer_net", "features")),
        ("2025", "cs231n/layers.py", ("two_layer_net", "fully_connected")),
        ("2025", "cs231n/optim.py", ("fully_connected",)),
        ("2019", "README.py", ()),
    ],
)
def test_a_change_touches_those_that_have_or_import_the_file(
    tmp_path: Path, edition: str, file: str, questions: tuple[str, ...]
) -> None:
    folder = copied(edition, tmp_path / "work")
    before = read(folder)
    path = folder / file
    path.write_text((path.read_text() if path.exists() else "") + "\nx = 1\n")
    assert touched(before, read(folder), runs_notebooks=False) == questions
    assert touched(before, before, runs_notebooks=True) == ()


def test_notebooks_that_are_run_may_use_everything(tmp_path: Path) -> None:
    folder = copied("2019", tmp_path / "work")
    before = read(folder)
    (folder / "more.py").write_text("x = 1\n")
    assert touched(before, read(folder), runs_notebooks=True) == before.edition.questions


def test_a_file_that_is_gone_touches_what_it_was_for(tmp_path: Path) -> None:
    folder = copied("2019", tmp_path / "work")
    before = read(folder)
    (folder / "cs231n/classifiers/k_nearest_neighbor.py").unlink()
    assert "knn" in touched(before, read(folder), runs_notebooks=False)
