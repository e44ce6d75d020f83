"""Rubrics: what an instructor writes, and what they are told when it is wrong."""

from pathlib import Path

import pytest

from grader import rubric
from grader.checks import ALL
from grader.rubric import RubricError

KNOWN = frozenset(ALL)

GOOD = """schema = "grader.rubric/1"
title = "Mine"
[[question]]
id = "svm"
title = "SVM"
checks = [
  { id = "naive.loss", points = 2 },
  { id = "naive.gradient", points = 3 },
]
"""


def load(tmp_path: Path, text: str) -> rubric.Rubric:
    file = tmp_path / "mine.toml"
    file.write_text(text)
    return rubric.load(str(file), KNOWN)


def test_the_rubrics_that_come_with_the_grader_load() -> None:
    assert "assignment1" in rubric.available()
    for name in rubric.available():
        assert rubric.load(name, KNOWN).question


def test_an_instructors_own_rubric_is_taken(tmp_path: Path) -> None:
    mine = load(tmp_path, GOOD)
    assert [check.points for check in mine.question[0].checks] == [2.0, 3.0]
    assert mine.policy == "charge-mistakes"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "points = 2",
            'points = "five"',
            'mine.toml:7: points must be a number ≥ 0, got "five" at question[0].checks[0].points',
        ),
        (
            "points = 3",
            "points = -1",
            "mine.toml:8: points must be a number ≥ 0, got -1 at question[0].checks[1].points",
        ),
        (
            'id = "naive.gradient"',
            'id = "naive.gradiant"',
            'mine.toml:8: there is no check "svm.naive.gradiant"',
        ),
        ('title = "SVM"\n', "", "mine.toml:3: title is missing at question[0]"),
        (
            'title = "SVM"\n',
            'title = "SVM"\npionts = 3\n',
            "mine.toml:3: pionts is no known key at question[0]",
        ),
        ('title = "SVM"\n', 'title = "SVM"\npoints = 7\n', "mine.toml:6: the checks add up to 5, not 7"),
        ('title = "Mine"', 'title = "Mine', "mine.toml: not valid TOML"),
        ('id = "naive.gradient"', 'id = "naive.loss"', 'the check "naive.loss" appears twice'),
    ],
)
def test_errors_name_line_and_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(RubricError) as refusal:
        load(tmp_path, GOOD.replace(old, new))
    assert message in str(refusal.value)


def test_array_of_tables_headings_are_counted_too(tmp_path: Path) -> None:
    text = GOOD.partition("checks = [")[0] + (
        '[[question.checks]]\nid = "naive.loss"\npoints = 1\n'
        '[[question.checks]]\nid = "naive.gradient"\npoints = true\n'
    )
    with pytest.raises(RubricError, match=r"mine.toml:11: points must be a number ≥ 0, got true"):
        load(tmp_path, text)


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(RubricError, match="one of: assignment1"):
        rubric.load("assignment9", KNOWN)
