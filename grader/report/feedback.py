"""The student's notebook as a page with our findings beside the cells that they concern.

The page forbids scripts and everything from elsewhere, beside the cleaning that `notebook_page` does.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from markupsafe import Markup

from grader.report import entries, pictures
from grader.report.entries import PageEntry
from grader.report.filling import block, filled
from grader.report.manual import numbered
from grader.report.notebook_page import ShownCell, code_style, notebook_html
from grader.report.outline import Missing, Outline, outline
from grader.report.text import clean, points
from grader.report.words import heading
from grader.report.writing import write_aside
from grader.result import CheckResult, QuestionResult, Report

__all__ = ["FEEDBACK", "ShownNotebook", "feedback_pages", "told_of", "write_feedback"]

#: What the names of these pages end in.
FEEDBACK = ".feedback.html"
MOST_MARKED = 60


@dataclass(frozen=True)
class ShownNotebook:
    """The notebook at `path`, which serves `questions`.

    `called`: role → the names by which cells call it. `answers`: question and position of each inline
    question, in order. `pictures`: number of a code cell → the PNG files that our run of it drew.
    """

    path: str
    questions: Collection[str]
    cells: Sequence[ShownCell]
    called: Mapping[str, Sequence[str]] = field(default_factory=dict)
    answers: Sequence[tuple[str, int]] = ()
    pictures: Mapping[int, Sequence[bytes]] = field(default_factory=dict)


def told_of(notebooks: Sequence[ShownNotebook], report: Report) -> list[ShownNotebook]:
    """Those that their pages show: the page of one that nothing is said of does not read it."""
    told = outline(report)
    said = {check.id for each in told.entries for check in each.checks}
    said |= {check.id for each in told.missing for check in each.checks}
    return [
        notebook
        for notebook in notebooks
        if said & _own(notebook, report) or any(True for _ in _answers(notebook, report))
    ]


def write_feedback(report: Report, notebooks: Sequence[ShownNotebook], folder: Path) -> tuple[str, ...]:
    """Write a page for each graded notebook into `folder`; told is a failure of ours."""
    try:
        pages = feedback_pages(report, notebooks)
        folder.mkdir(parents=True, exist_ok=True)
        for path, page in pages.items():
            name = re.sub(r"[^\w.() -]", "_", path.removesuffix(".ipynb"))[:100]
            write_aside(folder / f"{name}{FEEDBACK}", page.encode())
    except Exception as error:  # noqa: BLE001 - the report itself is good
        return (f"the feedback page could not be made: {type(error).__name__}: {error}",)
    return ()


def feedback_pages(report: Report, notebooks: Sequence[ShownNotebook]) -> dict[str, str]:
    """A page for each notebook of a question in the report: path → HTML.

    Where there is nothing to say it says so, and does not repeat the notebook.
    """
    pages: dict[str, str] = {}
    told = outline(report)
    for notebook in notebooks:
        if any(question.id in notebook.questions for question in report.questions):
            pages[notebook.path] = _page(report, told, notebook)
    return pages


@dataclass(frozen=True)
class Numbered:
    """A thing to fix with its number on the author's page, and the position of its cell; None without one."""

    number: int
    entry: PageEntry
    position: int | None


def _page(report: Report, told: Outline, notebook: ShownNotebook) -> str:
    questions = [question for question in report.questions if question.id in notebook.questions]
    own = _own(notebook, report)
    findings = [
        Numbered(number, entry, _position(entry.checks, notebook))
        for number, entry in enumerate(told.entries, 1)
        if any(check.id in own for check in entry.checks)
    ]
    missing = [each for each in told.missing if any(check.id in own for check in each.checks)]
    answers = list(_answers(notebook, report))
    top, beside = _blocks(notebook, findings, missing)
    for position, found in (*answers, *_drawn(notebook)):
        beside.setdefault(position, []).append(found)
    said = findings or missing or answers
    body = notebook_html(notebook.cells, beside, _marks(notebook, findings)) if said else ""
    return filled(
        "notebook.html",
        styles=("page.css", "notebook.css"),
        further_style=code_style(),
        name=clean(report.submission.id, 80),
        path=clean(notebook.path, 200),
        scores=[_score(question) for question in questions],
        findings=findings,
        missing=missing,
        top=top,
        body=Markup(body),  # cleaned, see `notebook_page`
    )


