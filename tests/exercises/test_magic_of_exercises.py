"""The self-check of exercises in a notebook: the functions as they live there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.cli.magic import self_check
from grader.exercises import ASSIGNMENT

RIGHT = Path(__file__).parents[2] / "submissions/exercises/correct/arrays/exercises.py"


@pytest.fixture
def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the right work defines, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = {}
    exec(RIGHT.read_text(encoding="utf-8"), found)
    return found


def test_without_a_question_all_that_is_defined_is_checked(names: dict[str, Any]) -> None:
    report = self_check(namespace=names, cell_numbers={}).report
    assert report.assignment == ASSIGNMENT.title
    assert tuple(question.id for question in report.questions) == ASSIGNMENT.editions.load("notes").questions
    assert report.score == report.max_score > 0
    del names["fit_polynomial"]
    fewer = self_check(namespace=names, cell_numbers={}).report
    assert len(fewer.questions) == len(report.questions) - 1


def test_a_question_says_which_assignment_it_is_of(names: dict[str, Any]) -> None:
    right = names["numerical_gradient"]
    names["numerical_gradient"] = lambda f, x, h=1e-5: 2 * right(f, x, h)
    report = self_check("numerical_gradient", namespace=names, cell_numbers={}).report
    assert [found.mistake for found in report.diagnoses] == ["divided-by-h"]
    assert [question.id for question in report.questions] == ["numerical_gradient"]
