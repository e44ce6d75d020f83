"""The report of one submission for a terminal: what is to be done, or every check."""

from __future__ import annotations

import io

from rich.console import Console

from grader.report.authors_page import authors_page
from grader.report.every_check import every_check
from grader.result import Report

__all__ = ["print_report", "render_console"]


def print_report(report: Report, console: Console, verbose: bool = False) -> None:
    """Write the report to `console`, in its width and colours; `verbose`: every check."""
    console.print((every_check if verbose else authors_page)(report, console), end="")


def render_console(report: Report, width: int = 80, verbose: bool = False) -> str:
    """The terminal report as text of `width` columns."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=False,
        force_jupyter=False,  # there rich would show the page itself
        color_system=None,
        no_color=True,
    )
    print_report(report, console, verbose)
    return out.getvalue()
