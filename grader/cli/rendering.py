"""`--format`: a report in one form on stdout, and in as many as are wanted in files."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from grader import report
from grader.batch.store import OutputError
from grader.cli.options import OptionError
from grader.cli.terminal import console
from grader.result import Report

__all__ = ["Format", "Rendering", "Verbose", "known_format", "renderings"]

Format = Annotated[str, typer.Option("--format", help=", ".join(report.FORMATS), metavar="FORMAT")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="In the terminal: every check.")]


@dataclass(frozen=True)
class Rendering:
    """One form of a report. `file`: where it goes; stdout when None."""

    format: str
    file: Path | None = None

    def show(self, found: Report, verbose: bool, base: str) -> None:
        """Print or write it; `base` is where the submission lies, for annotations on its files.

        Raises:
            OutputError: the file cannot be written.
        """
        if self.format == "console" and self.file is None:
            report.print_report(found, console(), verbose)
            return
        text = report.render(found, self.format, base)
        if self.file is None:
            sys.stdout.write(text)
        else:
            _write(text, self.file)
        if self.format == "github" and (summary := os.environ.get("GITHUB_STEP_SUMMARY")):
            with Path(summary).open("a", encoding="utf-8") as file:
                file.write(report.job_summary(found))


def renderings(wanted: Sequence[str]) -> list[Rendering]:
    """What `--format F` and `--format F=FILE` ask for; the page goes to the terminal if nothing else does.

    Raises:
        OptionError: there is no such format, two are to be printed, or a file cannot be where it is named.
    """
    asked = [_asked(each) for each in wanted]
    printed = [each.format for each in asked if each.file is None]
    if len(printed) > 1:
        raise OptionError(
            f"--format {printed[0]} and --format {printed[1]} cannot both be printed; "
            f"name a file for one of them: --format {printed[1]}=FILE"
        )
    return asked if printed else [*asked, Rendering("console")]


def known_format(name: str) -> str:
    """
    Raises:
        OptionError: there is no such format.
    """
    if name not in report.FORMATS:
        raise OptionError(f"there is no format {name!r}; use one of: {', '.join(report.FORMATS)}")
    return name


def _asked(text: str) -> Rendering:
    name, equals, path = text.partition("=")
    known_format(name)
    if not equals:
        return Rendering(name)
    file = Path(path)
    if not path or file.is_dir() or not file.parent.is_dir():
        raise OptionError(f"--format {text} names no file that can be written")
    return Rendering(name, file)


def _write(text: str, file: Path) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{file} cannot be written ({error.strerror})") from None
