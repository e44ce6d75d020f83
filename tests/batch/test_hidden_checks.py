"""What a rubric hides from authors is in nothing that they get, and in all that the instructor keeps."""

from __future__ import annotations

import csv
import json
import re
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from command_line import ROOT, SAMPLES, grader

from grader.assignment1 import ASSIGNMENT
from grader.report.text import number, points
from grader.result import CheckResult, Report, Verdict, decode_report
from grader.scoring import rubric
from grader.scoring.students_view import students_report

QUICK = ("--question", "svm", "--question", "softmax", "--no-train", "--seed", 231)
#: Of the demo: mistakes that hidden checks find, beside notebooks or none; and what cannot be read.
CLASS = ("barbara", "donald", "margaret")
DUE = datetime.fromisoformat("2099-04-22T23:59:00-07:00")
HIDDEN = {
    "naive.gradient": (7.13, "hidden"),
    "vectorized.gradient": (6.29, "after-deadline"),
    "predict.argmax": (5.47, "hidden"),
}


def hiding() -> str:
    """The rubric with odd points for what it hides of the linear classifiers, so that each can be found."""
    text = (ROOT / "rubrics" / "assignment1.toml").read_text()
    head, until, end = text.partition("# Until 2020 the net")
    lines = []
    for line in head.replace("points = 25", "").replace("points = 20", "").splitlines():
        name = next((name for name in HIDDEN if f'"{name}"' in line), None)
        if name is None:
            lines.append(line)
        else:
            worth, when = HIDDEN[name]
            lines.append(f'  {{ id = "{name}", points = {worth}, visibility = "{when}" }},')
    return "\n".join(lines) + f"\n{until}{end}\n[late]\ndue = {DUE.isoformat()}\n"


@pytest.fixture(scope="module")
def rubric_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("rubric") / "hiding.toml"
    file.write_text(hiding())
    return file


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    for name in CLASS:
        shutil.copytree(SAMPLES / "demo" / name, folder / name)
    for name in ("svm", "softmax"):
        shutil.copy(SAMPLES / "correct" / "2019" / f"{name}.ipynb", folder / "barbara")
    return folder


@pytest.fixture(scope="module")
def graded(work: Path, rubric_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("graded")
    done = grader("grade", work, "-o", out, *QUICK, "--rubric", rubric_file)
    assert done.returncode == 0, done.stderr
    return out


def instructors(graded: Path, name: str) -> Report:
    return decode_report((graded / name / "report.json").read_bytes())


def hidden(report: Report) -> list[CheckResult]:
    return [c for q in report.questions for c in q.checks if c.visibility != "shown"]


def facts(checks: list[CheckResult]) -> set[str]:
    values = [
        value
        for check in checks
        for each in check.evidence
        for value in (each.measured, each.expected, each.relative_error)
    ]
    numbers = {text for value in values for text in (number(value), repr(value))}
    return numbers | {text for c in checks for text in (c.message, c.hint, c.help, *c.mistakes)}


def telling(report: Report) -> set[str]:
    """What would betray the hidden checks: names, titles, points, and the facts of theirs alone.

    Numbers are those that are not met by chance.
    """
    shown = [c for q in report.questions for c in q.checks if c.visibility == "shown"]
    texts = facts(hidden(report)) - facts(shown)
    texts |= {text for c in hidden(report) for text in (c.id, c.title, points(c.max_score))}
    texts |= {points(report.max_score), points(report.score)}
    return {text for text in texts if re.fullmatch(r"-?\d+\.\d\d+(e.*)?|.*[a-z].*", text)}


def is_in(text: str, page: str) -> bool:
    """Whether it stands there, a number not as a part of a longer one or behind a sign (of examples)."""
    return re.search(rf"(?<![\d.-]){re.escape(text)}(?!\d)", page) is not None


def pages(graded: Path, work: Path, rubric_file: Path, folder: Path) -> dict[str, str]:
    """All that a student can be given, by what it is; `folder` is for what a check writes."""
    found = {file.name: file.read_text() for file in graded.iterdir() if file.suffix != ".json"}
    found["report DIR"] = grader("report", graded).stdout
    forms = [f"--format={form}={folder / form}" for form in ("json", "junit", "github", "csv")]
    summary = str(folder / "summary.md")
    done = grader("check", work, *QUICK, "--rubric", rubric_file, "-v", *forms, GITHUB_STEP_SUMMARY=summary)
    found["check -v"] = done.stdout + done.stderr
    return found | {f"check {file.name}": file.read_text() for file in folder.iterdir()}


@pytest.mark.parametrize("name", CLASS)
def test_nothing_that_a_student_is_given_betrays_it(
    graded: Path, work: Path, rubric_file: Path, tmp_path: Path, name: str
) -> None:
    report = instructors(graded, name)
    given = pages(graded / name, work / name, rubric_file, tmp_path)
    betrayed = {
        (page, text) for page, shown in given.items() for text in telling(report) if is_in(text, shown)
    }
    assert betrayed == set()
    assert len(given) == {"barbara": 11, "donald": 9, "margaret": 9}[name]
    assert len(telling(report)) > 15 or name == "margaret"


def test_the_instructor_keeps_all_of_it(graded: Path) -> None:
    failed = [c for c in hidden(instructors(graded, "barbara")) if c.verdict is Verdict.FAILED]
    assert any(c.evidence for c in failed)
    told = grader("report", graded / "barbara", "-v").stdout
    assert "(hidden)" in told
    assert "7.13" in told
    kept = json.loads(grader("report", graded, "--format", "json").stdout)
    assert {c["visibility"] for one in kept for q in one["questions"] for c in q["checks"]} == {
        "shown",
        "hidden",
        "after-deadline",
    }
    with (graded / "gradebook.csv").open(encoding="utf-8-sig") as file:
        rows = {row["submission"]: row for row in csv.DictReader(file)}
    assert float(rows["barbara"]["score"]) == instructors(graded, "barbara").score


def test_the_points_that_a_student_sees_add_up(graded: Path, rubric_file: Path) -> None:
    hiding = rubric.load(str(rubric_file), ASSIGNMENT)
    for name in CLASS:
        report = students_report(instructors(graded, name), hiding)
        for question in report.questions:
            assert question.score == pytest.approx(sum(c.score for c in question.checks))
            assert question.max_score == pytest.approx(sum(c.max_score for c in question.checks))
        lost = sum(c.max_score - c.score for q in report.questions for c in q.checks if c.mistakes)
        assert sum(d.points for d in report.diagnoses) == pytest.approx(lost)
        ids = {c.id for q in report.questions for c in q.checks}
        assert {c.follows_from for q in report.questions for c in q.checks} <= {None, *ids}


def test_after_the_deadline_what_waited_for_it_is_shown(graded: Path, rubric_file: Path) -> None:
    hiding = rubric.load(str(rubric_file), ASSIGNMENT)
    report = instructors(graded, "barbara")
    before = {c.id for q in students_report(report, hiding, DUE).questions for c in q.checks}
    after = {
        c.id for q in students_report(report, hiding, DUE + timedelta(seconds=1)).questions for c in q.checks
    }
    assert after - before == {"svm.vectorized.gradient", "softmax.vectorized.gradient"}


def test_where_nothing_is_hidden_a_student_reads_the_report_as_it_is(graded: Path) -> None:
    shown = rubric.load("assignment1", ASSIGNMENT)
    report = instructors(graded, "barbara")
    assert students_report(report, shown).questions == report.questions
