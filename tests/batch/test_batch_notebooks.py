"""What `grade` leaves of notebooks: a sheet for the marker and pages for the students; marks survive."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from cells_as_json import code, notebook, text

from grader.assignment1 import ASSIGNMENT
from grader.assignment1.editions import EDITIONS
from grader.batch.grading import grade_batch
from grader.batch.marks import MarksError
from grader.batch.plan import Batch, SandboxChoice
from grader.batch.results import stored_results
from grader.grade import Job
from grader.intake.submission import discover
from grader.scoring import rubric

ASKED = "**Inline Question 1**\nWhy?\n\n**Your answer:** %s"
WRONG = code("def svm_loss_naive(W, X, y, reg):\n    return 0.5, undefined_thing", count=1)


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    for name, answer in (("ada", "the hinge"), ("tim", "")):
        folder = tmp_path / "in" / name
        folder.mkdir(parents=True)
        (folder / "svm.ipynb").write_bytes(notebook(WRONG, text(ASKED % answer)))
    job = Job(ASSIGNMENT, rubric.load("assignment1", ASSIGNMENT), questions=("svm",))
    return Batch(
        discover(tmp_path / "in", landmarks=EDITIONS.landmarks), job, SandboxChoice(), tmp_path / "out"
    )


def graded(batch: Batch) -> None:
    grade_batch(batch, SimpleNamespace())


def sheet(batch: Batch) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((batch.output / "manual.csv").read_text("utf-8-sig"), newline="")))


def test_a_sheet_and_pages_are_written_and_marks_are_merged(batch: Batch) -> None:
    graded(batch)
    assert [(row["submission"], row["answer"]) for row in sheet(batch)] == [("ada", "the hinge"), ("tim", "")]
    page = (batch.output / "ada" / "svm.feedback.html").read_text("utf-8")
    assert "undefined_thing" in page
    assert "svm.ipynb, cell 1, line 2" in page

    written = (batch.output / "manual.csv").read_text("utf-8-sig")
    marked = written.replace('"the hinge","","",""', '"the hinge",2,"","yes"')
    assert marked != written
    (batch.output / "manual.csv").write_text(marked, "utf-8")

    ada, tim = stored_results(batch.output)[1]
    assert [(answer.points, answer.comment) for answer in ada.manual] == [(2.0, "yes")]
    assert [answer.points for answer in tim.manual] == [None]
    graded(batch)
    assert [row["points"] for row in sheet(batch)] == ["2", ""]
    assert '"manual"' in (batch.output / "gradebook.csv").read_text("utf-8")


def test_a_sheet_that_cannot_be_read_stops_before_anything_is_graded(batch: Batch) -> None:
    batch.output.mkdir()
    (batch.output / "manual.csv").write_text("my own list\n")
    with pytest.raises(MarksError, match="lacks the column submission"):
        graded(batch)
    assert [file.name for file in batch.output.iterdir()] == ["manual.csv"]
