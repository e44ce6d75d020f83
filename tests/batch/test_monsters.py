"""No file stops a batch: what is too much to read is told in a sentence, and the others are graded."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from command_line import LINEAR, SAMPLES, grader
from monsters import MONSTERS


def graded(folder: Path, name: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "grades" / name / "report.json").read_text())
    return report


@pytest.mark.parametrize("name", MONSTERS)
def test_the_rest_of_the_batch_is_graded(name: str, tmp_path: Path) -> None:
    work = tmp_path / "class"
    shutil.copytree(SAMPLES / "correct" / "2019" / "cs231n", work / "zoe" / "cs231n")
    MONSTERS[name](work)
    result = grader("grade", work, "-o", tmp_path / "grades", "--jobs", "1", *LINEAR)
    assert result.returncode == 0, result.stderr
    assert graded(tmp_path, "zoe")["score"] == graded(tmp_path, "zoe")["max_score"] > 0
    monster = graded(tmp_path, name)
    assert (monster["faults"], monster["score"]) == ([], 0)


def test_a_page_that_takes_too_long_is_left_out_and_told(tmp_path: Path) -> None:
    MONSTERS["spaces"](tmp_path)
    assert grader("grade", tmp_path / "spaces", "-o", tmp_path / "grades", *LINEAR).returncode == 0
    (note,) = [note for note in graded(tmp_path, "spaces")["notes"] if "findings" in note]
    assert note == "the notebooks are not shown with the findings: reading it takes more than 10 seconds"
