"""The pages of one submission's author, beside its stored report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from grader.batch.store import REPORT_FILE
from grader.report import render, render_html
from grader.report.feedback import FEEDBACK
from grader.report.html import PAGE
from grader.report.writing import write_aside
from grader.result import Report
from grader.scoring.rubric import Rubric
from grader.scoring.students_view import students_report

__all__ = ["authors_pages", "follow_rulings"]


def authors_pages(report: Report, rubric: Rubric | None, beside: Sequence[str] = ()) -> dict[str, bytes]:
    """The author's page for a terminal and for a browser; the latter leads to the files `beside` it."""
    shown = students_report(report, rubric)
    return {"report.txt": render(shown, "console").encode(), PAGE: render_html(shown, beside).encode()}


def follow_rulings(report: Report, rubric: Rubric | None, folder: Path) -> None:
    """Write the pages of a report, as it counts, anew where people's marks came to it or went from it.

    Raises:
        OSError: one of them cannot be written.
    """
    if (folder / REPORT_FILE).is_file() and (report.final is not None or _was_ruled(folder)):
        beside = sorted(file.name for file in folder.glob(f"*{FEEDBACK}"))
        for name, data in authors_pages(report, rubric, beside).items():
            write_aside(folder / name, data)


def _was_ruled(folder: Path) -> bool:
    """Whether the page was written after the report, which a grading writes last."""
    page = folder / PAGE
    return page.is_file() and page.stat().st_mtime_ns > (folder / REPORT_FILE).stat().st_mtime_ns
