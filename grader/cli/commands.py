"""The commands. Thin: parse, call, print, exit code.

Exit status: 0 all done (`check`: and every check passed), 1 `check` found failures, 2 wrong usage or
unreadable input, 3 the harness itself failed on some submission.
"""

from __future__ import annotations

import difflib
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeElapsedColumn

import grader
from grader import report
from grader.assignment import Assignment
from grader.batch.gathering import FORM_NAMES, Gathered, gather
from grader.batch.grading import GradedBatch, grade_batch
from grader.batch.known import Known
from grader.batch.plan import Batch
from grader.batch.results import stored_results
from grader.batch.roster import Roster, read_roster
from grader.cli.assignments import ASSIGNMENTS, DEFAULT, datasets, of_report, recognised
from grader.cli.check import check
from grader.cli.executors import executor_named
from grader.cli.explain import render_page, render_table, render_unknown
from grader.cli.inspection import inspect_path, print_found, print_levels, print_places
from grader.cli.options import (
    AssignmentName,
    EditionName,
    Options,
    Python,
    assignment_named,
    edition_named,
    shares_options,
)
from grader.cli.places import classroom50, gradescope
from grader.cli.places.upload import upload
from grader.cli.progress import DRAWING, BatchProgress, progress_bar, saying
from grader.cli.rendering import Format, Verbose, known_format
from grader.cli.start import write_starter
from grader.cli.terminal import console, or_refuse, refuse, remark, say
from grader.intake.submission import Entry, single
from grader.report.text import clean
from grader.result import Report
from grader.sandbox import machine
from grader.scoring import rubric
from grader.scoring.rubric import Rubric
from grader.scoring.students_view import students_report

__all__ = ["app", "main"]

CORES = os.cpu_count() or 1

app = typer.Typer(
    name="grader",
    help="Verify and score CS231n Assignment 1, and name the mistake.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"grader {grader.__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version),
    ] = False,
) -> None:
    """Verify and score CS231n Assignment 1, and name the mistake."""


app.command()(check)

Form = Annotated[
    str, typer.Option("--from", help=f"What the class lies in: {', '.join(FORM_NAMES)}.", metavar="NAME")
]
ClassList = Annotated[
    Path | None,
    typer.Option("--roster", help="A CSV of the class; its first column names the students.", metavar="FILE"),
]
Only = Annotated[
    list[str] | None, typer.Option("--only", help="Only this submission (repeatable).", metavar="NAME")
]
Resume = Annotated[bool, typer.Option("--resume/--fresh", help="Reuse the reports of unchanged submissions.")]
ExecutorName = Annotated[
    str, typer.Option("--executor", help="Grade on this machine or on a cluster.", metavar="local|dask")
]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", help="The scheduler, e.g. tcp://10.0.0.1:8786.", metavar="ADDRESS"),
]


@app.command()
@shares_options
def grade(
    paths: Annotated[list[Path], typer.Argument(help="Submissions, or folders of them.", metavar="PATH...")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The folder for the results.", metavar="DIR")
    ],
    jobs: Annotated[int, typer.Option("--jobs", help="Submissions graded at a time.", min=1)] = CORES,
    form: Form = "auto",
    roster: ClassList = None,
    only: Only = None,
    resume: Resume = True,
    executor: ExecutorName = "local",
    scheduler: Scheduler = None,
    *,
    options: Options,
) -> None:
    """Grade a batch: a report for each submission, a gradebook and the class's statistics."""
    if form not in FORM_NAMES:
        refuse(f"--from {form!r} is none of {', '.join(FORM_NAMES)}")
    chosen = or_refuse(lambda: executor_named(executor, scheduler))
    listed = or_refuse(lambda: read_roster(roster)) if roster is not None else None
    assignment, gathered = or_refuse(lambda: _gathered(options, paths, output, form, listed))
    entries = _only(only or [], gathered.entries)
    _require_output(output, paths, [entry.path for entry in entries])
    level = or_refuse(lambda: machine.for_grading(options.sandbox, options.python))
    with saying(console(stderr=True), DRAWING):
        job = or_refuse(lambda: options.job(assignment, output=output))
    for sentence in gathered.remarks:
        remark(sentence)
    known = Known(rubric=job.rubric, times=gathered.times, missing=tuple(gathered.missing))
    batch = Batch(entries, job, options.sandbox_choice(job, level), output, jobs, resume, known)
    with BatchProgress(console(stderr=True), len(batch.entries)) as shown:
        graded = or_refuse(lambda: grade_batch(batch, shown, chosen))
    if graded.interrupted:
        again = "the same command" if resume else "the same command without --fresh"
        remark(f"interrupted: {graded.done} of {graded.total} graded; {again} goes on")
        raise typer.Exit(130)
    _print_class(output, graded)
    for sentence in graded.results.unused():
        say(sentence)
    raise typer.Exit(_batch_status(graded, gathered.named))


