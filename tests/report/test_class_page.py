"""The instructor's page: whom it shows, what it adds up, its size for a thousand students, odd text."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from class_of import class_of
from command_line import SAMPLES, grader
from markup import Markup, odd_characters
from report_samples import (
    FORGOT,
    HOSTILE,
    all_correct,
    check,
    hostile,
    one_mistake,
    report,
    right,
    two_mistakes,
)
from report_samples import SAMPLES as REPORTS
from test_html import MARKUP

from grader.report.by_check import ByCheck
from grader.report.class_page import ClassPage
from grader.result import Final, ManualAnswer, Report, Verdict


def page_of(*reports: Report, missing: tuple[str, ...] = ()) -> str:
    page = ClassPage()
    for each in reports:
        page.add(each)
    return page.html(missing, lambda student: True)


def called(found: Report, name: str) -> Report:
    return msgspec.structs.replace(found, submission=msgspec.structs.replace(found.submission, id=name))


def test_everybody_stands_there_once_with_score_and_link() -> None:
    shown = page_of(*(make() for make in REPORTS.values()), missing=("zoe",))
    page = Markup(shown)
    rows = [attrs for tag, attrs in page.tags if tag == "th" and attrs.get("scope") == "row"]
    assert len(rows) >= len(REPORTS) + 1
    assert {f"./{make().submission.id}/report.html" for make in REPORTS.values()} <= set(page.values("href"))
    assert f"{len(REPORTS)} submissions {len(REPORTS) - 1} graded median" in page.text
    assert "zoe" in page.text
    assert "the archive ends in the middle of a file" in page.text


def test_mistakes_are_counted_with_who_made_them_and_the_dearest_are_to_be_taught() -> None:
    twice = [called(one_mistake(), name) for name in ("ada", "alan")]
    text = Markup(page_of(*twice, two_mistakes(), all_correct())).text
    taught = text[text.index("What to teach again") : text.index("Students Find")]
    assert f"{FORGOT} −9 points 3 students of 4. What ada is told: " in taught
    assert "What ada is told to do: the loss adds reg·ΣW²" in taught
    assert (
        "for example ada , cs231n/classifiers/linear_svm.py:38 37 dW /= N ▸ this line: 38 if reg:" in taught
    )
    assert taught.index(FORGOT) < taught.index("not-vectorized")
    assert "3 students ada , alan , barbara" in text


def test_what_differs_from_student_to_student_is_told_as_one_of_theirs() -> None:
    other = called(one_mistake(), "alan")
    changed = tuple(msgspec.structs.replace(each, explanation="of alan") for each in other.diagnoses)
    other = msgspec.structs.replace(other, diagnoses=changed)
    text = Markup(page_of(one_mistake(), other)).text
    taught = text[text.index("What to teach again") : text.index("Students Find")]
    assert "2 students of 2. What ada is told: " in taught
    assert "What ada is told to do: " in taught
    assert "of alan" not in taught


def test_a_mistake_without_a_name_is_told_by_its_function() -> None:
    text = Markup(page_of(REPORTS["unnamed"](), one_mistake())).text
    assert text.count("softmax_loss_naive (no name)") == 1
    assert text.count("(no name)") == 1


def test_what_an_instructor_should_look_at_is_told() -> None:
    slow = right("svm", "SVM", vectorized__loss=check("svm", "vectorized.loss", Verdict.TIMEOUT))
    asked = ManualAnswer(question="svm", prompt="Why?", answer="so")
    found = report(
        [slow], "kim", manual=(asked, asked), final=Final(20.0, 27.0, 2), discrepancies=("a.ipynb: numbers",)
    )
    page = Markup(page_of(found, all_correct(), REPORTS["refused"](), REPORTS["with_fault"]()))
    for meaning in (
        "could not be read",
        "the grader itself failed",
        "late",
        "answers to mark",
        "a limit was hit",
    ):
        assert f"{meaning}: 1 student" in page.text
    assert "saved numbers that another run does not show: 1 student kim" in page.text
    assert [value for value in page.values("data-is") if "late" in value] == [
        "late waiting limits discrepancies"
    ]


def test_the_strip_of_a_check_has_its_students_by_score() -> None:
    checks = ByCheck()
    for share, verdict in (
        (0.5, Verdict.FAILED),
        (1.0, Verdict.PASSED),
        (0.9, Verdict.PASSED),
        (0.1, Verdict.MISSING),
    ):
        checks.add(report([right("svm", "SVM", naive__loss=check("svm", "naive.loss", verdict))]), share)
    strip = checks.rows()[1]
    assert (strip.had, strip.wrong, strip.missing) == (4, 1, 1)
    assert strip.runs == {"right": "M0 .5h2", "wrong": "M2 .5h1", "open": "M3 .5h1"}


def test_a_class_of_a_thousand_is_a_page_of_less_than_two_megabytes() -> None:
    shown = page_of(*class_of(1000))
    assert len(shown.encode()) < 2_000_000
    assert "1000 submissions" in shown


def test_a_class_in_which_nothing_could_be_graded_has_a_page() -> None:
    assert "1 submission 0 graded" in Markup(page_of(REPORTS["refused"]())).text


@pytest.mark.parametrize("text", [*HOSTILE, *MARKUP])
def test_nothing_of_a_submission_becomes_markup_or_moves_the_page(text: str) -> None:
    def one(name: str) -> Markup:
        graded = msgspec.structs.replace(hostile(name), refused=None, faults=())
        shown = page_of(hostile(name), graded)
        assert odd_characters(shown) == set()
        return Markup(shown)

    page, plain = one(text), one("plain")
    assert page.names <= plain.names
    assert {name for _, attrs in page.tags for name in attrs} <= {
        name for _, attrs in plain.tags for name in attrs
    }
    assert all(address.startswith(("#", "./")) for address in page.values("href", "src"))


def test_grade_writes_it_and_report_shows_it_again(tmp_path: Path) -> None:
    out = tmp_path / "grades"
    one_question = ["--question", "svm", "--no-train", "--seed", "1"]
    told = grader("grade", SAMPLES / "demo", "-o", out, *one_question, "--only", "alan", "--only", "margaret")
    assert told.returncode == 0, told.stderr
    shown = (out / "index.html").read_text("utf-8")
    links = [link for link in Markup(shown).values("href") if link.endswith("report.html")]
    assert {"./alan/report.html", "./margaret/report.html"} == set(links)
    assert all((out / link).is_file() for link in links)
    assert grader("report", out, "--format", "html").stdout == shown
    assert "1 mistake to fix" in Markup(grader("report", out / "alan", "--format", "html").stdout).text
