"""The sheet on which the instructor marks free-text answers: one line of CSV for each."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence

from grader.report.gradebook import Amount, guarded
from grader.report.text import clean
from grader.report.words import in_order
from grader.result import ManualAnswer, Report

__all__ = ["MANUAL_COLUMNS", "answer_id", "manual_csv", "numbered", "shown"]

MANUAL_COLUMNS = ("submission", "question", "number", "prompt", "answer", "points", "comment", "id")


def manual_csv(reports: Iterable[Report], kept: Sequence[Sequence[str]] = ()) -> str:
    """One line an answer, by question, so that a marker reads all answers to one question in a row.

    `points` and `comment` are for the marker; `answer` is empty where nothing was written; `id` tells whose
    answer it is even after a spreadsheet made a date of it. All text is quoted, and has an apostrophe before
    it where a spreadsheet would take it for a formula. `kept`: lines of an earlier sheet, which follow.
    """
    reports = list(reports)
    rows = [(item, report.submission.id) for report in reports for item in numbered(report)]
    order = in_order(reports)
    order += sorted({answer.question for (answer, _), _ in rows} - set(order))
    rows.sort(key=lambda row: (order.index(row[0][0].question), row[0][1], row[1].casefold(), row[1]))
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow(MANUAL_COLUMNS)
    for (answer, number), submission in rows:
        points = "" if answer.points is None else Amount(answer.points)
        whose = [shown(submission), shown(answer.question), number]
        said = [shown(answer.prompt), shown(answer.answer), points, shown(answer.comment)]
        writer.writerow([*whose, *said, answer_id(submission, answer, number)])
    writer.writerows([guarded(cell) for cell in row] for row in kept)
    return out.getvalue()


def numbered(report: Report) -> Iterator[tuple[ManualAnswer, int]]:
    """The report's answers, each with its number among those of its question, from 1."""
    counts: dict[str, int] = {}
    for answer in report.manual:
        counts[answer.question] = counts.get(answer.question, 0) + 1
        yield answer, counts[answer.question]


def answer_id(submission: str, answer: ManualAnswer, number: int) -> str:
    """A name of this very answer, which no spreadsheet takes for a number."""
    parts = "\0".join([submission, answer.question, str(number), answer.answer])
    return "a" + hashlib.sha256(parts.encode("utf-8", "replace")).hexdigest()[:11]


def shown(text: str) -> str:
    """The text as it stands in a cell of the sheet: line by line, and no formula."""
    lines = [clean(line, 2000) for line in text.split("\n")]
    return str(guarded("\n".join(lines).strip()))
