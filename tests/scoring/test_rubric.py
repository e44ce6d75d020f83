"""Rubrics: what an instructor writes, and what they are told when it is wrong."""

from pathlib import Path

import pytest

from grader.assignment1 import ASSIGNMENT
from grader.assignment1.editions import EDITIONS
from grader.cli.assignments import ASSIGNMENTS
from grader.grade import tuned_marks
from grader.scoring import rubric
from grader.scoring.rubric import RubricError

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
    return rubric.load(str(file), ASSIGNMENT)


def test_the_rubrics_that_come_with_the_grader_load() -> None:
    assert "assignment1" in rubric.available()
    for name in rubric.available():
        assert rubric.load(name, ASSIGNMENTS.get(name, ASSIGNMENT)).question


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
            "points = 2",
            'points = 2, visibility = "secret"',
            'mine.toml:7: visibility must be "shown" or "after-deadline" or "hidden", got "secret" at '
            "question[0].checks[0].visibility",
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
            'mine.toml:6: pionts is no known key at question[0]; did you mean "points"?',
        ),
        ('title = "SVM"\n', 'title = "SVM"\npoints = 7\n', "mine.toml:6: the checks add up to 5, not 7"),
        ('title = "Mine"', 'title = "Mine', "mine.toml: not valid TOML"),
        (
            'title = "Mine"\n',
            'title = "Mine"\npolicy = "charge-mistake"\n',
            'mine.toml:3: policy must be "charge-mistakes" or "charge-checks", got "charge-mistake"',
        ),
        (
            "rubric/1",
            "rubric/2",
            'mine.toml:1: schema must be "grader.rubric/1", got "grader.rubric/2"',
        ),
        ('id = "naive.gradient"', 'id = "naive.loss"', 'the check "naive.loss" appears twice'),
    ],
)
def test_errors_name_line_and_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(RubricError) as refusal:
        load(tmp_path, GOOD.replace(old, new))
    assert message in str(refusal.value)


TABLES = """
notes = ["squared-distances"]

[thresholds]
svm = { validation_accuracy = 0.35, tuned_accuracy = 0.38 }
"features.net" = { tuned_accuracy = 0.5 }

[deductions]
# what these cost
squared-hinge = 1
not-vectorized = 2.5
"""


def with_tables(tables: str) -> str:
    head, rows = GOOD.split("[[question]]")
    notes, named = tables.split("[thresholds]")
    return f"{head}{notes}[[question]]{rows}[thresholds]{named}"


def test_mistakes_and_thresholds_are_taken(tmp_path: Path) -> None:
    mine = load(tmp_path, with_tables(TABLES))
    assert mine.deductions == {"squared-hinge": 1.0, "not-vectorized": 2.5}
    assert mine.notes == ("squared-distances",)
    assert mine.validation_accuracies == {"svm": 0.35}
    assert mine.tuned_accuracies == {"svm": 0.38, "features.net": 0.5}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "not-vectorized",
            "not-vectorised",
            'mine.toml:20: there is no mistake "not-vectorised" at deductions; did you mean "not-vec',
        ),
        (
            "not-vectorized",
            "xyzzy",
            'mine.toml:20: there is no mistake "xyzzy" at deductions; grader explain lists all of them',
        ),
        (
            "squared-distances",
            "squared-distance",
            'mine.toml:4: there is no mistake "squared-distance" at notes; did you mean "squared-distances"?',
        ),
        (
            "squared-hinge = 1",
            "squared-hinge = -1",
            "mine.toml:19: squared-hinge must be a number ≥ 0, got -1 at deductions.squared-hinge",
        ),
        ("svm =", "swm =", 'mine.toml:14: there is no question "swm" at thresholds; did you mean "svm"?'),
        ("svm =", "xyzzy =", "use one of: knn, svm, softmax, two_layer_net, features.linear"),
        (
            "tuned_accuracy = 0.38",
            "tuned_acuracy = 0.38",
            "mine.toml:14: tuned_acuracy is no known key at thresholds.svm",
        ),
        (
            "validation_accuracy = 0.35",
            "validation_accuracy = 35",
            "validation_accuracy must be a number from 0 to 1, got 35 at thresholds.svm.validation_accuracy",
        ),
        (
            "{ validation_accuracy = 0.35, tuned_accuracy = 0.38 }",
            "0.35",
            "mine.toml:14: svm must be a table, got 0.35 at thresholds.svm",
        ),
    ],
)
def test_names_that_mean_nothing_are_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in TABLES
    with pytest.raises(RubricError) as refusal:
        load(tmp_path, with_tables(TABLES.replace(old, new)))
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_share_in_words_is_told_how_to_be_written(tmp_path: Path) -> None:
    late = '[late]\ndue = 2027-02-12T23:59:00+01:00\npenalty = "10 %"\n'
    with pytest.raises(RubricError, match=r'from 0 to 1, got "10 %" at late\.penalty; 0\.1 is 10 %'):
        load(tmp_path, GOOD + late)


