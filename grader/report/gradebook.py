"""The gradebook: a line of CSV for each submission, fit for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence

from grader.report.ledger import Points, ledger
from grader.report.text import clean, points
from grader.report.words import merged_order
from grader.result import Report

__all__ = ["Gradebook", "gradebook_csv"]

# What spreadsheets take for the beginning of a formula, also in full-width form.
FORMULA = tuple("=+-@＝＋－＠")


def gradebook_csv(reports: Iterable[Report], missing: Iterable[str] = ()) -> str:
    """The gradebook of these reports, and of students of whom there is nothing, see `Gradebook`."""
    book = Gradebook()
    for report in reports:
        book.add(report)
    return book.text(missing)


class Gradebook:
    """One line a submission, by id, below a line of column names. Keeps of each report its line alone.

    Columns: submission, edition, score, max_score, a score for each question that any of them has (empty
    where nothing of it counted: not in this edition, or all of it left out by --no-train), what people and
    late days add (each only if it occurs: see EXTRAS), mistakes (by name, with semicolons between), status
    (graded, refused, fault; `missing` for students of whom there is nothing) and its reason. What was not
    graded has empty cells, not zeros.
    Text that a spreadsheet would take for a formula has an apostrophe before it.
    """

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, str | Amount]]] = []
        self.sequences: set[tuple[str, ...]] = set()
        self.marked: set[str] = set()

    def add(self, report: Report) -> None:
        self.sequences.add(tuple(question.id for question in report.questions))
        self.marked |= {answer.question for answer in report.manual if answer.points is not None}
        self.lines.append((report.submission.id, line(report)))

    def text(self, missing: Iterable[str] = ()) -> str:
        """The whole as CSV. `missing`: students of whom there is nothing."""
        columns = self.columns()
        lines = sorted(self.lines, key=lambda line: (line[0].casefold(), line[0]))
        absent: list[dict[str, str | Amount]] = [
            {"submission": clean(name, 255), "status": "missing"} for name in sorted(missing)
        ]
        out = io.StringIO()
        # All text is quoted, so that a semicolon or a tab within it begins no cell in any spreadsheet.
        writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        writer.writerow([guarded(name) for name in columns])
        for cells in (*(cells for _, cells in lines), *absent):
            writer.writerow([guarded(cells.get(name, "")) for name in columns])
        return out.getvalue()

    def columns(self) -> list[str]:
        used = {name for _, cells in self.lines for name in cells}
        questions = merged_order(self.sequences)
        marked = [name for name in (*questions, *sorted(self.marked - {*questions})) if name in self.marked]
        marked = marked if len(marked) > 1 else []  # one question alone is all of `manual`
        extras = [name for name in EXTRAS if name in used]
        by_hand = [f"manual {clean(question, 60)}" for question in marked]
        return [*_FIRST, *questions, *by_hand, *extras, *_LAST]


_FIRST = ("submission", "edition", "score", "max_score")
_LAST = ("mistakes", "status", "reason")


def line(report: Report) -> dict[str, str | Amount]:
    """Whose it is, what was found, what was given, and how it stands; no cell where there is nothing."""
    book = ledger(report)
    counts = report.refused is None and bool(report.questions)
    mistakes = dict.fromkeys(clean(diagnosis.mistake, 80) for diagnosis in report.diagnoses)
    status, reason = standing(report)
    asked = {answer.question for answer in report.manual}
    cells: dict[str, str | Amount | None] = {
        "submission": clean(report.submission.id, 255),
        "edition": clean(report.submission.edition or "", 60),
        "score": Amount(book.total.score) if counts else None,
        "max_score": Amount(book.total.max_score) if counts else None,
        **{question.id: amount(book.questions[i]) for i, question in enumerate(report.questions)},
        **{f"manual {clean(question, 60)}": given(report, [question]) for question in asked},
        **{name: cell(report) for name, cell in EXTRAS.items()},
        "mistakes": ";".join(mistakes),
        "status": status,
        "reason": clean(reason, 300),
    }
    return {name: cell for name, cell in cells.items() if cell is not None}


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
