"""Every sample submission gets the verdict its folder promises: right work full marks, a mistake its name."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import pages
import pytest
from plant import CATALOGUES, Sample, read_catalogue
from sample_reports import Samples, samples_of

from grader.assignment1 import ASSIGNMENT
from grader.assignment1.editions import EDITIONS
from grader.report import render_console
from grader.result import CheckResult, QuestionResult, Report, Verdict
from grader.scoring import rubric

SAMPLES = Path(__file__).parents[1] / "submissions"
question_of = EDITIONS.load("2019").question_of
RUBRIC = rubric.load("assignment1", ASSIGNMENT)
GRADED = frozenset(question.id for question in RUBRIC.question)


def graded(questions: dict[str, Sequence[str]]) -> list[str]:
    """The samples of which the rubric grades some question."""
    return [name for name, answered in questions.items() if GRADED & set(answered)]


def questions_of(samples: Mapping[str, Sample]) -> dict[str, Sequence[str]]:
    return {name: sample.questions for name, sample in samples.items()}


def asked(name: str) -> tuple[str, ...]:
    return tuple(question for question in MISTAKES[name].questions if question in GRADED)


def folders(folder: str) -> list[str]:
    return sorted(path.name for path in (SAMPLES / folder).iterdir() if path.is_dir())


MISTAKES = read_catalogue(CATALOGUES["mistakes"])
STYLES = questions_of(read_catalogue(CATALOGUES["variants"]))
FORMS: dict[str, Sequence[str]] = {
    name: form["questions"]
    for name, form in tomllib.loads((SAMPLES / "variants" / "expected.toml").read_text()).items()
}
GRADED_MISTAKES = graded(questions_of(MISTAKES))
#: The sample that the page of a mistake shows.
SHOWN = pages.samples(ASSIGNMENT)


@pytest.fixture(scope="module")
def samples() -> Iterator[Samples]:
    with samples_of(ASSIGNMENT) as graded:
        yield graded


def grade_mistake(samples: Samples, planted_samples: Path, name: str) -> Report:
    return samples.report(planted_samples / "mistakes" / name, asked(name))


def not_passed(questions: list[QuestionResult]) -> list[str]:
    """What did not pass, of the checks that were run: here nothing is trained and no notebook is run."""
    checks = [check for question in questions for check in question.checks]
    run = [check for check in checks if not check.message.startswith("not run:")]
    return [f"{check.id}: {check.message}" for check in run if check.verdict is not Verdict.PASSED]


def accusations(report: Report) -> dict[str, set[str]]:
    """The roles in which each mistake was found."""
    found: dict[str, set[str]] = {}
    for diagnosis in report.diagnoses:
        found.setdefault(diagnosis.mistake, set()).update(diagnosis.roles)
    return found


def checks_of(report: Report, role: str) -> list[CheckResult]:
    checks = [check for question in report.questions for check in question.checks]
    return [check for check in checks if check.id.startswith(f"{role}.")]


@pytest.mark.parametrize("name", folders("correct"))
def test_correct_work_gets_full_marks(samples: Samples, name: str) -> None:
    report = samples.report(SAMPLES / "correct" / name)
    assert report.submission.edition == name
    assert not_passed(list(report.questions)) == []
    assert report.score == report.max_score > 0
    assert (report.diagnoses, report.candidates) == ((), ())


@pytest.mark.parametrize("name", graded(FORMS))
def test_right_work_in_an_unusual_form_is_not_accused(samples: Samples, name: str) -> None:
    assert_full_marks(samples.report(SAMPLES / "variants" / name), FORMS[name])


@pytest.mark.parametrize("name", graded(STYLES))
def test_right_work_in_another_style_is_not_accused(
    samples: Samples, planted_samples: Path, name: str
) -> None:
    assert_full_marks(samples.report(planted_samples / "variants" / name), STYLES[name])


def assert_full_marks(report: Report, answered: Sequence[str]) -> None:
    questions = [question for question in report.questions if question.id in answered]
    assert not_passed(questions) == []
    assert [question.score for question in questions] == [question.max_score for question in questions]
    assert (report.diagnoses, report.candidates) == ((), ())


@pytest.mark.parametrize("name", GRADED_MISTAKES)
def test_a_planted_mistake_is_named(samples: Samples, planted_samples: Path, name: str) -> None:
    expected = MISTAKES[name]
    report = grade_mistake(samples, planted_samples, name)
    found = accusations(report)
    assert set(found) == set(expected.mistakes)
    assert list(report.candidates) == []
    assert all(diagnosis.exact for diagnosis in report.diagnoses)
    for roles in found.values():
        assert set(expected.roles) <= roles <= {*expected.roles, *expected.echoes}


@pytest.mark.parametrize("name", GRADED_MISTAKES)
def test_the_page_of_a_planted_mistake_is_short(samples: Samples, planted_samples: Path, name: str) -> None:
    report = grade_mistake(samples, planted_samples, name)
    # Its folder has a longer name than people have.
    named = msgspec.structs.replace(report.submission, id="ada-lovelace")
    page = render_console(msgspec.structs.replace(report, submission=named))
    assert set(MISTAKES[name].mistakes) <= set(re.findall(r"[\w-]+", page))
    if "1 mistake to fix" in page and "write what is missing" not in page:
        assert len(page.splitlines()) <= (20 if len(report.questions) == 1 else 30), page
    for word in ("data part", "violated margin", "stand-in", "echo", "edition", "agreement"):
        assert word not in page


@pytest.mark.parametrize("mistake", SHOWN)
def test_the_page_of_a_mistake_shows_what_its_report_does(
    samples: Samples, planted_samples: Path, mistake: str
) -> None:
    report = grade_mistake(samples, planted_samples, SHOWN[mistake].name)
    assert pages.outdated(ASSIGNMENT, mistake, report) == [], "run: python submissions/pages.py"


@pytest.mark.parametrize("name", folders("correct"))
def test_the_page_of_right_work_is_short(samples: Samples, name: str) -> None:
    page = render_console(samples.report(SAMPLES / "correct" / name))
    assert len(page.splitlines()) <= 8, page
    assert "nothing to fix" in page


@pytest.mark.parametrize("name", GRADED_MISTAKES)
def test_a_planted_mistake_costs_points_unless_it_is_a_note(
    samples: Samples, planted_samples: Path, name: str
) -> None:
    report = grade_mistake(samples, planted_samples, name)
    for question in report.questions:
        wrong = [check for check in question.checks if check.verdict in (Verdict.FAILED, Verdict.ERROR)]
        charged = [check.id for check in wrong if check.score < check.max_score]
        if question.id in {question_of(role) for role in MISTAKES[name].roles}:
            assert bool(charged) != (MISTAKES[name].note or bool(MISTAKES[name].missing))
        else:
            assert wrong == []


@pytest.mark.parametrize("name", ["works-only-when-sizes-agree--vectorized", "wrong-batch-size--linear"])
def test_what_is_not_trained_counts_for_nobody(samples: Samples, planted_samples: Path, name: str) -> None:
    report = grade_mistake(samples, planted_samples, name)
    correct = samples.report(SAMPLES / "correct/2019")
    most = {question.id: question.max_score for question in correct.questions}
    assert {q.id: q.max_score for q in report.questions} == {q: most[q] for q in asked(name)}


def test_a_function_that_stops_on_most_shapes_is_charged_once(
    samples: Samples, planted_samples: Path
) -> None:
    name = "works-only-when-sizes-agree--vectorized"
    checks = checks_of(grade_mistake(samples, planted_samples, name), "softmax.vectorized")
    broken = [check for check in checks if check.verdict is Verdict.ERROR]
    assert {check.mistakes for check in broken} == {("works-only-when-sizes-agree",)}
    assert sum(check.max_score - check.score for check in broken) == max(c.max_score for c in broken)


@pytest.mark.parametrize("name", [name for name in GRADED_MISTAKES if MISTAKES[name].missing])
def test_what_is_not_implemented_is_missing_and_never_wrong(
    samples: Samples, planted_samples: Path, name: str
) -> None:
    report = grade_mistake(samples, planted_samples, name)
    for role in MISTAKES[name].missing:
        verdicts = {check.verdict for check in checks_of(report, role)}
        assert Verdict.MISSING in verdicts
        assert verdicts <= {Verdict.MISSING, Verdict.PASSED, Verdict.SKIPPED}


@pytest.mark.parametrize("name", folders("unfinished"))
def test_unfinished_work_is_missing_and_never_wrong(samples: Samples, name: str) -> None:
    report = samples.report(SAMPLES / "unfinished" / name)
    checks = [check for question in report.questions for check in question.checks]
    assert {check.verdict for check in checks} <= {Verdict.MISSING, Verdict.SKIPPED, Verdict.PASSED}
    assert (report.diagnoses, report.candidates) == ((), ())
    assert 0 <= report.score < 0.1 * report.max_score


def test_every_mistake_of_the_catalogue_is_planted() -> None:
    planted = {mistake for sample in MISTAKES.values() for mistake in sample.mistakes}
    named = {name.partition("--")[0] for name in MISTAKES}
    assert set(ASSIGNMENT.catalogue.rows) - planted - named == set()


def test_every_folder_has_its_expectation() -> None:
    assert folders("variants") == sorted(FORMS)


#: Who made which mistake, and in which questions.
CLASS: dict[str, dict[str, set[str]]] = {
    "ada": {},
    "alan": {"forgot-regularization-gradient": {"svm"}},
    "barbara": {
        "gradient-not-divided-by-n": {"softmax"},
        "same-batch-every-step": {"svm", "softmax"},
        "negative-under-root": {"knn"},
    },
    "donald": {"correct-class-counted-in-loss": {"svm"}, "not-vectorized": {"svm"}},
    "edsger": {},
    "grace": {},
    "katherine": {
        "softmax-shifted-by-batch-maximum": {"softmax"},
        "regularization-gradient-double": {"two_layer_net"},
    },
}


@pytest.mark.parametrize("name", CLASS)
def test_the_demo_class(samples: Samples, name: str) -> None:
    found = accusations(samples.report(SAMPLES / "demo" / name))
    questions = {mistake: set(map(question_of, roles)) for mistake, roles in found.items()}
    assert questions == {mistake: where & GRADED for mistake, where in CLASS[name].items() if where & GRADED}


def test_the_demo_class_has_an_entry_that_cannot_be_graded(samples: Samples) -> None:
    report = samples.report(SAMPLES / "demo/margaret")
    assert report.score == 0
    assert report.refused is not None
    assert "margaret" in report.refused
