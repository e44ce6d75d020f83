"""What the instructor wrote into `manual.csv`: points and comments for free-text answers, for the reports."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec

from grader.batch.spreadsheet import read_table
from grader.report.manual import MANUAL_COLUMNS, MOST, answer_id, manual_csv, numbered, shown
from grader.report.writing import write_aside
from grader.result import ManualAnswer, Report

__all__ = ["MANUAL_FILE", "MarkSheet", "MarksError", "marked", "read_sheet", "unmatched", "write_sheet"]

MANUAL_FILE = "manual.csv"

Key = tuple[str, str, int]


class MarksError(Exception):
    """The sheet cannot be read as it stands; the text says which line, and what to do."""


@dataclass(frozen=True)
class Line:
    """One line of the sheet: the marks for the answer called `id`."""

    key: Key
    id: str
    points: float | None
    comment: str
    cells: tuple[str, ...]
    #: What the marker put into columns of their own.
    beside: tuple[str, ...]
    where: str


@dataclass(frozen=True)
class MarkSheet:
    """The marks by the answer's id, and by (submission, question, number)."""

    lines: tuple[Line, ...] = ()
    #: The marker's own columns.
    columns: tuple[str, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, Line]:
        return {line.id: line for line in self.lines if line.id}

    @cached_property
    def by_key(self) -> dict[Key, Line]:
        return {line.key: line for line in self.lines}

    def find(self, report: Report, answer: ManualAnswer, number: int) -> Line | None:
        """The line of an answer, or of an earlier one to the same question."""
        found = self.by_id.get(answer_id(report.submission.id, answer, number))
        return found or self.by_key.get((shown(report.submission.id), shown(answer.question), number))

    def strangers(self, reports: Sequence[Report]) -> list[Line]:
        """The lines that belong to none of the reports."""
        known = {id(self.find(report, *item)) for report in reports for item in numbered(report)}
        return [line for line in self.lines if id(line) not in known]

    def beside(self, report: Report, answer: ManualAnswer, number: int) -> tuple[str, ...]:
        """What stands in the marker's own columns beside an answer."""
        line = self.find(report, answer, number)
        return line.beside if line is not None else ("",) * len(self.columns)


def read_sheet(folder: Path) -> MarkSheet:
    """The marks in `folder`; none when there is no sheet. Any spreadsheet's separator and encoding is read.

    Raises:
        MarksError: it cannot be read, a column is missing, or points are no number.
    """
    try:
        reader = read_table((folder / MANUAL_FILE).read_bytes())
    except FileNotFoundError:
        return MarkSheet()
    except OSError as error:
        raise MarksError(f"{MANUAL_FILE} cannot be read ({error.strerror})") from None
    try:
        names = reader.fieldnames or ()
        missing = [name for name in MANUAL_COLUMNS if name != MOST and name not in names]
        if missing:
            raise MarksError(
                f"{MANUAL_FILE} lacks the column {missing[0]}; keep the first line as it was written"
            )
        own = tuple(name for name in names if name and name not in MANUAL_COLUMNS)
        return MarkSheet(tuple(_line(row, reader.line_num, own) for row in reader), own)
    except csv.Error as error:
        raise MarksError(f"{MANUAL_FILE}, line {reader.line_num}: {error}") from None


def _line(row: dict[str, str | None], number: int, own: tuple[str, ...]) -> Line:
    cells = {name: (row.get(name) or "").replace("\r\n", "\n") for name in (*MANUAL_COLUMNS, *own)}
    submission, question, index = cells["submission"], cells["question"], cells["number"]
    where = f"{MANUAL_FILE}, line {number}"
    try:
        key = submission, question, int(float(index))
    except (ValueError, OverflowError):
        raise MarksError(f"{where}: the number {index[:40]!r} was changed") from None
    points = _points(cells["points"], f"{where}: {submission[:60]}, {question[:40]} {key[2]}")
    comment = _unguarded(cells["comment"])
    beside = tuple(cells[name] for name in own)
    return Line(key, cells["id"], points, comment, tuple(cells.values()), beside, where)


def _points(text: str, where: str) -> float | None:
    if not text.strip():
        return None
    try:
        points = float(text.strip().lstrip("'").replace(",", "."))
    except ValueError:
        points = math.nan
    if not math.isfinite(points):
        raise MarksError(f"{where}: the points {text.strip()[:40]!r} are no number")
    return points


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and shown(text[1:]) == text else text


def marked(report: Report, sheet: MarkSheet) -> Report:
    """The report with the sheet's points and comments; points for an earlier answer turn into a comment."""
    answers = [_marked(report, answer, number, sheet) for answer, number in numbered(report)]
    return msgspec.structs.replace(report, manual=tuple(answers))


def _marked(report: Report, answer: ManualAnswer, number: int, sheet: MarkSheet) -> ManualAnswer:
    line = sheet.find(report, answer, number)
    if line is None:
        return answer
    if line.points is None or line.id in ("", answer_id(report.submission.id, answer, number)):
        return msgspec.structs.replace(answer, points=line.points, comment=line.comment)
    earlier = f"an earlier answer had {line.points:g} points"
    return msgspec.structs.replace(answer, comment=f"{earlier}: {line.comment}" if line.comment else earlier)


def unmatched(reports: Sequence[Report], sheet: MarkSheet) -> str:
    """A sentence about the marks that no report takes up; empty when all are taken."""
    strangers = [line for line in sheet.strangers(reports) if line.points is not None]
    if not strangers:
        return ""
    names = ", ".join(dict.fromkeys(line.key[0][:60] for line in strangers[:5]))
    return f"{len(strangers)} marked lines of {MANUAL_FILE} belong to no submission here ({names})"


def write_sheet(reports: Sequence[Report], folder: Path) -> None:
    """Write the sheet for the reports with the marks it has so far; lines of other submissions stay.

    Raises:
        MarksError: the sheet that is there cannot be read.
    """
    sheet = read_sheet(folder)
    if not sheet.lines and not any(report.manual for report in reports):
        return
    kept = [line.cells for line in sheet.strangers(reports)]
    text = manual_csv([marked(report, sheet) for report in reports], kept, sheet.columns, sheet.beside)
    # With the mark that makes spreadsheets read it as UTF-8.
    write_aside(folder / MANUAL_FILE, text.encode("utf-8-sig"))
