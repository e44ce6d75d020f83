"""Marks for free-text answers: written once by the instructor, found again in every later report."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import msgspec
import pytest
from command_line import grader
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.batch.marks import MANUAL_FILE, MarksError, marked, read_sheet, unmatched, write_sheet
from grader.batch.results import stored_results
from grader.report import gradebook_csv, render_console
from grader.result import ManualAnswer, Report, SubmissionInfo, encode_report


def report(*answers: tuple[str, str], name: str = "ada") -> Report:
    manual = tuple(ManualAnswer(question=question, prompt="Why?", answer=text) for question, text in answers)
    info = SubmissionInfo(name, ".", "2019", None)
    return Report(submission=info, score=0, max_score=0, questions=(), manual=manual)


def rows(folder: Path) -> list[dict[str, str]]:
    text = (folder / MANUAL_FILE).read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def mark(folder: Path, *marks: tuple[str, str], separator: str = ",", encoding: str = "utf-8") -> None:
    """Fill in points and comment line by line, and save as a spreadsheet would."""
    lines = rows(folder)
    for line, (points, comment) in zip(lines, marks, strict=True):
        line["points"], line["comment"] = points, comment
    out = io.StringIO()
    writer = csv.DictWriter(out, list(lines[0]), delimiter=separator, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(lines)
    (folder / MANUAL_FILE).write_bytes(out.getvalue().encode(encoding))


def points(found: Report) -> list[tuple[float | None, str]]:
    return [(answer.points, answer.comment) for answer in found.manual]


def test_the_sheet_has_a_line_for_each_answer_sorted_by_question(tmp_path: Path) -> None:
    write_sheet(
        [report(("svm", "hinge"), ("svm", ""), name="tim"), report(("svm", "a"), ("knn", "b"))], tmp_path
    )
    assert [(row["submission"], row["question"], row["number"], row["answer"]) for row in rows(tmp_path)] == [
        ("ada", "knn", "1", "b"),
        ("ada", "svm", "1", "a"),
        ("tim", "svm", "1", "hinge"),
        ("tim", "svm", "2", ""),
    ]


def test_no_sheet_without_answers(tmp_path: Path) -> None:
    write_sheet([report()], tmp_path)
    assert not (tmp_path / MANUAL_FILE).exists()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_marks_enter_the_report_from_any_spreadsheet(tmp_path: Path, separator: str, encoding: str) -> None:
    mine = report(("svm", "a,b;\nc"), ("knn", "é"))
    write_sheet([mine], tmp_path)
    mark(tmp_path, ("2,5", "très bien"), ("0", ""), separator=separator, encoding=encoding)
    found = marked(mine, read_sheet(tmp_path))
    assert points(found) == [(0.0, ""), (2.5, "très bien")]


def test_writing_again_keeps_the_marks(tmp_path: Path) -> None:
    mine = report(("svm", "hinge"))
    write_sheet([mine], tmp_path)
    mark(tmp_path, ("1", "=good"))
    write_sheet([mine], tmp_path)
    write_sheet([mine], tmp_path)
    assert rows(tmp_path)[0]["comment"] == "'=good"
    assert points(marked(mine, read_sheet(tmp_path))) == [(1.0, "=good")]


def test_points_for_an_earlier_answer_are_not_given_to_the_new_one(tmp_path: Path) -> None:
    write_sheet([report(("svm", "hinge"))], tmp_path)
    mark(tmp_path, ("1", "too short"))
    again = report(("svm", "the hinge has a kink"))
    write_sheet([again], tmp_path)
    told = "an earlier answer had 1 points: too short"
    assert points(marked(again, read_sheet(tmp_path))) == [(None, told)]
    write_sheet([again], tmp_path)
    assert rows(tmp_path)[0]["comment"] == told


def test_marks_of_other_submissions_stay(tmp_path: Path) -> None:
    write_sheet([report(("svm", "a")), report(("svm", "b"), name="tim")], tmp_path)
    mark(tmp_path, ("1", ""), ("2", ""))
    write_sheet([report(("svm", "a"))], tmp_path)
    assert {row["submission"]: row["points"] for row in rows(tmp_path)} == {"ada": "1", "tim": "2"}
    sheet = read_sheet(tmp_path)
    assert unmatched([report(("svm", "a"))], sheet).endswith("belong to no submission here (tim)")
    assert unmatched([report(("svm", "a")), report(("svm", "b"), name="tim")], sheet) == ""


def test_a_name_that_a_spreadsheet_turned_into_a_number_is_found_by_its_id(tmp_path: Path) -> None:
    mine = report(("svm", "1/3"), name="007")
    write_sheet([mine], tmp_path)
    mark(tmp_path, ("3", ""))
    text = (tmp_path / MANUAL_FILE).read_text()
    (tmp_path / MANUAL_FILE).write_text(text.replace("007", "7").replace("1/3", "01-Mar"))
    assert points(marked(mine, read_sheet(tmp_path))) == [(3.0, "")]


def test_what_cannot_be_read_is_told_with_its_line(tmp_path: Path) -> None:
    write_sheet([report(("svm", "a"))], tmp_path)
    mark(tmp_path, ("two", ""))
    with pytest.raises(MarksError, match=r"manual\.csv, line 2: ada, svm 1: the points 'two' are no number"):
        read_sheet(tmp_path)
    (tmp_path / MANUAL_FILE).write_text("name,points\nada,1\n")
    with pytest.raises(MarksError, match="lacks the column submission"):
        read_sheet(tmp_path)


def test_an_unreadable_sheet_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / MANUAL_FILE).write_text("mine\n")
    with pytest.raises(MarksError):
        write_sheet([report(("svm", "a"))], tmp_path)
    assert (tmp_path / MANUAL_FILE).read_text() == "mine\n"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "\t=", "\n=", " ="])
def test_no_cell_is_a_formula(tmp_path: Path, start: str) -> None:
    write_sheet([report(("svm", f"{start}HYPERLINK(1)"), name="=x")], tmp_path)
    (row,) = rows(tmp_path)
    assert row["answer"].startswith("'") or row["answer"][0].isalnum()
    assert row["submission"] == "'=x"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=4), st.text(max_size=30))
def test_any_text_survives_the_round_trip(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], note: str
) -> None:
    folder = tmp_path_factory.mktemp("marks")
    mine = report(*(("svm", text) for text in texts))
    given_marks = [
        ManualAnswer(question="svm", prompt="Why?", answer=text, points=float(i), comment="ok")
        for i, text in enumerate(texts)
    ]
    done = Report(
        submission=SubmissionInfo(f"ada {note}", ".", None, None),
        score=0,
        max_score=0,
        questions=(),
        manual=tuple(given_marks),
    )
    mine = Report(submission=done.submission, score=0, max_score=0, questions=(), manual=mine.manual)
    (folder / MANUAL_FILE).unlink(missing_ok=True)
    write_sheet([done], folder)
    assert points(marked(mine, read_sheet(folder))) == [(float(i), "ok") for i in range(len(texts))]


def test_marked_points_stand_beside_the_score(tmp_path: Path) -> None:
    mine = report(("svm", "a"), ("knn", "b"))
    assert "manual" not in gradebook_csv([mine])
    write_sheet([mine], tmp_path)
    mark(tmp_path, ("1.5", "well seen"), ("", ""))
    found = marked(mine, read_sheet(tmp_path))
    (row,) = csv.DictReader(io.StringIO(gradebook_csv([found])))
    assert "manual svm" not in row
    assert (row["manual"], row["score"]) == ("1.5", "")
    page = render_console(found, width=120)
    assert "1.5 points for 1 answer marked by hand, 1 answer to be marked by hand" in page
    assert "knn (1.5): well seen" in page


def test_points_still_to_be_given_by_hand_are_told_on_the_page() -> None:
    (answer,) = report(("essay", "a")).manual
    waiting = msgspec.structs.replace(answer, max_score=5.0)
    page = render_console(msgspec.structs.replace(report(("essay", "a")), manual=(waiting,)), width=80)
    assert "1 answer to be marked by hand (5 points)" in page
    given = msgspec.structs.replace(waiting, points=4.0)
    page = render_console(msgspec.structs.replace(report(("essay", "a")), manual=(given,)), width=80)
    assert "4 of 5 points for 1 answer marked by hand" in page


def test_the_report_of_one_submission_has_the_marks_of_its_batch(tmp_path: Path) -> None:
    mine, other = report(("svm", "a")), report(("svm", "b"), name="tim")
    for each in (mine, other):
        (tmp_path / each.submission.id).mkdir()
        (tmp_path / each.submission.id / "report.json").write_bytes(encode_report(each))
    write_sheet([mine, other], tmp_path)
    mark(tmp_path, ("2", "well seen"), ("1", ""))
    assert [points(found) for found in stored_results(tmp_path)[1]] == [[(2.0, "well seen")], [(1.0, "")]]
    assert [points(found) for found in stored_results(tmp_path / "ada")[1]] == [[(2.0, "well seen")]]
    shown = grader("report", tmp_path / "tim", "--format", "csv")
    assert shown.stderr == ""
    (row,) = csv.DictReader(io.StringIO(shown.stdout))
    assert (row["submission"], row["manual"]) == ("tim", "1")
    here = grader("report", ".", "--format", "csv", cwd=tmp_path / "tim")
    assert here.stdout == shown.stdout
