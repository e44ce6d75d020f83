"""Every sample of the exercises gets the verdict that its folder promises."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pages
import pytest
from plant import CATALOGUES, Sample, read_catalogue

from grader.batch.plan import SandboxChoice
from grader.checking.check import Setting
from grader.diagnosis.raised import RAISED
from grader.exercises import ASSIGNMENT
from grader.grade import Job, grade_entry
from grader.intake.submission import single
from grader.result import QuestionResult, Report, Verdict
from grader.sandbox.host import Limits, Sandbox
from grader.scoring import rubric

SAMPLES = Path(__file__).parents[2] / "submissions" / "exercises"
RUBRIC = rubric.load("exercises", ASSIGNMENT)
MISTAKES = read_catalogue(CATALOGUES["exercises/mistakes"])
VARIANTS = read_catalogue(CATALOGUES["exercises/variants"])
CORRECT = sorted(folder.name for folder in (SAMPLES / "correct").iterdir())
#: Told by a function's text in every assignment alike; tested there.
OF_THE_ENGINE = {"undefined-name", "placeholder-none-used", "returns-nothing", "writes-files", *RAISED}
REPORTS: dict[tuple[Path, tuple[str, ...], int], Report] = {}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with SandboxChoice("auto", None, Limits()).build() as wall:
        yield wall


def grade(sandbox: Sandbox, sample: Path, questions: tuple[str, ...] = (), seed: int = 231) -> Report:
    """Graded once for all tests that ask."""
    key = (sample, questions, seed)
    if key not in REPORTS:
        job = Job(ASSIGNMENT, RUBRIC, questions=questions, setting=Setting(seed))
        REPORTS[key] = grade_entry(single(sample), job, sandbox)
    return REPORTS[key]


def test_right_work_trains_as_well_as_the_notes(sandbox: Sandbox) -> None:
    for name in CORRECT:
        job = Job(ASSIGNMENT, RUBRIC, setting=Setting(training=ASSIGNMENT.training("auto", 231, None)))
        report = grade_entry(single(SAMPLES / "correct" / name), job, sandbox)
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
def test_correct_work_gets_full_marks(sandbox: Sandbox, name: str, seed: int) -> None:
    report = grade(sandbox, SAMPLES / "correct" / name, seed=seed)
    assert [question.id for question in report.questions] == [row.id for row in RUBRIC.question]
    assert_full_marks(report)
    assert report.notes == ()


@pytest.mark.parametrize("name", VARIANTS)
def test_right_work_in_another_style_loses_no_point(
    sandbox: Sandbox, planted_samples: Path, name: str
) -> None:
    folder = planted_samples / "exercises" / "variants" / name
    assert_full_marks(grade(sandbox, folder, tuple(VARIANTS[name].questions)))


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_named_and_charged(sandbox: Sandbox, planted_samples: Path, name: str) -> None:
    expected = MISTAKES[name]
    report = grade(sandbox, planted_samples / "exercises" / "mistakes" / name, tuple(expected.questions))
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
    sandbox: Sandbox, planted_samples: Path, mistake: str, sample: Sample
) -> None:
    folder = planted_samples / "exercises" / "mistakes" / sample.name
    report = grade(sandbox, folder, tuple(sample.questions))
    assert pages.outdated(ASSIGNMENT, mistake, report) == [], "run: python submissions/pages.py"


def test_a_mistake_is_named_at_other_seeds_too(sandbox: Sandbox, planted_samples: Path) -> None:
    for seed in (1, 2, 3):
        for name in ("divided-by-h", "x-not-restored"):
            folder = planted_samples / "exercises" / "mistakes" / name
            report = grade(sandbox, folder, tuple(MISTAKES[name].questions), seed)
            assert [found.mistake for found in report.diagnoses] == list(MISTAKES[name].mistakes)


def test_the_starter_is_missing_and_never_wrong(sandbox: Sandbox) -> None:
    assert ASSIGNMENT.starter is not None
    report = grade(sandbox, Path(str(ASSIGNMENT.starter)))
    verdicts = {check.verdict for question in report.questions for check in question.checks}
    assert verdicts <= {Verdict.MISSING, Verdict.SKIPPED}
    assert report.score == 0
    assert report.diagnoses == ()


def test_work_in_a_notebook_is_as_good(sandbox: Sandbox, tmp_path: Path) -> None:
    text = (SAMPLES / "correct" / "arrays" / "exercises.py").read_text()
    cells = [
        {"cell_type": "code", "source": part, "outputs": [], "metadata": {}, "execution_count": None}
        for part in ("import numpy as np", *text.split("\n\n\n")[1:])
    ]
    notebook = {"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}
    (tmp_path / "mine.ipynb").write_text(json.dumps(notebook))
    assert_full_marks(grade(sandbox, tmp_path / "mine.ipynb"))


def test_every_mistake_of_the_catalogue_is_planted() -> None:
    planted = {mistake for sample in MISTAKES.values() for mistake in sample.mistakes}
    assert set(ASSIGNMENT.catalogue.rows) - planted == OF_THE_ENGINE
