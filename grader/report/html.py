"""The page of a submission's author as one file of HTML: the terminal page's sentences, in its order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from grader.report import by_people, entries, pictures
from grader.report.filling import filled
from grader.report.ledger import ledger
from grader.report.outline import outline, sign
from grader.report.text import clean
from grader.report.words import REASONS, SIGNS, heading
from grader.result import CheckResult, Report, Verdict

__all__ = ["PAGE", "render_html"]

#: Its name in a folder of results.
PAGE = "report.html"

KINDS = {Verdict.PASSED: "right", Verdict.MISSING: "open", Verdict.SKIPPED: "open"}
OF_SIGN = {SIGNS[verdict]: kind for verdict, kind in KINDS.items()}


@dataclass(frozen=True)
class CheckLine:
    """A line of the table of every check; `kind`: right, wrong or open."""

    sign: str
    kind: str
    verdict: str
    about: str
    title: str
    message: str
    worth: str


@dataclass(frozen=True)
class CheckTable:
    title: str
    worth: str
    sign: str
    kind: str
    rows: tuple[CheckLine, ...]


@dataclass(frozen=True)
class Anchor:
    href: str
    name: str


def render_html(report: Report, beside: Sequence[str] = ()) -> str:
    """The page.

    Args:
        beside: the names of files in the page's folder that it leads to.
    """
    return filled(
        "student.html",
        told=outline(report),
        questions=list(questions(report)),
        pages=[link(name) for name in beside],
        by_people=by_people,
        report=report,
        faults=[clean(fault) for fault in report.faults],
        words=entries,
        pictures=pictures,
    )


def link(name: str) -> Anchor:
    """To a file beside the page, whatever its name."""
    return Anchor("./" + quote(name, errors="surrogateescape"), clean(name, 80))


def questions(report: Report) -> Iterator[CheckTable]:
    book = ledger(report)
    for question, worth, worths in zip(report.questions, book.questions, book.checks, strict=True):
        shown = sign(question, worth.lost)
        rows = [row(check, str(of_check)) for check, of_check in zip(question.checks, worths, strict=True)]
        if not str(worth):
            shown = SIGNS[Verdict.SKIPPED]
        yield CheckTable(heading(question), str(worth), shown, OF_SIGN.get(shown, "wrong"), tuple(rows))


def row(check: CheckResult, worth: str) -> CheckLine:
    return CheckLine(
        sign=SIGNS[check.verdict],
        kind=KINDS.get(check.verdict, "wrong"),
        verdict=REASONS[check.verdict],
        about=clean(check.topic, 60),
        title=clean(check.title, 300),
        message="" if check.verdict is Verdict.PASSED else clean(check.message, 300),
        worth=worth,
    )
