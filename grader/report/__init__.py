"""What people and machines read: one renderer a file, each from a `grader.result.Report` and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from grader.report.console import print_report, render_console
from grader.report.json import render_json, report_schema
from grader.result import Report

__all__ = [
    "FORMATS",
    "UnknownFormat",
    "print_report",
    "render",
    "render_console",
    "render_json",
    "report_schema",
]

FORMATS: dict[str, Callable[[Report], str]] = {
    "console": render_console,
    "json": render_json,
}


class UnknownFormat(ValueError):
    """There is no renderer of that name; the message lists those that exist."""


def render(report: Report, format: str) -> str:
    """The report as text in one of FORMATS.

    Raises:
        UnknownFormat: there is no such format.
    """
    if format not in FORMATS:
        raise UnknownFormat(f"there is no format {format!r}; there are {', '.join(sorted(FORMATS))}")
    return FORMATS[format](report)