def _own(notebook: ShownNotebook, report: Report) -> set[str]:
    """The ids of the checks of its questions."""
    questions = [question for question in report.questions if question.id in notebook.questions]
    return {check.id for question in questions for check in question.checks}


def _score(question: QuestionResult) -> str:
    worth = f"{points(question.score)} of {points(question.max_score)} automatic points"
    return f"{heading(question)}: {worth}"


def _blocks(
    notebook: ShownNotebook, findings: Sequence[Numbered], missing: Sequence[Missing]
) -> tuple[list[Markup], dict[int, list[str]]]:
    """What belongs to no cell, and the rest by the position of its cell."""
    top: list[Markup] = []
    beside: dict[int, list[str]] = {}
    for each in findings:
        here = each.entry.checks[0].where
        # The lines of a cell stand right above, marked.
        elsewhere = each.position is None or here is None or here.file != notebook.path
        made = block("blocks.html", "finding", each.entry, each.number, entries, pictures, elsewhere)
        (top if each.position is None else beside.setdefault(each.position, [])).append(made)
    for number, lack in enumerate(missing, 1):
        position, made = _position(lack.checks, notebook), block("blocks.html", "missing", lack, number)
        (top if position is None else beside.setdefault(position, [])).append(made)
    return top, beside


def _marks(notebook: ShownNotebook, findings: Sequence[Numbered]) -> dict[int, list[int]]:
    """The lines that the findings are about, by the position of their cell."""
    marks: dict[int, list[int]] = {}
    positions = {cell.number: cell.position for cell in notebook.cells if cell.number}
    for where in (check.where for each in findings for check in each.entry.checks):
        if where is None or where.file != notebook.path or where.line is None or where.cell not in positions:
            continue
        last = min(where.end_line or where.line, where.line + MOST_MARKED)
        marks.setdefault(positions[where.cell], []).extend(range(where.line, last + 1))
    return marks


def _position(checks: Sequence[CheckResult], notebook: ShownNotebook) -> int | None:
    """The cell where it happened; else the first that calls what is judged."""
    found = (_cell(check, notebook) for check in checks)
    return next((position for position in found if position is not None), None)


def _cell(check: CheckResult, notebook: ShownNotebook) -> int | None:
    cells = notebook.cells
    if check.where is not None and check.where.file == notebook.path and check.where.cell is not None:
        return next((c.position for c in cells if c.number == check.where.cell), None)
    for name in notebook.called.get(check.role, ()):
        call = re.compile(rf"^(?!\s*(?:from|import)\b)[^\n#]*\b{re.escape(name)}\s*\(", re.M)
        found = next((c.position for c in cells if c.number and call.search(c.source[:20_000])), None)
        if found is not None:
            return found
    return None


def _answers(notebook: ShownNotebook, report: Report) -> Iterator[tuple[int, str]]:
    """What there is to say of each inline question: that it is unanswered, or how it was marked."""
    marks = {(answer.question, number): answer for answer, number in numbered(report)}
    counts: dict[str, int] = {}
    for question, position in notebook.answers:
        counts[question] = counts.get(question, 0) + 1
        answer = marks.get((question, counts[question]))
        if answer is None:
            continue
        if answer.points is not None or answer.comment:
            worth = points(answer.points) if answer.points is not None else ""
            said = clean(answer.comment, 1200) or "marked"
            yield position, block("blocks.html", "answer", "marked", worth, said)
        elif not answer.answer:
            yield position, block("blocks.html", "answer", "answer", "", "no answer was found here")


def _drawn(notebook: ShownNotebook) -> Iterator[tuple[int, str]]:
    """The plots of our own run, behind the cells that drew them; the student's pictures are never shown."""
    for cell in notebook.cells:
        if plots := notebook.pictures.get(cell.number, ()):
            encoded = [base64.b64encode(data).decode() for data in plots]
            yield cell.position, block("blocks.html", "drawn", encoded)
