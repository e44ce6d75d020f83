"""The gradebook: a line of CSV for each submission, fit for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence

from grader.report.ledger import Points, ledger
from grader.report.text import clean, points
from grader.report.words import by_course
from grader.result import Report

__all__ = ["gradebook_csv"]

# What spreadsheets take for the beginning of a formula, also in full-width form.
FORMULA = tuple("=+-@＝＋－＠")


def gradebook_csv(reports: Iterable[Report], missing: Iterable[str] = ()) -> str:
    """One line a submission, by id, below a line of column names.

    Columns: submission, edition, score, max_score, a score for each question that any of them has (empty
    where nothing of it counted: not in this edition, or all of it left out by --no-train), what people and
    late days add (each only if it occurs: see EXTRAS), mistakes (by name, with semicolons between), status
    (graded, refused, fault; `missing` for students of whom there is nothing) and its reason. What was not
    graded has empty cells, not zeros.
    Text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    reports = sorted(reports, key=lambda report: (report.submission.id.casefold(), report.submission.id))
    questions = by_course({question.id for report in reports for question in report.questions})
    extras = [name for name, cell in EXTRAS.items() if any(cell(report) is not None for report in reports)]
    marked = by_course({a.question for report in reports for a in report.manual if a.points is not None})
    out = io.StringIO()
    # All text is quoted, so that a semicolon or a tab within it begins no cell in any country's spreadsheet.
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    columns = ["submission", "edition", "score", "max_score", *questions]
    marked = marked if len(marked) > 1 else []  # one alone is all of `manual`
    columns += [f"manual {clean(question, 60)}" for question in marked]
    writer.writerow([guarded(name) for name in [*columns, *extras, "mistakes", "status", "reason"]])
    for report in reports:
        cells = [*row(report, questions), *(given(report, [question]) for question in marked)]
        cells += [EXTRAS[name](report) for name in extras]
        writer.writerow([guarded("" if cell is None else cell) for cell in [*cells, *remarks(report)]])
    empty = [""] * (len(columns) - 1 + len(extras) + 1)
    writer.writerows([guarded(clean(name, 255)), *empty, "missing", ""] for name in sorted(missing))
    return out.getvalue()


def row(report: Report, questions: Sequence[str]) -> list[str | Amount | None]:
    """Whose it is, and what was found."""
    book = ledger(report)
    scores = {q.id: amount(book.questions[i]) for i, q in enumerate(report.questions)}
    counts = report.refused is None and bool(report.questions)
    return [
        clean(report.submission.id, 255),
        clean(report.submission.edition or "", 60),
        Amount(book.total.score) if counts else None,
        Amount(book.total.max_score) if counts else None,
        *(scores.get(question) for question in questions),
    ]


def remarks(report: Report) -> list[str]:
    mistakes = dict.fromkeys(clean(diagnosis.mistake, 80) for diagnosis in report.diagnoses)
    status, reason = standing(report)
    return [";".join(mistakes), status, clean(reason, 300)]


def given(report: Report, questions: Sequence[str] | None = None) -> Amount | None:
    """The points given by hand for these questions, or in all; None when none was."""
    asked = [a for a in report.manual if questions is None or a.question in questions]
    marks = [answer.points for answer in asked if answer.points is not None]
    return Amount(sum(marks)) if marks else None


def most_by_hand(report: Report) -> Amount | None:
    most = [answer.max_score for answer in report.manual if answer.max_score is not None]
    return Amount(sum(most)) if most else None


def adjusted(report: Report, kind: str) -> Amount | None:
    changes = [each.points for each in report.adjustments if each.kind == kind]
    return Amount(sum(changes)) if changes else None


def late_days(report: Report) -> Amount | None:
    days = report.final.late_days if report.final is not None else None
    return Amount(days) if days is not None else None


class Amount(float):
    """Points, written with as many decimals as they need."""

    def __str__(self) -> str:
        return points(self)


def amount(worth: Points) -> Amount | None:
    """The points reached; nothing where none could be."""
    return Amount(worth.score) if worth.max_score else None


#: Columns that a gradebook has if any report has something for them.
EXTRAS: Mapping[str, Callable[[Report], Amount | None]] = {
    "manual": given,
    "manual_max": most_by_hand,
    "overrides": lambda report: adjusted(report, "override"),
    "late_days": late_days,
    "late_penalty": lambda report: adjusted(report, "late"),
    "total": lambda report: Amount(report.final.score) if report.final is not None else None,
    "total_max": lambda report: Amount(report.final.max_score) if report.final is not None else None,
}


def standing(report: Report) -> tuple[str, str]:
    if report.refused is not None:
        return "refused", report.refused
    return ("fault", report.faults[0]) if report.faults else ("graded", "")


def guarded(cell: str | Amount) -> str | Amount:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
