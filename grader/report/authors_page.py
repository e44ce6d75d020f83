"""The page of a submission's author for a terminal: what is to be done first, what is right in one line."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from grader.report.entries import PageEntry, cost
from grader.report.outline import Outline, Standing, outline
from grader.report.sheet import Sheet, styled
from grader.report.summary import by_hand, faults, what_counts
from grader.report.words import SIGNS
from grader.report.wrong_work import wrong_work
from grader.result import Report, Verdict

__all__ = ["authors_page"]

#: Of a list of what is to be fixed nobody reads more at once.
ENTRIES_SHOWN = 6
STYLES = {
    SIGNS[Verdict.PASSED]: "green",
    SIGNS[Verdict.FAILED]: "bold red",
    SIGNS[Verdict.MISSING]: "yellow",
}


def authors_page(report: Report, console: Console) -> Sheet:
    """The page in the width of `console`."""
    sheet, told = Sheet(console), outline(report)
    sheet.flow(0, [styled(part, "bold") for part in told.header], " · ")
    if told.refused:
        sheet.blank()
        sheet.hang(styled("not graded  ", "bold red"), styled(told.refused))
    for number, each in enumerate(told.entries[:ENTRIES_SHOWN], 1):
        sheet.blank()
        wrong_work(sheet, each, number)
    left_out(sheet, told.entries[ENTRIES_SHOWN:])
    not_there_yet(sheet, told)
    if report.questions:
        sheet.blank()
        tally(sheet, told)
        what_next(sheet, told)
    beside_the_points(sheet, report)
    return sheet


def left_out(sheet: Sheet, entries: Sequence[PageEntry]) -> None:
    """How many more there are, with what they cost, and how to see them."""
    if entries:
        lost = round(sum(each.lost for each in entries), 2)
        told = f"{len(entries)} more, which cost less; all of them: grader check -v"
        sheet.blank()
        sheet.hang(styled("✗ …  ", "bold red"), styled(told), styled(cost(lost), "bold"))


def not_there_yet(sheet: Sheet, told: Outline) -> None:
    """Work that is not done, a line for each question: `… Title · not written yet: one, other  −2`."""
    for number, each in enumerate(told.missing):
        if not number:
            sheet.blank()
        style = "bold" if each.lost else "dim"
        sheet.hang(styled("…    ", "yellow"), styled(each.text), styled(each.cost, style))


# --- what is right, and what is left ----------------------------------------------------------------------


def tally(sheet: Sheet, told: Outline) -> None:
    """Every question with its points in one line, and what was not checked."""
    sheet.flow(0, [*map(of_question, told.standings), styled(told.passed)], " · ")
    if told.idle:
        several = [f"{each.count}: {each.reason}" for each in told.idle]
        sheet.beside("not run  ", several if len(told.idle) > 1 else map(str, told.idle))


def of_question(standing: Standing) -> Text:
    """`Title 15.5/18.5 ✗`."""
    return Text.assemble(f"{standing.title} {standing.worth} ", (standing.sign, STYLES[standing.sign]))


def what_next(sheet: Sheet, told: Outline) -> None:
    """What to do now, and where to read more."""
    for note in told.notes:
        sheet.hang(styled("note  ", "dim"), styled(note))
    sheet.beside("next  ", [told.step, "all: grader check -v"])
    if told.explain:
        sheet.hang(styled("more  ", "dim"), styled(told.explain))


def beside_the_points(sheet: Sheet, report: Report) -> None:
    """Points given or to be given by hand, late days, and faults of the grader's own."""
    if any(answer.points is not None or answer.comment or answer.max_score for answer in report.manual):
        by_hand(sheet, report)
    if report.final is not None:
        what_counts(sheet, report)
    faults(sheet, report)