def _gathered(
    options: Options, paths: list[Path], output: Path, form: str, roster: Roster | None
) -> tuple[Assignment, Gathered]:
    """The assignment, and the submissions to it: what is one depends on how that assignment's files lie."""
    named = assignment_named(options.assignment)
    first = named or DEFAULT
    gathered = gather(paths, options.landmarks(first), output, form, roster)
    found = named or recognised(paths, gathered.entries)
    if found is first:
        return first, gathered
    return found, gather(paths, options.landmarks(found), output, form, roster)


def _only(names: list[str], entries: list[Entry]) -> list[Entry]:
    known = [entry.id for entry in entries]
    for name in names:
        if name not in known:
            like = difflib.get_close_matches(name, known, n=3)
            refuse(
                f"there is no submission {name!r}" + (f"; did you mean {', '.join(like)}?" if like else "")
            )
    return [entry for entry in entries if not names or entry.id in names]


def _print_class(output: Path, graded: GradedBatch) -> None:
    """The class's statistics, and where the rest is; nothing when there was nothing to grade."""
    if len(graded.refused) == graded.total:
        return
    console().print(graded.results.summary)
    marks = ", answers to mark in manual.csv" if graded.results.has_answers else ""
    remark(f"Reports and gradebook.csv are in {output}{marks}.")


@app.command("report")
def report_command(
    directory: Annotated[Path, typer.Argument(help="The folder that `grader grade -o` wrote.")],
    format: Format = "console",
    verbose: Verbose = False,
    scored_by: Annotated[
        str | None,
        typer.Option("--rubric", help="Score what was found by another rubric.", metavar="NAME|FILE"),
    ] = None,
) -> None:
    """Render stored results again, without grading anything."""
    or_refuse(lambda: known_format(format))
    or_refuse(lambda: single(directory))  # tells what is wrong with a path that leads nowhere
    other = or_refuse(lambda: _rubric_for(scored_by, directory)) if scored_by is not None else None
    results, reports = or_refuse(lambda: stored_results(directory, other))
    if format == "csv":
        or_refuse(lambda: [None for _ in reports])
        sys.stdout.write(results.gradebook_csv())
    elif format == "html" and results.is_class:
        or_refuse(lambda: [None for _ in reports])
        sys.stdout.write(results.html(directory))
    else:
        found = or_refuse(lambda: list(reports))
        if format == "html" or (format == "console" and not verbose):  # the page of their authors
            found = [students_report(each, results.rubric) for each in found]
        _print_all(found, format, verbose, results.summary)
    for sentence in results.unused():
        say(sentence)


def _rubric_for(name: str, directory: Path) -> Rubric:
    """The rubric, for the assignment of which the directory holds results."""
    first = next(stored_results(directory)[1], None)
    return rubric.load(name, of_report(first), None)


def _print_all(reports: list[Report], format: str, verbose: bool, summary: report.ClassSummary) -> None:
    if format != "console":
        sys.stdout.write(report.render_batch(reports, format))
        return
    for found in reports:
        report.print_report(found, console(), verbose)
    if len(reports) > 1:
        console().print(summary)


@app.command()
def mends(
    directory: Annotated[Path, typer.Argument(help="The folder that `grader grade -o` wrote.")],
) -> None:
    """The smallest changes that mended functions of a class: those that recur deserve a name."""
    or_refuse(lambda: single(directory))
    _, reports = or_refuse(lambda: stored_results(directory, None))
    console().print(report.mend_table(or_refuse(lambda: list(reports))))


@app.command()
def inspect(
    path: Annotated[Path, typer.Argument(help="A submission, or a folder of them.")] = Path(),
    edition: EditionName = "auto",
    assignment: AssignmentName = "auto",
) -> None:
    """Show what was found (edition, files, roles, notebooks), running none of it."""

    chosen = or_refuse(lambda: assignment_named(assignment) or recognised([path], [single(path)]))
    year = or_refuse(lambda: edition_named(edition, chosen))
    print_found(or_refuse(lambda: inspect_path(path, chosen.editions, year)), console())


