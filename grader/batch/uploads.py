"""Results as Canvas, Moodle and Brightspace take them: a table of grades, and feedback files in a zip.

Each is made of the table that the system itself hands out (Canvas: Grades, Export; Moodle: Download grading
worksheet; Brightspace: Enter Grades, Export), whose cells that name students are kept as they are.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from grader.batch.roster import Enrolled, Roster, RosterError, is_student
from grader.batch.spreadsheet import read_table
from grader.report.text import points
from grader.result import Report

__all__ = ["SYSTEMS", "Grades", "feedback_zip", "read_lines", "table"]


@dataclass(frozen=True)
class TableLine:
    """One student's line of the system's own table."""

    cells: Mapping[str, str]

    @property
    def student(self) -> Enrolled:
        names = [self.cells[name] for name in ("LastName", "FirstName") if self.cells.get(name)]
        told = (", ".join(names), *self.cells.values())
        values = tuple(cell for cell in told if cell)
        return Enrolled(next(iter(values), ""), values)


@dataclass
class Grades:
    """What counts of each report, by the line of its student; `strangers` are in no line."""

    by_line: dict[int, Report] = field(default_factory=dict)
    strangers: list[str] = field(default_factory=list)
    most: float = 0.0

    @classmethod
    def of(cls, reports: Sequence[Report], lines: Sequence[TableLine]) -> Grades:
        grades, roster = cls(), Roster(tuple(line.student for line in lines))
        at = {id(student): number for number, student in enumerate(roster.students)}
        for report in reports:
            student = roster.find([report.submission.id])
            if student is None:
                grades.strangers.append(report.submission.id)
            else:
                grades.by_line[at[id(student)]] = report
            grades.most = max(grades.most, report.final.max_score if report.final else report.max_score)
        return grades

    def cell(self, line: int) -> str:
        """The points; empty, never 0, where nothing was graded, so that an import leaves it alone."""
        report = self.by_line.get(line)
        if report is None or report.refused is not None or not report.questions:
            return ""
        return points(report.final.score if report.final is not None else report.score)


def read_lines(file: Path, system: str) -> list[TableLine]:
    """The students of the system's own table.

    Raises:
        RosterError: it cannot be read, or lacks a column by which the system knows its students.
    """
    try:
        rows = read_table(file.read_bytes())
        names = [name for name in rows.fieldnames or () if name]
        cells = [{name: row.get(name) or "" for name in names} for row in rows]
    except OSError as error:
        raise RosterError(f"{file} cannot be read ({error.strerror})") from None
    except csv.Error as error:
        raise RosterError(f"{file} is no CSV: {error}") from None
    form = SYSTEMS[system]
    if missing := [name for name in form.needs if name not in names]:
        raise RosterError(f"{file} has no column {missing[0]!r}; {form.where}")
    return [TableLine(each) for each in cells if is_student(each)]


# --- the tables ---------------------------------------------------------------------------------------------


def canvas(lines: Sequence[TableLine], grades: Grades, item: str) -> Iterator[Sequence[str]]:
    """The columns of the student, then the assignment as Canvas exported it, `Name (id)`, or a new one.

    An empty cell would delete what a person gave: a grade that is not known stays what it was.
    """
    own = [name for name in lines[0].cells if name == item or re.sub(r" \(\d+\)$", "", name) == item]
    column = own[0] if own else item
    kept = [name for name in _CANVAS if name in lines[0].cells]
    yield [*kept, column]
    yield ["    Points Possible", *[""] * (len(kept) - 1), points(grades.most)]
    for number, line in enumerate(lines):
        yield [*(line.cells[name] for name in kept), grades.cell(number) or line.cells.get(column, "")]


def moodle(lines: Sequence[TableLine], grades: Grades, item: str) -> Iterator[Sequence[str]]:
    """The grading worksheet with `Grade` filled in; a grade that is not known stays what it was."""
    names = list(lines[0].cells)
    yield names
    for number, line in enumerate(lines):
        yield [
            (grades.cell(number) or line.cells[name]) if name == "Grade" else line.cells[name]
            for name in names
        ]


def brightspace(lines: Sequence[TableLine], grades: Grades, item: str) -> Iterator[Sequence[str]]:
    """`OrgDefinedId` and `Username`, `<item> Points Grade`, and the mark that ends every line."""
    kept = [name for name in ("OrgDefinedId", "Username") if name in lines[0].cells]
    yield [*kept, f"{item} Points Grade", "End-of-Line Indicator"]
    for number, line in enumerate(lines):
        if cell := grades.cell(number):
            yield [*(line.cells[name] for name in kept), cell, "#"]


@dataclass(frozen=True)
class System:
    """`needs`: the columns of its own table without which nothing can be told; `where` that table is."""

    needs: Sequence[str]
    where: str
    rows: Callable[[Sequence[TableLine], Grades, str], Iterator[Sequence[str]]]


# In the order in which Canvas looks for them; a setting of its gradebook puts names into two columns.
_CANVAS = (
    *("Student", "LastName", "FirstName", "ID", "SIS User ID", "SIS Login ID", "Integration ID"),
    *("Root Account", "Section"),
)
SYSTEMS: Mapping[str, System] = {
    "canvas": System(("ID", "Section"), "take Canvas's own: Grades, Export", canvas),
    "moodle": System(
        ("Identifier", "Grade", "Last modified (grade)"),
        "take Moodle's own, in English: View all submissions, Download grading worksheet",
        moodle,
    ),
    "brightspace": System(
        ("Username",), "take Brightspace's own: Enter Grades, Export, Key Field Both", brightspace
    ),
}


def table(system: str, lines: Sequence[TableLine], grades: Grades, item: str) -> str:
    """The CSV that the system imports, in UTF-8."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(SYSTEMS[system].rows(lines, grades, item))
    return out.getvalue()


# --- feedback files -----------------------------------------------------------------------------------------


def feedback_zip(
    lines: Sequence[TableLine], grades: Grades, pages: Callable[[Report], Mapping[str, bytes]]
) -> bytes:
    """A zip for Moodle's *Upload multiple feedback files in a zip*: a folder a student, named as Moodle does.

    `pages`: the files for one student, by name.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, report in sorted(grades.by_line.items()):
            cells = lines[number].cells
            found = re.search(r"\d+$", cells["Identifier"])
            who = re.sub(r"[/\\:*?\"<>|_\x00-\x1f]", " ", cells.get("Full name") or report.submission.id)
            for name, data in pages(report).items() if found else ():
                archive.writestr(
                    f"{who.strip()}_{found[0] if found else ''}_assignsubmission_file_/{name}", data
                )
    return out.getvalue()
