"""The student's notebook as a page with our findings beside the cells that they concern.

The page forbids scripts and everything from elsewhere, beside the cleaning that `page` does.
"""

from __future__ import annotations

import base64
import functools
import html
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from grader.report.evidence import helps
from grader.report.manual import numbered
from grader.report.page import ShownCell, code_style, notebook_html
from grader.report.text import clean, points
from grader.report.words import SIGNS, heading, place
from grader.report.writing import write_aside
from grader.result import CheckResult, QuestionResult, Report, Verdict

__all__ = ["FEEDBACK", "ShownNotebook", "feedback_pages", "write_feedback"]

#: What the names of these pages end in.
FEEDBACK = ".feedback.html"
_TELLING = (Verdict.FAILED, Verdict.ERROR, Verdict.MISSING, Verdict.TIMEOUT)
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
<header>
<h1>{title}</h1>
{top}
</header>
<main>
{body}
</main>
</body>
</html>
"""


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
    """A page for each notebook of a question in the report: path → HTML."""
    pages: dict[str, str] = {}
    for notebook in notebooks:
        questions = [question for question in report.questions if question.id in notebook.questions]
        if not questions:
            continue
        beside, top = _findings(notebook, questions, report)
        for position, block in (*_answers(notebook, report), *_drawn(notebook)):
            beside.setdefault(position, []).append(block)
        body = notebook_html(notebook.cells, beside)
        pages[notebook.path] = _page(notebook.path, questions, report, top, body)
    return pages


def _page(
    path: str, questions: Sequence[QuestionResult], report: Report, top: Sequence[str], body: str
) -> str:
    scores = ""
    for question in questions:
        name = heading(question)
        score = f"{name}: {points(question.score)} of {points(question.max_score)} automatic points"
        scores += f"<p>{_escaped(score)}</p>\n"
    title = f"{clean(report.submission.id, 80)}: {clean(path, 200)}"
    return _PAGE.format(title=_escaped(title), style=_style(), top=scores + "\n".join(top), body=body)


@functools.cache
def _style() -> str:
    return resources.files(__package__).joinpath("feedback.css").read_text("utf-8") + code_style()


def _findings(
    notebook: ShownNotebook, questions: Sequence[QuestionResult], report: Report
) -> tuple[dict[int, list[str]], list[str]]:
    """The findings by the position of the cell they belong to, and those of no cell."""
    beside: dict[int, list[str]] = {}
    top: list[str] = []
    shown: set[tuple[object, ...]] = set()
    for check in (check for question in questions for check in question.checks):
        if check.verdict not in _TELLING or check.follows_from is not None:
            continue
        facts = (check.verdict, check.message, check.mistakes, check.where)
        block = _finding(check, report, again=facts in shown and not check.mistakes)
        shown.add(facts)
        position = _position(check, notebook)
        (top if position is None else beside.setdefault(position, [])).append(block)
    return beside, top


def _position(check: CheckResult, notebook: ShownNotebook) -> int | None:
    """The cell where it happened; else the first that calls what is judged."""
    cells = notebook.cells
    if check.where is not None and check.where.file == notebook.path and check.where.cell is not None:
        return next((c.position for c in cells if c.number == check.where.cell), None)
    for name in notebook.called.get(check.role, ()):
        call = re.compile(rf"^(?!\s*(?:from|import)\b)[^\n#]*\b{re.escape(name)}\s*\(", re.M)
        found = next((c.position for c in cells if c.number and call.search(c.source[:20_000])), None)
        if found is not None:
            return found
    return None


def _finding(check: CheckResult, report: Report, *, again: bool) -> str:
    """One finding; its facts only once, however many checks share them."""
    lost = check.max_score - check.score
    worth = f'<span class="points">−{points(lost)}</span>' if lost > 0 else ""
    lines = [f'<p class="title">{SIGNS[check.verdict]} {_escaped(check.title)}{worth}</p>']
    if not again:
        told = (check.message, *helps(check, report))
        lines += [f"<p>{_escaped(text)}</p>" for text in told if text]
        lines += [f'<p class="mistake">{_escaped(mistake)}</p>' for mistake in check.mistakes]
    if check.where is not None:
        lines.append(f'<p class="place">{_escaped(place(check.where))}</p>')
    kind = "missing" if check.verdict is Verdict.MISSING else "failed"
    return _aside(kind, lines)


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
            worth = (
                f'<span class="points">{points(answer.points)}</span>' if answer.points is not None else ""
            )
            yield position, _aside("marked", [f"<p>{worth}{_escaped(answer.comment) or 'marked'}</p>"])
        elif not answer.answer:
            yield position, _aside("answer", ["<p>no answer was found here</p>"])


def _drawn(notebook: ShownNotebook) -> Iterator[tuple[int, str]]:
    """The plots of our own run, behind the cells that drew them; the student's pictures are never shown."""
    for cell in notebook.cells:
        drawn = notebook.pictures.get(cell.number, ())
        if drawn:
            encoded = [base64.b64encode(data).decode() for data in drawn]
            shown = [f'<img alt="plot" src="data:image/png;base64,{text}">' for text in encoded]
            yield cell.position, _aside("drawn", ["<p>drawn when we ran this cell</p>", *shown])


def _aside(kind: str, lines: Sequence[str]) -> str:
    return f'<aside class="finding {kind}">\n' + "\n".join(lines) + "\n</aside>"


def _escaped(text: str) -> str:
    return html.escape(clean(text, 1200))
