"""What people and machines read: one renderer a file, each from a `grader.result.Report` and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from grader.report.class_table import ClassSummary, class_summary
from grader.report.classroom50 import release_body, render_classroom50, step_outputs
from grader.report.console import print_report, render_console
from grader.report.github import job_summary, render_github, render_github_batch
from grader.report.gradebook import gradebook_csv
from grader.report.gradescope import render_gradescope
from grader.report.html import render_html
from grader.report.json import render_json, render_json_array, report_schema
from grader.report.junit import render_junit
from grader.report.markdown import markdown_page
from grader.report.mends import mend_table
from grader.result import Report

__all__ = [
    "FORMATS",
    "ClassSummary",
    "UnknownFormatError",
    "class_summary",
    "gradebook_csv",
    "job_summary",
    "markdown_page",
    "mend_table",
    "print_report",
    "release_body",
    "render",
    "render_batch",
    "render_classroom50",
    "render_console",
    "render_github",
    "render_gradescope",
    "render_html",
    "render_json",
    "render_junit",
    "report_schema",
    "step_outputs",
]

#: Name → renderer; each also gets where the submission lies in the repository, as annotations need it.
FORMATS: dict[str, Callable[[Report, str], str]] = {
    "console": lambda report, base: render_console(report),
    "csv": lambda report, base: gradebook_csv([report]),
    "github": render_github,
    "html": lambda report, base: render_html(report),
    "json": lambda report, base: render_json(report),
    "junit": lambda report, base: render_junit([report]),
}


class UnknownFormatError(ValueError):
    """There is no renderer of that name; the message lists those that exist."""


def render(report: Report, format: str, base: str = ".") -> str:
    """The report as text in one of FORMATS.

    Args:
        base: where the submission lies, relative to the repository; only `github` uses it.

    Raises:
        UnknownFormatError: there is no such format.
    """
    if format not in FORMATS:
        raise UnknownFormatError(f"there is no format {format!r}; there are {', '.join(FORMATS)}")
    return FORMATS[format](report, base)


def render_batch(reports: Sequence[Report], format: str) -> str:
    """Many reports as one document: one gradebook, one XML document, one JSON array; else one after another.

    Raises:
        UnknownFormatError: there is no such format.
    """
    whole: dict[str, Callable[[Sequence[Report]], str]] = {
        "csv": gradebook_csv,
        "github": render_github_batch,
        "json": render_json_array,
        "junit": render_junit,
    }
    if format in whole:
        return whole[format](reports)
    return "\n".join(render(report, format) for report in reports)
