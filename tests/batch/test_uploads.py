"""Grades as Canvas, Moodle and Brightspace import them, made of the tables that they export."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from pathlib import Path

import pytest
from command_line import SAMPLES, grader, refused, run_here

from grader.batch.roster import read_roster

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Essay (11),Assignment 1 (12),Current Score\n"
    "    Points Possible,,,,,10.00,100.00,(read only)\n"
    '"Turing, Alan",101,S1,alan,"CS231n, 01",9,,90\n'
    '"Hopper, Grace",102,S2,grace,"CS231n, 01",8,,80\n'
    '"Student, Test",103,,,"CS231n, 01",,,\n'
)
MOODLE = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
    'Participant 4711,Alan Turing,alan@example.edu,Submitted,,100.00,Yes,"Monday, 1 June 2026, 2:32 PM",-,\n'
    "Participant 4712,Grace Hopper,grace@example.edu,No submission,12.00,100.00,Yes,-,-,\n"
)
BRIGHTSPACE = (
    "OrgDefinedId,Username,Last Name,Essay Points Grade <Numeric MaxPoints:10>,End-of-Line Indicator\n"
    "#1000101,#alan,Turing,9,#\n"
    "#1000102,#grace,Hopper,8,#\n"
)
CANVAS_GRADED = CANVAS.replace("8,,80", "8,17,80").replace('01",,,', '01",,EX,')
CANVAS_NAMES = (
    "LastName,FirstName,ID,SIS User ID,SIS Login ID,Integration ID,Root Account,Section,Assignment 1 (12)\n"
    "    Points Possible,,,,,,,,100.00\n"
    "Turing,Dermot,100,S0,dermot,I0,example.edu,01,\n"
    "Turing,Alan,101,S1,alan,I1,example.edu,01,\n"
)
TABLES = {
    "canvas": CANVAS,
    "canvas-graded": CANVAS_GRADED,
    "canvas-names": CANVAS_NAMES,
    "moodle": MOODLE,
    "brightspace": BRIGHTSPACE,
}


@pytest.fixture(scope="module")
def grades(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Alan's results, and those of somebody whom no table has."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "in").mkdir()
    for name in ("alan", "stranger"):
        shutil.copytree(SAMPLES / "demo" / "alan", folder / "in" / name)
    asked = ["--question", "svm", "--no-train", "--no-mend", "--seed", "7", "--jobs", "1"]
    told = grader("grade", folder / "in", "-o", folder / "out", *asked)
    assert told.returncode == 0, told.stderr
    return folder / "out"


def uploaded(kind: str, grades: Path, folder: Path, *options: str | Path) -> tuple[list[list[str]], str]:
    system = kind.partition("-")[0]
    (folder / "class.csv").write_text(TABLES[kind], "utf-8")
    out = folder / f"{system}.csv"
    told = grader("upload", system, grades, "--roster", folder / "class.csv", "-o", out, *options)
    assert told.returncode == 0, told.stderr
    return list(csv.reader(io.StringIO(out.read_text("utf-8")))), told.stderr


def test_canvas_gets_its_columns_its_maxima_and_its_own_name_of_the_assignment(
    grades: Path, tmp_path: Path
) -> None:
    (head, most, alan, grace, *_), told = uploaded("canvas", grades, tmp_path)
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Assignment 1 (12)"]
    assert most == ["    Points Possible", "", "", "", "", "23"]
    assert alan == ["Turing, Alan", "101", "S1", "alan", "CS231n, 01", "20.5"]
    assert grace == ["Hopper, Grace", "102", "S2", "grace", "CS231n, 01", ""]  # handed in nothing: not 0
    assert "has 1 grade." in told
    assert "in no line of" in told
    assert "stranger" in told


def test_canvas_keeps_what_a_person_gave_where_nothing_was_graded(grades: Path, tmp_path: Path) -> None:
    # Canvas takes an empty cell for a grade that is deleted.
    (_, _, _, *others), _ = uploaded("canvas-graded", grades, tmp_path)
    assert [row[-1] for row in others] == ["17", "EX"]


def test_canvas_may_have_a_students_names_in_two_columns(grades: Path, tmp_path: Path) -> None:
    (head, most, *rows), _ = uploaded("canvas-names", grades, tmp_path)
    assert head == [*CANVAS_NAMES.splitlines()[0].split(",")]
    assert most == ["    Points Possible", *[""] * 7, "23"]
    assert [row[-1] for row in rows] == ["", "20.5"]


def test_canvas_makes_a_new_assignment_of_another_name(grades: Path, tmp_path: Path) -> None:
    (head, *_), _ = uploaded("canvas", grades, tmp_path, "--item", "Classifiers")
    assert head[-1] == "Classifiers"


def test_moodles_worksheet_comes_back_with_the_grade(grades: Path, tmp_path: Path) -> None:
    rows, _ = uploaded("moodle", grades, tmp_path)
    given = list(csv.reader(io.StringIO(MOODLE)))
    at = given[0].index("Grade")
    assert rows[0] == given[0]
    assert rows[1] == [*given[1][:at], "20.5", *given[1][at + 1 :]]
    assert rows[2] == given[2]  # what a person gave stays


def test_moodle_gets_a_folder_of_feedback_for_each_student(grades: Path, tmp_path: Path) -> None:
    uploaded("moodle", grades, tmp_path, "--feedback", tmp_path / "feedback.zip")
    with zipfile.ZipFile(tmp_path / "feedback.zip") as archive:
        pages = {name: archive.read(name).decode() for name in archive.namelist()}
    folder = "Alan Turing_4711_assignsubmission_file_"
    assert {name.split("/")[0] for name in pages} == {folder}
    for page in ("report.txt", "report.html"):
        assert "1 mistake to fix" in pages[f"{folder}/{page}"]


def test_brightspace_gets_graded_lines_with_their_end(grades: Path, tmp_path: Path) -> None:
    rows, _ = uploaded("brightspace", grades, tmp_path)
    assert rows == [
        ["OrgDefinedId", "Username", "Assignment 1 Points Grade", "End-of-Line Indicator"],
        ["#1000101", "#alan", "20.5", "#"],
    ]


def test_the_maxima_of_canvas_are_no_student(tmp_path: Path) -> None:
    (tmp_path / "canvas.csv").write_text(CANVAS, "utf-8")
    students = [student.id for student in read_roster(tmp_path / "canvas.csv").students]
    assert students == ["Turing, Alan", "Hopper, Grace", "Student, Test"]


@pytest.mark.parametrize(
    ("system", "table", "options", "sentence"),
    [
        (
            "blackboard",
            CANVAS,
            [],
            "there is no system 'blackboard'; use one of: canvas, moodle, brightspace",
        ),
        ("moodle", CANVAS, [], "class.csv has no column 'Identifier'; take Moodle's own, in English: "),
        ("canvas", CANVAS, ["--feedback", "f.zip"], "--feedback: canvas takes no files by students' names"),
        ("canvas", "", [], "class.csv has no column 'ID'; take Canvas's own: Grades, Export"),
    ],
)
def test_what_no_system_takes_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    system: str,
    table: str,
    options: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "class.csv").write_text(table)
    (tmp_path / "grades").mkdir()
    told = run_here(capsys, "upload", system, "grades", "--roster", "class.csv", "-o", "o.csv", *options)
    assert refused(told).startswith(sentence)
    assert not (tmp_path / "o.csv").exists()
