"""Every check of one submission on a page for a terminal, from 60 columns upwards."""

from __future__ import annotations

from itertools import groupby

import msgspec
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from grader.report.details import Details
from grader.report.ledger import Ledger, Points, ledger, wrong
from grader.report.sheet import Sheet, fitted, styled
from grader.report.summary import asides, total
from grader.report.text import clean, plural, points
from grader.report.words import SIGNS, assignment, heading
from grader.result import CheckResult, Report, SkipReason, Verdict

__all__ = ["every_check"]

WIDEST_TOPIC = 15
STYLES = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "bold red",
    Verdict.MISSING: "yellow",
    Verdict.ERROR: "bold red",
    Verdict.TIMEOUT: "bold red",
    Verdict.SKIPPED: "dim",
}


def every_check(report: Report, console: Console) -> Sheet:
    sheet, book = Sheet(console), ledger(report)
    header(sheet, report, book)
    if report.refused is not None:
        sheet.blank()
        sheet.hang(styled("not graded  ", "bold red"), styled(clean(report.refused)))
    details = Details(sheet, report)
    for index in range(len(report.questions)):
        question(sheet, report, index, book, details)
    if report.questions:
        total(sheet, report, book)
    asides(sheet, report)
    return sheet


def header(sheet: Sheet, report: Report, book: Ledger) -> None:
    """Whose work this is, what it scored, and under which conditions."""
    info = report.submission
    edition = f"edition {clean(info.edition, 30)}" if info.edition else "edition unknown"
    parts = [assignment(report), clean(info.id, 80), edition]
    if book.total.max_score:
        parts.append(f"{points(book.total.score)} of {points(book.total.max_score)} automatic points")
    sheet.flow(0, [styled(text, "bold") for text in parts], " · ")
    sheet.add(styled(" · ".join(conditions(report)), "dim"))


def conditions(report: Report) -> list[str]:
    known = {key: clean(str(value), 100) for key, value in report.environment.items()}
    named = [f"{key}: {known[key]}" for key in ("sandbox", "data") if key in known]
    return [*named, f"seed {known['seed']}"] if "seed" in known else named


def question(sheet: Sheet, report: Report, index: int, book: Ledger, details: Details) -> None:
    """The title with its points, then a line for each check and what is known below it."""
    asked = report.questions[index]
    topics = min(max((cell_len(clean(check.topic, 40)) for check in asked.checks), default=0), WIDEST_TOPIC)
    title = styled(heading(asked), "bold")
    sheet.blank()
    sheet.hang(Text(), title, styled(str(book.questions[index]), "bold"))
    rows = zip(asked.checks, book.checks[index], strict=True)
    for _, group in groupby(rows, key=lambda row: line_of(*row)):
        (check, worth), *alike = group
        if alike:
            check = msgspec.structs.replace(check, title=plural(1 + len(alike), "check"))
        word = details.word(check, free=worth.max_score > 0 and worth.lost == 0)
        check_line(sheet, topics, check, worth, word)
        details.tell(check)


def line_of(check: CheckResult, worth: Points) -> tuple[str, ...]:
    """Its own line; checks without points that this run left out share one, if alike."""
    idle = not worth.max_score and check.reason in (SkipReason.NOT_RUN, SkipReason.FAULT)
    return (clean(check.topic, 40), check.message) if idle else (check.id,)


def check_line(sheet: Sheet, topics: int, check: CheckResult, worth: Points, word: str) -> None:
    """`✓ naive  the loss is 9.0 when W is zero  2/2`; `word` stands before the points, or below the title."""
    head = Text.assemble(
        "  ",
        (SIGNS[check.verdict], STYLES[check.verdict]),
        " ",
        (fitted(clean(check.topic, 40), topics), "dim"),
        "  ",
    )
    told = clean(check.title, 200) + ("" if check.visibility == "shown" else f" ({check.visibility})")
    title = styled(told, "bold" if wrong(check) else "")
    tail = styled(str(worth), "bold" if worth.lost else "dim")
    beside = Text.assemble((word, "dim"), "  ", tail) if word else tail
    if head.cell_len + title.cell_len + 2 + beside.cell_len <= sheet.width:
        sheet.hang(head, title, beside)
    else:
        sheet.hang(head, title, tail, styled(word, "dim"))
