"""What only people know: overrides, marks by hand with a maximum, late days; beside it what was found."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from command_line import ROOT, SAMPLES, grader

from grader.assignment1 import ASSIGNMENT
from grader.batch.known import Known, keep, read_known
from grader.batch.lateness import late_days, penalty
from grader.batch.marks import MarksError, write_sheet
from grader.batch.overrides import OverridesError, read_overrides
from grader.batch.pages import authors_pages
from grader.batch.results import publish
from grader.batch.rulings import read_rulings
from grader.batch.store import read_report, write_report
from grader.grade import Job
from grader.result import CheckResult, ManualAnswer, QuestionResult, Report, SubmissionInfo, Verdict
from grader.scoring.rubric import ByHand, Late, Rubric

DUE = datetime(2025, 4, 22, 23, 59, tzinfo=UTC)
LATE = Late(due=DUE, grace_minutes=15, free_days=1, penalty=0.25, most_days=3)
RUBRIC = """
[[by_hand]]
question = "svm"
points = [2, 3]

[[by_hand]]
question = "style"
title = "How it reads"
points = [5]

[late]
due = 2025-04-22T23:59:00Z
free_days = 1
penalty = 0.25
most_days = 3
"""


def report(name: str = "ada", *answers: ManualAnswer) -> Report:
    check = CheckResult(id="svm.naive.loss", title="t", verdict=Verdict.FAILED, score=1, max_score=4)
    question = QuestionResult("svm", "SVM", 6, 10, (check,))
    info = SubmissionInfo(name, ".", "2019", None)
    return Report(submission=info, score=6, max_score=10, questions=(question,), manual=answers)


def rubric(by_hand: tuple[ByHand, ...] = (), late: Late | None = None) -> Rubric:
    return Rubric(schema="grader.rubric/1", title="t", question=(), by_hand=by_hand, late=late)


def override(points: float, what: str = "", student: str = "ada") -> str:
    return f'[[override]]\nstudent = "{student}"\npoints = {points}\nreason = "seen"\nby = "Justin"\n{what}\n'


# --- overrides


@pytest.mark.parametrize(
    ("text", "what", "change", "total"),
    [
        (override(4, 'check = "svm.naive.loss"'), "svm.naive.loss", 3, 9),
        (override(0, 'question = "svm"'), "svm", -6, 0),
        (override(10), "score", 4, 10),
    ],
)
def test_an_override_counts_and_what_was_found_stays(
    tmp_path: Path, text: str, what: str, change: float, total: float
) -> None:
    (tmp_path / "overrides.toml").write_text(text)
    found = read_rulings(tmp_path, Known()).applied(report())
    (adjustment,) = found.adjustments
    assert (adjustment.what, adjustment.points, adjustment.by) == (what, change, "Justin")
    assert (found.score, found.questions[0].score) == (6, 6)
    assert found.final is not None
    assert (found.final.score, found.final.max_score) == (total, 10)
    assert (tmp_path / "overrides.toml").read_text() == text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (override(5, 'check = "svm.naive.loss"'), "5 points for svm.naive.loss of ada, which has at most 4"),
        (override(1, 'check = "svm.naive.nothing"'), "the report of ada has no svm.naive.nothing"),
        (
            override(1, 'question = "svm"\ncheck = "svm.naive.loss"'),
            "override 1 names a check and a question",
        ),
        (override(1, 'question = "svm"') * 2, "override 2 changes svm of ada, which another one changes"),
        (override(1, 'check = "svm.naive.loss"') + override(1), "override 2 changes score of ada, which"),
        (override(-1), "override 1.points: expected `float` >= 0.0"),
        (override(1).replace('reason = "seen"\n', ""), "override 1: object missing required field `reason`"),
        (override(1, "score = 2"), "override 1: object contains unknown field `score`"),
        ("override = 3", "override: expected `array`, got `int`"),
        ("[[override", "not valid TOML"),
    ],
)
def test_an_override_that_cannot_be_used_is_told(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "overrides.toml").write_text(text)
    with pytest.raises(OverridesError) as told:
        read_rulings(tmp_path, Known()).applied(report())
    assert str(told.value).startswith(f"overrides.toml: {sentence}")


def test_the_authors_pages_say_what_counts(tmp_path: Path) -> None:
    folder, found = tmp_path / "ada", report()
    before = authors_pages(found, None)
    write_report(found, before, folder)
    pages = {name: folder / name for name in before}
    publish(tmp_path, {}, Job(ASSIGNMENT, rubric()))
    assert {name: page.read_bytes() for name, page in pages.items()} == before
    (tmp_path / "overrides.toml").write_text(override(10))
    publish(tmp_path, {}, Job(ASSIGNMENT, rubric()))
    assert all("seen (Justin)" in page.read_text("utf-8") for page in pages.values())
    (tmp_path / "overrides.toml").unlink()
    publish(tmp_path, {}, Job(ASSIGNMENT, rubric()))
    assert {name: page.read_bytes() for name, page in pages.items()} == before
    assert read_report(folder) == found


def test_an_override_of_nobody_here_is_told(tmp_path: Path) -> None:
    (tmp_path / "overrides.toml").write_text(override(1, student="eve"))
    rulings = read_rulings(tmp_path, Known())
    assert rulings.unused([report()]) == ["overrides.toml names who is not here (eve)"]
    assert rulings.unused([report("eve")]) == []


# --- late days


@pytest.mark.parametrize(
    ("minutes", "days", "lost"),
    [
        (-1, 0, 0),
        (15, 0, 0),
        (16, 1, 0),
        (1440, 1, 0),
        (1441, 2, 2),
        (2 * 1440 + 1, 3, 4),
        (3 * 1440 + 1, 4, 8),
    ],
)
def test_late_days_cost_what_the_rubric_says(minutes: int, days: int, lost: float) -> None:
    assert late_days(LATE, DUE + timedelta(minutes=minutes)) == days
    taken = penalty(LATE, days, 8)
    assert (-taken.points if taken else 0) == lost


def test_an_extension_moves_the_due_time(tmp_path: Path) -> None:
    text = '[[extension]]\nstudent = "ada"\ndays = 1.5\nreason = "ill"\nby = "Justin"\n'
    (tmp_path / "overrides.toml").write_text(text)
    known = Known(rubric=rubric(late=LATE), times=dict.fromkeys(("ada", "alan"), DUE + timedelta(days=2)))
    rulings = read_rulings(tmp_path, known)
    days = [found.final and found.final.late_days for found in map(rulings.applied, map(report, known.times))]
    assert days == [1, 2]
    assert read_overrides(tmp_path).extra_days("alan") == 0


def test_what_is_known_of_the_others_stays_when_some_are_graded_again(tmp_path: Path) -> None:
    first = Known(rubric=rubric(), times={"ada": DUE, "alan": DUE}, missing=("eve", "tim"))
    keep(first, tmp_path)
    later = Known(rubric=rubric(late=LATE), times={"eve": DUE}, missing=("joe",))
    joined = read_known(tmp_path).joined(later, ["ada", "eve"])
    assert joined == Known(rubric=rubric(late=LATE), times={"alan": DUE, "eve": DUE}, missing=("tim", "joe"))


# --- by hand


def test_answers_get_their_maximum_and_what_no_notebook_holds_is_asked_too(tmp_path: Path) -> None:
    answer = ManualAnswer(question="svm", prompt="Why?", answer="hinge")
    known = Known(rubric=rubric((ByHand("svm", (2, 3)), ByHand("style", (5,), "How it reads"))))
    found = read_rulings(tmp_path, known).applied(report("ada", answer))
    assert [(a.question, a.prompt, a.answer, a.max_score) for a in found.manual] == [
        ("svm", "Why?", "hinge", 2),
        ("svm", "", "", 3),
        ("style", "How it reads", "", 5),
    ]
    assert found.final is None  # nothing is marked yet


@pytest.mark.parametrize(
    ("points", "told"), [("2.5", "2.5 points, not from 0 to 2"), ("-1", "-1 points, not")]
)
def test_points_beyond_the_maximum_are_told_with_the_student(tmp_path: Path, points: str, told: str) -> None:
    known = Known(rubric=rubric((ByHand("svm", (2,)),)))
    write_sheet([read_rulings(tmp_path, known).applied(report())], tmp_path)
    sheet = tmp_path / "manual.csv"
    sheet.write_text(sheet.read_text("utf-8-sig").replace('"",2,""', f'{points},2,""'))
    with pytest.raises(MarksError, match=rf"manual\.csv, line 2: ada, svm 1 has {told}"):
        read_rulings(tmp_path, known)


def test_a_marker_s_own_columns_stay(tmp_path: Path) -> None:
    known = Known(rubric=rubric((ByHand("svm", (2,)),)))
    write_sheet([read_rulings(tmp_path, known).applied(report())], tmp_path)
    sheet = tmp_path / "manual.csv"
    head, line = sheet.read_text("utf-8-sig").splitlines()
    sheet.write_text(f'{head},"who"\n{line},"TA 2"\n')
    write_sheet([read_rulings(tmp_path, known).applied(each) for each in (report(), report("tim"))], tmp_path)
    rows = list(csv.DictReader(io.StringIO(sheet.read_text("utf-8-sig"))))
    assert [(row["submission"], row["who"]) for row in rows] == [("ada", "TA 2"), ("tim", "")]


# --- the commands


def test_a_class_from_its_export_to_the_gradebook(tmp_path: Path) -> None:
    export, out = tmp_path / "export", tmp_path / "out"
    told = ["---"]
    for n, (name, day) in enumerate((("Ada", 22), ("Alan", 25)), 1):
        folder = export / f"submission_{n}"
        folder.mkdir(parents=True)
        code = SAMPLES / "demo" / "ada" / "cs231n" / "classifiers" / "k_nearest_neighbor.py"
        (folder / code.name).write_bytes(code.read_bytes())
        told += [f"submission_{n}:", "  :submitters:", f"  - :name: {name}"]
        told += [f"  :created_at: 2025-04-{day} 12:00:00.1 Z"]
    (export / "submission_metadata.yml").write_text("\n".join(told))
    (tmp_path / "roster.csv").write_text("name\nAda\nAlan\nTim\n")
    (tmp_path / "mine.toml").write_text((ROOT / "rubrics" / "assignment1.toml").read_text() + RUBRIC)
    grade = (
        "grade",
        export,
        "-o",
        out,
        "--question",
        "knn",
        "--no-train",
        "--rubric",
        tmp_path / "mine.toml",
    )
    done = grader(*grade, "--roster", tmp_path / "roster.csv")
    assert done.returncode == 0, done.stderr
    assert "was taken for an export of gradescope: 2 submissions" in done.stderr
    assert "nothing was handed in by Tim" in done.stderr
    rows = {row["submission"]: row for row in gradebook(out)}
    assert [rows[name]["status"] for name in ("Ada", "Alan", "Tim")] == ["graded", "graded", "missing"]
    assert (rows["Ada"]["late_days"], rows["Alan"]["late_days"], rows["Tim"]["score"]) == ("0", "3", "")
    score = float(rows["Alan"]["score"])
    assert float(rows["Alan"]["total"]) == pytest.approx(score / 2)

    sheet = (out / "manual.csv").read_text("utf-8-sig")
    (out / "manual.csv").write_text(sheet.replace('"Ada","style",1,"How it reads","","",5,""', MARKED))
    (out / "overrides.toml").write_text(override(0, 'question = "knn"', "Alan"))
    report = grader("report", out, "--format", "csv")
    assert report.returncode == 0, report.stderr
    marked = {row["submission"]: row for row in csv.DictReader(io.StringIO(report.stdout))}
    assert (marked["Ada"]["manual"], marked["Ada"]["manual_max"]) == ("4", "10")
    assert float(marked["Ada"]["total"]) == float(marked["Ada"]["score"]) + 4
    assert (marked["Alan"]["overrides"], marked["Alan"]["total"]) == (f"-{score:g}", "0")
    assert "clear throughout" in grader("report", out / "Ada").stdout
    assert "Justin" in grader("report", out / "Alan").stdout
    again = grader(*grade)
    assert again.returncode == 0, again.stderr
    assert list(csv.DictReader(io.StringIO(report.stdout))) == gradebook(out)


MARKED = '"Ada","style",1,"How it reads","",4,5,"clear throughout"'


def gradebook(out: Path) -> list[dict[str, str]]:
    text = (out / "gradebook.csv").read_text("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
