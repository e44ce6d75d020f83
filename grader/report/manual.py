"""The sheet on which the instructor marks free-text answers: one line of CSV for each."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence

from grader.report.gradebook import Amount, guarded
from grader.report.text import clean
from grader.report.words import in_order
from grader.result import ManualAnswer, Report

__all__ = ["MANUAL_COLUMNS", "MOST", "answer_id", "manual_csv", "numbered", "shown"]

MOST = "max"
MANUAL_COLUMNS = ("submission", "question", "number", "prompt", "answer", "points", MOST, "comment", "id")
#: What the marker keeps in columns of their own beside an answer.
Beside = Callable[[Report, ManualAnswer, int], Sequence[str]]


def manual_csv(
    reports: Iterable[Report],
    kept: Sequence[Sequence[str]] = (),
    columns: Sequence[str] = (),
    beside: Beside = lambda report, answer, number: (),
) -> str:
    """One line an answer, by question, so that a marker reads all answers to one question in a row.

    `points` and `comment` are for the marker; `answer` is empty where nothing was written; `id` tells whose
    answer it is even after a spreadsheet made a date of it. All text is quoted, and has an apostrophe before
    it where a spreadsheet would take it for a formula. `kept`: lines of an earlier sheet, which follow.
    `columns` and `beside`: the marker's own columns, and what stands in them.
    """
    reports = list(reports)
    rows = [(item, report) for report in reports for item in numbered(report)]
    order = in_order(reports)
    order += sorted({answer.question for (answer, _), _ in rows} - set(order))
    rows.sort(key=lambda row: (order.index(row[0][0].question), row[0][1], *_by_name(row[1])))
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow([*MANUAL_COLUMNS, *columns])
    for (answer, number), report in rows:
        whose = [shown(report.submission.id), shown(answer.question), number]
        worth = [_amount(answer.points), _amount(answer.max_score)]
        said = [shown(answer.prompt), shown(answer.answer), *worth, shown(answer.comment)]
        identity = answer_id(report.submission.id, answer, number)
        own = [guarded(cell) for cell in beside(report, answer, number)]
        writer.writerow([*whose, *said, identity, *own])
    writer.writerows([guarded(cell) for cell in row] for row in kept)
    return out.getvalue()


def _by_name(report: Report) -> tuple[str, str]:
    return report.submission.id.casefold(), report.submission.id


def _amount(points: float | None) -> Amount | str:
    return "" if points is None else Amount(points)


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
