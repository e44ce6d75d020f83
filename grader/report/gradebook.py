"""The gradebook: a line of CSV for each submission, fit for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from grader.report.ledger import Points, ledger
from grader.report.text import clean, points
from grader.report.words import in_order
from grader.result import Report

__all__ = ["gradebook_csv"]

# What spreadsheets take for the beginning of a formula, also in full-width form.
FORMULA = tuple("=+-@＝＋－＠")


def gradebook_csv(reports: Iterable[Report]) -> str:
    """One line a submission, by id, below a line of column names.

    Columns: submission, edition, score, max_score, a score for each question that any of them has (empty
    where nothing of it counted: not in this edition, or all of it left out by --no-train), manual
    (points for answers marked by hand, no part of the score; if there are any), mistakes (by name, with
    semicolons between), status (graded, refused, fault) and its reason.
    Text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    reports = sorted(reports, key=lambda report: (report.submission.id.casefold(), report.submission.id))
    questions = in_order(reports)
    out = io.StringIO()
    # All text is quoted, so that a semicolon or a tab within it begins no cell in any country's spreadsheet.
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    manual = ["manual"] if any(by_hand(report) is not None for report in reports) else []
    columns = ["submission", "edition", "score", "max_score", *questions, *manual]
    writer.writerow([*columns, "mistakes", "status", "reason"])
    for report in reports:
        writer.writerow([guarded(cell) for cell in row(report, questions, bool(manual))])
    return out.getvalue()


def by_hand(report: Report) -> float | None:
    """The points for the answers that were marked by hand; None when none was."""
    marks = [answer.points for answer in report.manual if answer.points is not None]
    return sum(marks) if marks else None


def row(report: Report, questions: Sequence[str], manual: bool = False) -> list[str | Amount]:
    book = ledger(report)
    scores = {q.id: amount(book.questions[i]) for i, q in enumerate(report.questions)}
    mistakes = dict.fromkeys(clean(diagnosis.mistake, 80) for diagnosis in report.diagnoses)
    status, reason = standing(report)
    marks = by_hand(report)
    return [
        clean(report.submission.id, 255),
        clean(report.submission.edition or "", 60),
        Amount(book.total.score),
        Amount(book.total.max_score),
        *(scores.get(question, "") for question in questions),
        *([] if not manual else [""] if marks is None else [Amount(marks)]),
        ";".join(mistakes),
        status,
        clean(reason, 300),
    ]


class Amount(float):
    """Points, written with as many decimals as they need."""

    def __str__(self) -> str:
        return points(self)


def amount(worth: Points) -> Amount | str:
    """The points reached; nothing where none could be."""
    return Amount(worth.score) if worth.max_score else ""


def standing(report: Report) -> tuple[str, str]:
    if report.refused is not None:
        return "refused", report.refused
    return ("fault", report.faults[0]) if report.faults else ("graded", "")


def guarded(cell: str | Amount) -> str | Amount:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
