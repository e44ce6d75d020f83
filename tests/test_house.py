"""The house: the engine's rooms name no course and none of its questions; its picture is that of the code."""

from __future__ import annotations

import re
from pathlib import Path

import house
import pytest

import grader
from grader.assignment1 import ASSIGNMENT

PACKAGE = Path(grader.__file__).parent
ENGINE = ("batch", "diagnosis", "intake", "notebooks", "report", "sandbox", "scoring", "student")
FILES = [*(file for room in ENGINE for file in (PACKAGE / room).rglob("*.py")), PACKAGE / "grade.py"]
#: Words of the language, too.
COMMON = {"features"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_the_engine_names_no_course_and_no_question(file: Path) -> None:
    names = [question.id for question in ASSIGNMENT.questions if question.id not in COMMON]
    course = re.compile(rf"(?i)\bcs231n|\bcifar|\b(?:{'|'.join(names)})\b")
    assert course.findall(file.read_text("utf-8")) == []


def test_the_picture_in_contributing_is_that_of_the_imports() -> None:
    text = house.CONTRIBUTING.read_text(encoding="utf-8")
    assert house.with_picture(text) == text, "run `python docs/house.py`"
