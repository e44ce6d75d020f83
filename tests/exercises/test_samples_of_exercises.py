"""Every sample of the exercises gets the verdict that its folder promises."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pages
import pytest
from plant import CATALOGUES, Sample, read_catalogue
from sample_reports import Samples, samples_of

from grader.diagnosis.raised import RAISED
from grader.exercises import ASSIGNMENT
from grader.result import QuestionResult, Report, Verdict
from grader.scoring import rubric

SAMPLES = Path(__file__).parents[2] / "submissions" / "exercises"
RUBRIC = rubric.load("exercises", ASSIGNMENT)
MISTAKES = read_catalogue(CATALOGUES["exercises/mistakes"])
VARIANTS = read_catalogue(CATALOGUES["exercises/variants"])
CORRECT = sorted(folder.name for folder in (SAMPLES / "correct").iterdir())
#: Told by a function's text in every assignment alike; tested there.
OF_THE_ENGINE = {"undefined-name", "placeholder-none-used", "returns-nothing", "writes-files", *RAISED}


@pytest.fixture(scope="module")
def samples() -> Iterator[Samples]:
    with samples_of(ASSIGNMENT) as graded:
        yield graded


def test_right_work_trains_as_well_as_the_notes(samples: Samples) -> None:
    for name in CORRECT:
        report = samples.report(SAMPLES / "correct" / name, train=True)
        assert_full_marks(report)
        trained = [c for q in report.questions for c in q.checks if c.statement == "accuracy"]
        assert [check.verdict for check in trained] == [Verdict.PASSED] * 2


def not_passed(questions: tuple[QuestionResult, ...]) -> list[str]:
    checks = [check for question in questions for check in question.checks]
    run = [check for check in checks if not check.message.startswith("not run:")]
    return [f"{check.id}: {check.message}" for check in run if check.verdict is not Verdict.PASSED]


def assert_full_marks(report: Report) -> None:
    assert not_passed(report.questions) == []
    assert report.score == report.max_score > 0
    assert (report.diagnoses, report.candidates) == ((), ())


@pytest.mark.parametrize("seed", [231, 5])
@pytest.mark.parametrize("name", CORRECT)
def test_correct_work_gets_full_marks(samples: Samples, name: str, seed: int) -> None:
    report = samples.report(SAMPLES / "correct" / name, seed=seed)
    assert [question.id for question in report.questions] == [row.id for row in RUBRIC.question]
    assert_full_marks(report)
    assert report.notes == ()


@pytest.mark.parametrize("name", VARIANTS)
def test_right_work_in_another_style_loses_no_point(
    samples: Samples, planted_samples: Path, name: str
) -> None:
    folder = planted_samples / "exercises" / "variants" / name
    assert_full_marks(samples.report(folder, tuple(VARIANTS[name].questions)))


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_named_and_charged(samples: Samples, planted_samples: Path, name: str) -> None:
    expected = MISTAKES[name]
    report = samples.report(planted_samples / "exercises" / "mistakes" / name, tuple(expected.questions))
    found = {found.mistake: set(found.roles) for found in report.diagnoses}
    assert set(found) == set(expected.mistakes)
    assert report.candidates == ()
    for roles in found.values():
        assert set(expected.roles) <= roles <= {*expected.roles, *expected.echoes}
    failed = [check for q in report.questions for check in q.checks if check.verdict is not Verdict.PASSED]
    broken = [check for check in failed if check.verdict is not Verdict.SKIPPED]
    assert all(check.mistakes or check.cause for check in broken)
    assert report.score < report.max_score


@pytest.mark.parametrize(("mistake", "sample"), pages.samples(ASSIGNMENT).items())
def test_the_page_of_a_mistake_shows_what_its_report_does(
    samples: Samples, planted_samples: Path, mistake: str, sample: Sample
) -> None:
    folder = planted_samples / "exercises" / "mistakes" / sample.name
    report = samples.report(folder, tuple(sample.questions))
    assert pages.outdated(ASSIGNMENT, mistake, report) == [], "run: python submissions/pages.py"


def test_a_mistake_is_named_at_other_seeds_too(samples: Samples, planted_samples: Path) -> None:
    for seed in (1, 2, 3):
        for name in ("divided-by-h", "x-not-restored"):
            folder = planted_samples / "exercises" / "mistakes" / name
            report = samples.report(folder, tuple(MISTAKES[name].questions), seed)
            assert [found.mistake for found in report.diagnoses] == list(MISTAKES[name].mistakes)


def test_the_starter_is_missing_and_never_wrong(samples: Samples) -> None:
    assert ASSIGNMENT.starter is not None
    report = samples.report(Path(str(ASSIGNMENT.starter)))
    verdicts = {check.verdict for question in report.questions for check in question.checks}
    assert verdicts <= {Verdict.MISSING, Verdict.SKIPPED}
    assert report.score == 0
    assert report.diagnoses == ()


def test_work_in_a_notebook_is_as_good(samples: Samples, tmp_path: Path) -> None:
    text = (SAMPLES / "correct" / "arrays" / "exercises.py").read_text()
    cells = [
        {"cell_type": "code", "source": part, "outputs": [], "metadata": {}, "execution_count": None}
        for part in ("import numpy as np", *text.split("\n\n\n")[1:])
    ]
    notebook = {"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}
    (tmp_path / "mine.ipynb").write_text(json.dumps(notebook))
    assert_full_marks(samples.report(tmp_path / "mine.ipynb"))


def test_every_mistake_of_the_catalogue_is_planted() -> None:
    planted = {mistake for sample in MISTAKES.values() for mistake in sample.mistakes}
    assert set(ASSIGNMENT.catalogue.rows) - planted == OF_THE_ENGINE
