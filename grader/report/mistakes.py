"""Who made which mistake: a line of CSV for each, fit for a spreadsheet."""

from __future__ import annotations

import csv
import io

from grader.report.gradebook import Amount, guarded
from grader.report.text import clean
from grader.result import Report

__all__ = ["MistakesBook"]

COLUMNS = ("mistake", "submission", "roles", "points", "file", "cell", "line")


class MistakesBook:
    """By mistake, then by submission: what it cost there, and where it was made. Keeps its lines alone."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, list[str | Amount | int]]] = []

    def add(self, report: Report) -> None:
        for found in report.diagnoses:
            where = found.where
            place = [where.file, where.cell or "", where.line or ""] if where is not None else ["", "", ""]
            cells = [
                found.mistake,
                report.submission.id,
                ", ".join(found.roles),
                Amount(found.points),
                *place,
            ]
            self.lines.append((found.mistake, report.submission.id, cells))

    def text(self) -> str:
        out = io.StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        writer.writerow(COLUMNS)
        for _, _, cells in sorted(self.lines, key=lambda line: (line[0], line[1].casefold(), line[1])):
            writer.writerow([guarded(clean(cell, 300)) if isinstance(cell, str) else cell for cell in cells])
        return out.getvalue()
