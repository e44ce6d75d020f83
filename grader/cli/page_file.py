"""`--html FILE`: the page for a browser, written over nothing but a page."""

from __future__ import annotations

from pathlib import Path

from grader.cli.options import OptionError
from grader.report import render_html
from grader.report.writing import write_aside
from grader.result import Report

__all__ = ["require_page", "write_page"]


def require_page(file: Path) -> None:
    """
    Raises:
        OptionError: it is no name of a page, or lies in no folder.
    """
    if file.suffix.lower() not in (".html", ".htm"):
        raise OptionError(f"--html {file} is no page; name one that ends in .html, as in --html report.html")
    if not file.parent.is_dir():
        raise OptionError(f"--html {file} cannot be written: there is no folder {file.parent}")


def write_page(found: Report, file: Path) -> None:
    """
    Raises:
        OptionError: it cannot be written.
    """
    try:
        write_aside(file, render_html(found).encode())
    except OSError as error:
        raise OptionError(f"--html {file} cannot be written ({error.strerror}); name another file") from None
