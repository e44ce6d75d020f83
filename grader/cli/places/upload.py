"""`grader upload`: results as Canvas, Moodle and Brightspace take them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from grader.batch.pages import authors_pages
from grader.batch.results import stored_results
from grader.batch.store import OutputError
from grader.batch.uploads import SYSTEMS, Grades, feedback_zip, read_lines, table
from grader.cli.options import OptionError
from grader.cli.terminal import or_refuse, remark
from grader.intake.submission import single
from grader.report.feedback import FEEDBACK
from grader.report.text import plural
from grader.report.writing import write_aside
from grader.result import Report
from grader.scoring.rubric import Rubric

__all__ = ["upload"]

_MOST_NAMED = 5


def upload(
    system: Annotated[str, typer.Argument(help=f"One of {', '.join(SYSTEMS)}.", metavar="SYSTEM")],
    directory: Annotated[Path, typer.Argument(help="The folder that `grader grade -o` wrote.")],
    roster: Annotated[
        Path, typer.Option("--roster", help="The system's own table of the class.", metavar="FILE")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The table to import.", metavar="FILE.csv")],
    item: Annotated[
        str, typer.Option("--item", help="What the system calls the assignment.", metavar="NAME")
    ] = "Assignment 1",
    feedback: Annotated[
        Path | None,
        typer.Option("--feedback", help="Write the students' pages, too (Moodle).", metavar="FILE.zip"),
    ] = None,
) -> None:
    """Write the table of grades that Canvas, Moodle or Brightspace imports, and feedback files in a zip."""
    or_refuse(lambda: _require(system, feedback))
    or_refuse(lambda: single(directory))
    lines = or_refuse(lambda: read_lines(roster, system))
    results, found = or_refuse(lambda: stored_results(directory))
    reports = or_refuse(lambda: list(found))
    grades = Grades.of(reports, lines)
    or_refuse(lambda: _write(output, table(system, lines, grades, item).encode()))
    if feedback is not None:
        rubric = results.rubric
        zipped = feedback_zip(lines, grades, lambda report: _pages(report, directory, rubric))
        or_refuse(lambda: _write(feedback, zipped))
    remark(f"{output} has {plural(sum(bool(grades.cell(n)) for n in range(len(lines))), 'grade')}.")
    if grades.strangers:
        names, more = grades.strangers[:_MOST_NAMED], len(grades.strangers) - _MOST_NAMED
        remark(f"in no line of {roster}: {', '.join(names)}" + (f" and {more} more" if more > 0 else ""))


def _require(system: str, feedback: Path | None) -> None:
    if system not in SYSTEMS:
        raise OptionError(f"there is no system {system!r}; use one of: {', '.join(SYSTEMS)}")
    if feedback is not None and system != "moodle":
        raise OptionError(f"--feedback: {system} takes no files by students' names; leave it out")


def _pages(report: Report, directory: Path, rubric: Rubric | None) -> dict[str, bytes]:
    """What its author may read: the pages, and each notebook with the findings beside its cells."""
    own = {file.name: file.read_bytes() for file in (directory / report.submission.id).glob(f"*{FEEDBACK}")}
    return authors_pages(report, rubric, sorted(own)) | own


def _write(file: Path, data: bytes) -> None:
    try:
        write_aside(file, data)
    except OSError as error:
        raise OutputError(f"{file} cannot be written ({error.strerror})") from None
