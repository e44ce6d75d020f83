"""The house: the engine's rooms name no course and none of its questions; its picture is that of the code."""

from __future__ import annotations

import re
from pathlib import Path

import house
import pytest

import grader
from grader.cli.assignments import ASSIGNMENTS

PACKAGE = Path(grader.__file__).parent
ENGINE = ("batch", "diagnosis", "grade", "intake", "report", "sandbox", "scoring", "student")
FILES = [file for room in ENGINE for file in (PACKAGE / room).rglob("*.py")]
#: Entries at the top of the package, beside the assignments.
MOST_ROOMS = 14
#: Words of the language, too.
COMMON = {"features"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_the_engine_names_no_course_and_no_question(file: Path) -> None:
    ids = [question.id for one in ASSIGNMENTS.values() for question in one.questions]
    names = [id for id in ids if id not in COMMON]
    course = re.compile(rf"(?i)\bcs231n|\bcifar|\b(?:{'|'.join(names)})\b")
    said = "the engine names it; where it is a plain word, call the question by two"
    assert course.findall(file.read_text("utf-8")) == [], said


def test_the_top_stays_small_enough_to_be_seen_at_once() -> None:
    inside = {item.name for item in PACKAGE.iterdir()} - {"__pycache__"}
    inside -= {one.package.removeprefix("grader.") for one in ASSIGNMENTS.values()}
    assert len(inside) <= MOST_ROOMS, "find it a room, or make two rooms one"


def test_the_picture_in_contributing_is_that_of_the_imports() -> None:
    text = house.CONTRIBUTING.read_text(encoding="utf-8")
    assert house.with_picture(text) == text, "run `python docs/house.py`"
