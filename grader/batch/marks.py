"""What the instructor wrote into `manual.csv`: points and comments for free-text answers, for the reports."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec

from grader.report.manual import MANUAL_COLUMNS, answer_id, manual_csv, numbered, shown
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


@dataclass(frozen=True)
class MarkSheet:
    """The marks by the answer's id, and by (submission, question, number)."""

    lines: tuple[Line, ...] = ()

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


def read_sheet(folder: Path) -> MarkSheet:
    """The marks in `folder`; none when there is no sheet. Any spreadsheet's separator and encoding is read.

    Raises:
        MarksError: it cannot be read, a column is missing, or points are no number.
    """
    try:
        text = _decoded((folder / MANUAL_FILE).read_bytes())
    except FileNotFoundError:
        return MarkSheet()
    except OSError as error:
        raise MarksError(f"{MANUAL_FILE} cannot be read ({error.strerror})") from None
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        missing = [name for name in MANUAL_COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise MarksError(
                f"{MANUAL_FILE} lacks the column {missing[0]}; keep the first line as it was written"
            )
        return MarkSheet(tuple(_line(row, reader.line_num) for row in reader))
    except csv.Error as error:
        raise MarksError(f"{MANUAL_FILE}, line {reader.line_num}: {error}") from None


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _line(row: dict[str, str | None], number: int) -> Line:
    cells = tuple((row[name] or "").replace("\r\n", "\n") for name in MANUAL_COLUMNS)
    submission, question, index, _, _, points, comment, identity = cells
    try:
        key = submission, question, int(float(index))
    except (ValueError, OverflowError):
        raise MarksError(f"{MANUAL_FILE}, line {number}: the number {index[:40]!r} was changed") from None
    return Line(key, identity, _points(points, number), _unguarded(comment), cells)


def _points(text: str, number: int) -> float | None:
    if not text.strip():
        return None
    try:
        points = float(text.strip().lstrip("'").replace(",", "."))
    except ValueError:
        points = math.nan
    if not math.isfinite(points):
        raise MarksError(f"{MANUAL_FILE}, line {number}: points {text.strip()[:40]!r} is no number")
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


def unmatched(reports: Sequence[Report], folder: Path) -> str:
    """A sentence about the marks in `folder` that no report takes up; empty when all are taken."""
    strangers = [line for line in read_sheet(folder).strangers(reports) if line.points is not None]
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
    text = manual_csv([marked(report, sheet) for report in reports], kept)
    # With the mark that makes spreadsheets read it as UTF-8.
    (folder / MANUAL_FILE).write_text(text, "utf-8-sig", newline="")