def test_a_question_that_would_count_twice_is_refused(tmp_path: Path) -> None:
    row = GOOD[GOOD.index("[[question]]") :]
    with pytest.raises(RubricError, match=r'mine\.toml:12: the question "svm" appears twice at question'):
        load(tmp_path, f"{GOOD}\n{row}")
    apart = GOOD.replace('"SVM"\n', '"SVM"\neditions = ["2016"]\n')
    other = row.replace('"SVM"\n', '"SVM"\neditions = ["2019"]\n')
    assert len(load(tmp_path, f"{apart}\n{other}").question) == 2
    with pytest.raises(RubricError, match="appears twice"):
        load(tmp_path, f"{apart}\n{row}")


def test_an_editions_file_is_told_as_that(tmp_path: Path) -> None:
    with pytest.raises(RubricError, match=r"mine\.toml:1: this is an edition's file, not a rubric"):
        load(tmp_path, 'extends = "2019"\n')


def test_array_of_tables_headings_are_counted_too(tmp_path: Path) -> None:
    text = GOOD.partition("checks = [")[0] + (
        '[[question.checks]]\nid = "naive.loss"\npoints = 1\n'
        '[[question.checks]]\nid = "naive.gradient"\npoints = true\n'
    )
    with pytest.raises(RubricError, match=r"mine.toml:11: points must be a number ≥ 0, got true"):
        load(tmp_path, text)


def test_an_unknown_name_lists_what_there_is() -> None:
    with pytest.raises(RubricError, match=r"no rubric 'assignment9'; did you mean .assignment1.\?"):
        rubric.load("assignment9", ASSIGNMENT)


def test_a_rubric_may_ask_for_other_accuracies_of_tuned_models(tmp_path: Path) -> None:
    asked = '[thresholds]\nsvm = { tuned_accuracy = 0.4 }\n"features.net" = { tuned_accuracy = 0.58 }\n'
    marks = tuned_marks(EDITIONS.load("2021"), load(tmp_path, GOOD + asked))
    assert marks["svm"] == 0.4
    assert (marks["features.linear"], marks["features.net"]) == (0.42, 0.58)
    # As each year's notebooks say.
    assert [
        tuned_marks(EDITIONS.load(year), load(tmp_path, GOOD))["softmax"] for year in ("2021", "2025")
    ] == [
        0.35,
        0.36,
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'id = "svm"',
            'id = "smv"',
            'mine.toml:4: there is no question "smv" at question[0].id; did you mean',
        ),
        (
            'title = "SVM"\n',
            'title = "SVM"\neditions = ["2091"]\n',
            'mine.toml:6: there is no edition "2091" at question[0].editions; use one of: 2015, ',
        ),
    ],
)
def test_questions_and_editions_that_are_not_there_are_refused(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(RubricError) as refusal:
        load(tmp_path, GOOD.replace(old, new))
    assert message in str(refusal.value)


@pytest.mark.parametrize("name", EDITIONS.names)
def test_every_question_of_an_edition_has_points(name: str) -> None:
    edition, points = EDITIONS.load(name), rubric.load("assignment1", ASSIGNMENT)
    assert {row.id for row in points.questions(edition.names, edition.questions)} == set(edition.questions)


def test_an_edition_of_ones_own_has_the_questions_of_the_one_that_it_extends(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('extends = "2025"\nname = "mine"\ntitle = "Mine"\n')
    own, base = EDITIONS.load(str(tmp_path / "mine.toml")), EDITIONS.load("2025")
    assert own.names == ("mine", "2025")
    points = rubric.load("assignment1", ASSIGNMENT)
    assert points.questions(own.names, own.questions) == points.questions(base.names, base.questions)


def test_a_row_for_an_edition_of_ones_own_counts_before_those_of_its_base(tmp_path: Path) -> None:
    row = '[[question]]\nid = "svm"\ntitle = "SVM"\neditions = ["mine"]\nchecks = []\n'
    of_base = GOOD.replace('title = "SVM"\n', 'title = "SVM"\neditions = ["2019"]\n') + row
    file = tmp_path / "rubric.toml"
    file.write_text(of_base)
    with pytest.raises(RubricError, match="there is no edition"):
        rubric.load(str(file), ASSIGNMENT)
    mine = rubric.load(str(file), ASSIGNMENT, ["mine"])
    assert [row.checks for row in mine.questions(("mine", "2019"), ("svm",))] == [()]
    assert [len(row.checks) for row in mine.questions(("2019",), ("svm",))] == [2]
