"""No file stops a batch: what is too much to read is told in a sentence, and the others are graded."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from command_line import LINEAR, SAMPLES, grader
from monsters import MONSTERS


@pytest.fixture(scope="module")
def grades(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a class in which all of them handed in, beside one who did the work."""
    folder = tmp_path_factory.mktemp("monsters")
    work = folder / "class"
    shutil.copytree(SAMPLES / "correct" / "2019" / "cs231n", work / "zoe" / "cs231n")
    for write in MONSTERS.values():
        write(work)
    result = grader("grade", work, "-o", folder / "grades", "--jobs", "1", *LINEAR)
    assert result.returncode == 0, result.stderr
    return folder / "grades"


def graded(grades: Path, name: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((grades / name / "report.json").read_text())
    return report


def test_the_rest_of_the_batch_is_graded(grades: Path) -> None:
    zoe = graded(grades, "zoe")
    assert zoe["score"] == zoe["max_score"] > 0


@pytest.mark.parametrize("name", MONSTERS)
def test_a_monster_is_nobodys_fault_and_earns_nothing(grades: Path, name: str) -> None:
    monster = graded(grades, name)
    assert (monster["faults"], monster["score"]) == ([], 0)


def test_a_page_that_takes_too_long_is_left_out_and_told(grades: Path) -> None:
    (note,) = [note for note in graded(grades, "spaces")["notes"] if "findings" in note]
    assert note == "the notebooks are not shown with the findings: reading it takes more than 10 seconds"