@app.command()
def explain(
    mistake: Annotated[str | None, typer.Argument(help="A mistake's name, as in a report.")] = None,
    assignment: AssignmentName = "auto",
) -> None:
    """The catalogue of mistakes; or one of them: formula, symptom, remedy."""
    asked = or_refuse(lambda: assignment_named(assignment))
    catalogues = [one.catalogue for one in ([asked] if asked else ASSIGNMENTS.values())]
    if mistake is None:
        console().print(render_table(catalogues))
        return
    found = next((one for one in catalogues if mistake in one.rows), None)
    if found is None:
        refuse(render_unknown(catalogues, mistake).plain)
    console().print(render_page(found, found[mistake]))


@app.command()
def start(
    folder: Annotated[Path, typer.Argument(help="Where to write it; made if it is not there.")],
    assignment: Annotated[str, typer.Option("--assignment", help="Whose.", metavar="NAME")],
) -> None:
    """Write the files to start from, of an assignment that has some."""
    chosen = or_refuse(lambda: assignment_named(assignment)) or DEFAULT
    for path in or_refuse(lambda: write_starter(folder, chosen)):
        typer.echo(f"{path} is written; fill it in, then: grader check {folder}")


data_app = typer.Typer(
    help="CIFAR-10: download it with its checksum, or say what is there.", no_args_is_help=True
)
app.add_typer(data_app, name="data")
app.command()(upload)
app.add_typer(gradescope.app, name="gradescope")
app.add_typer(classroom50.app, name="classroom50")


@data_app.command()
def fetch() -> None:
    """Download CIFAR-10 into the cache, checking its checksum; goes on where it stopped."""
    columns = [TextColumn("CIFAR-10"), BarColumn(), DownloadColumn(), TimeElapsedColumn()]
    with progress_bar(console(stderr=True), *columns) as bar:
        task = bar.add_task("download", total=None)
        folder = or_refuse(
            lambda: datasets.fetch(lambda done, total: bar.update(task, completed=done, total=total))
        )
    typer.echo(f"CIFAR-10 is in {folder}")


@data_app.command()
def status(
    beside: Annotated[Path | None, typer.Argument(help="An assignment folder to look beside.")] = None,
) -> None:
    """Say where images would come from; draws and downloads nothing."""
    found = datasets.status(beside)
    print_places([(place.what, place.found, place.path, place.note) for place in found.places], console())
    typer.echo(f"--data auto takes: {found.chosen}")


@app.command()
def doctor(python: Python = None) -> None:
    """Show what this machine offers to keep submissions apart from the grader, and to run notebooks."""
    levels = or_refuse(lambda: [*machine.probe(python), machine.probe_kernel(python)])
    print_levels([(level.name, level.available, level.detail) for level in levels], console())


def _require_output(output: Path, paths: list[Path], submissions: list[Path]) -> None:
    """Make the folder for the results, or refuse what cannot be one."""
    # Not `resolve`, which fails on a link that leads to itself.
    target = Path(os.path.realpath(output))
    for submission in submissions:
        own = Path(os.path.realpath(submission))
        if target.is_relative_to(own) or own.parent == target:
            refuse(f"-o {output} would write into the submission {submission}; name another folder")
    if any(path.exists() and output.exists() and path.samefile(output) for path in paths):
        refuse(f"-o {output} is what is to be graded; name another folder for the results")
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output):
            pass
    except OSError as error:
        refuse(f"-o {output} cannot be written ({error.strerror}); name another folder for the results")


def _batch_status(graded: GradedBatch, named: set[str]) -> int:
    """3 for a fault of ours, 2 when a submission `named` on the command line cannot be read; each is told."""
    for name, found in graded.faulty.items():
        say(f"the grader itself failed on {name}: {found.faults[0]}")
    unreadable = [reason for name, reason in graded.refused.items() if name in named]
    for reason in unreadable:
        say(reason)
    return 3 if graded.faulty else 2 if unreadable else 0


def main() -> None:
    """The console script `grader`. A failure of ours is one sentence and exit status 3."""
    try:
        app()
    except Exception as error:  # noqa: BLE001 - whatever it is, people get a sentence
        place = traceback.extract_tb(error.__traceback__)[-1]
        text = clean(f"{type(error).__name__}: {error}", 500)
        say(f"the grader itself failed: {text} ({place.name}, line {place.lineno})")
        sys.exit(3)
