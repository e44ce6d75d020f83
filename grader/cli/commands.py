"""The commands. Thin: parse, call, print, exit code.

Exit status: 0 all done (`check`: and every check passed), 1 `check` found failures, 2 wrong usage or
unreadable input, 3 the harness itself failed on some submission.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeElapsedColumn

import grader
from grader import report
from grader.batch.executor import Executor, ExecutorError
from grader.batch.gathering import FORM_NAMES, class_inside, gather
from grader.batch.grading import Graded, grade_batch
from grader.batch.known import Known
from grader.batch.marks import MarksError
from grader.batch.overrides import OverridesError
from grader.batch.plan import Batch
from grader.batch.results import stored_results
from grader.batch.roster import RosterError, read_roster
from grader.batch.store import OutputError
from grader.cli.assignments import ASSIGNMENT, datasets
from grader.cli.executors import executor_named
from grader.cli.explain import render_page, render_table, render_unknown
from grader.cli.inspection import print_found, print_levels, print_places
from grader.cli.options import EditionName, OptionError, Options, Python, edition_named, shares_options
from grader.cli.progress import BatchProgress, progress_bar, saying
from grader.grade import Refused, grade_entry, open_entry
from grader.intake.editions import EditionError
from grader.intake.inspection import inspect_path
from grader.intake.submission import Entry, SubmissionRefused, single
from grader.report.text import clean
from grader.result import Report, Verdict
from grader.sandbox import isolation
from grader.sandbox.host import SandboxError
from grader.scoring import rubric
from grader.scoring.rubric import RubricError

__all__ = ["app", "main"]

Result = TypeVar("Result")

CORES = os.cpu_count() or 1
DRAWING = "preparing images to train on; this is done once"

app = typer.Typer(
    name="grader",
    help="Verify and score CS231n Assignment 1, and name the mistake.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)

Format = Annotated[str, typer.Option("--format", help=", ".join(report.FORMATS), metavar="FORMAT")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="In the terminal: every check.")]
Output = Annotated[Path, typer.Option("-o", "--output", help="The folder for the results.", metavar="DIR")]


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


@app.command()
@shares_options
def check(
    path: Annotated[
        Path, typer.Argument(help="The assignment folder, an archive of it, or a notebook.")
    ] = Path(),
    format: Format = "console",
    verbose: Verbose = False,
    *,
    options: Options,
) -> None:
    """Check one submission and say what is right, what is wrong and which mistake it is."""
    _require_format(format)
    entry = _or_refuse(lambda: single(path))
    if count := class_inside(path, ASSIGNMENT.editions.landmarks):
        _refuse(f"{path} holds {count} submissions; name one of them, or use `grader grade {path} -o DIR`")
    opened = open_entry(entry, ASSIGNMENT.editions.landmarks)
    if isinstance(opened, Refused):
        # Nobody waits for images to learn that.
        options = dataclasses.replace(options, no_train=True)
    with saying(_console(stderr=True), DRAWING):
        job = _or_refuse(lambda: options.job(beside=path if path.is_dir() else None))
    choice = options.sandbox_choice(job)
    with (
        _console(stderr=True).status("preparing") as status,
        _or_refuse(choice.build) as wall,
        choice.notebooks(job.assignment) as notebooks,
    ):
        found = grade_entry(
            opened, job, wall, announce=lambda title: status.update(escape(title)), notebooks=notebooks
        )
    if found.refused is not None and format == "console":
        _refuse(found.refused)
    _print_report(found, format, verbose, path.as_posix() if path.is_dir() else ".")
    raise typer.Exit(2 if found.refused is not None else _check_status(found))


@app.command()
@shares_options
def grade(
    paths: Annotated[list[Path], typer.Argument(help="Submissions, or folders of them.", metavar="PATH...")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The folder for the results.", metavar="DIR")
    ],
    jobs: Annotated[int, typer.Option("--jobs", help="Submissions graded at a time.", min=1)] = CORES,
    form: Annotated[
        str,
        typer.Option("--from", help=f"What the class lies in: {', '.join(FORM_NAMES)}.", metavar="NAME"),
    ] = "auto",
    roster: Annotated[
        Path | None,
        typer.Option(
            "--roster", help="A CSV of the class; its first column names the students.", metavar="FILE"
        ),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Only this submission (repeatable).", metavar="NAME")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume/--fresh", help="Reuse the reports of unchanged submissions.")
    ] = True,
    executor: Annotated[
        str,
        typer.Option(
            "--executor", help="Where to grade: on this machine, or a dask cluster.", metavar="local|dask"
        ),
    ] = "local",
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", help="The cluster's scheduler, as tcp://HOST:8786.", metavar="ADDRESS"),
    ] = None,
    *,
    options: Options,
) -> None:
    """Grade a batch: a report for each submission, a gradebook and the class's statistics."""
    if form not in FORM_NAMES:
        _refuse(f"--from {form!r} is none of {', '.join(FORM_NAMES)}")
    chosen = _or_refuse(lambda: executor_named(executor, scheduler))
    listed = _or_refuse(lambda: read_roster(roster)) if roster is not None else None
    gathered = _or_refuse(lambda: gather(paths, ASSIGNMENT.editions.landmarks, output, form, listed))
    entries = _only(only or [], gathered.entries)
    _require_output(output, paths, [entry.path for entry in entries])
    level = _or_refuse(lambda: isolation.for_grading(options.sandbox, options.python))
    with saying(_console(stderr=True), DRAWING):
        job = _or_refuse(lambda: options.job(output=output))
    for sentence in gathered.remarks:
        _remark(sentence)
    known = Known(rubric=job.rubric, times=gathered.times, missing=tuple(gathered.missing))
    batch = Batch(entries, job, options.sandbox_choice(job, level), output, jobs, resume, known)
    graded = _with_progress(batch, chosen)
    if graded.interrupted:
        again = "the same command" if resume else "the same command without --fresh"
        _remark(f"interrupted: {graded.done} of {graded.total} graded; {again} goes on")
        raise typer.Exit(130)
    _print_class(output, graded)
    for sentence in graded.results.unused():
        _say(sentence)
    raise typer.Exit(_batch_status(graded, gathered.named))


def _only(names: list[str], entries: list[Entry]) -> list[Entry]:
    known = [entry.id for entry in entries]
    for name in names:
        if name not in known:
            like = difflib.get_close_matches(name, known, n=3)
            _refuse(
                f"there is no submission {name!r}" + (f"; did you mean {', '.join(like)}?" if like else "")
            )
    return [entry for entry in entries if not names or entry.id in names]


def _print_class(output: Path, graded: Graded) -> None:
    """The class's statistics, and where the rest is; nothing when there was nothing to grade."""
    if len(graded.refused) == graded.total:
        return
    _console().print(graded.results.summary)
    marks = ", answers to mark in manual.csv" if graded.results.has_answers else ""
    _remark(f"Reports and gradebook.csv are in {output}{marks}.")


def _with_progress(batch: Batch, executor: Executor | None) -> Graded:
    with BatchProgress(_console(stderr=True), len(batch.entries)) as shown:
        return _or_refuse(lambda: grade_batch(batch, shown, executor))


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
    _require_format(format)
    _or_refuse(lambda: single(directory))  # tells what is wrong with a path that leads nowhere
    other = _or_refuse(lambda: rubric.load(scored_by, ASSIGNMENT)) if scored_by is not None else None
    results, reports = _or_refuse(lambda: stored_results(directory, other))
    if format == "csv":
        _or_refuse(lambda: [None for _ in reports])
        sys.stdout.write(results.gradebook_csv())
    else:
        _print_all(_or_refuse(lambda: list(reports)), format, verbose, results.summary)
    for sentence in results.unused():
        _say(sentence)


def _print_all(reports: list[Report], format: str, verbose: bool, summary: report.ClassSummary) -> None:
    if format != "console":
        sys.stdout.write(report.render_batch(reports, format))
        return
    for found in reports:
        report.print_report(found, _console(), verbose)
    if len(reports) > 1:
        _console().print(summary)


@app.command()
def mends(
    directory: Annotated[Path, typer.Argument(help="The folder that `grader grade -o` wrote.")],
) -> None:
    """The smallest changes that mended functions of a class: those that recur deserve a name."""
    _or_refuse(lambda: single(directory))
    _, reports = _or_refuse(lambda: stored_results(directory, None))
    _console().print(report.mend_table(_or_refuse(lambda: list(reports))))


@app.command()
def inspect(
    path: Annotated[Path, typer.Argument(help="A submission, or a folder of them.")] = Path(),
    edition: EditionName = "auto",
) -> None:
    """Show what was found (edition, files, roles, notebooks), running none of it."""
    print_found(
        _or_refuse(lambda: inspect_path(path, ASSIGNMENT.editions, edition_named(edition))), _console()
    )


@app.command()
def explain(
    mistake: Annotated[str | None, typer.Argument(help="A mistake's name, as in a report.")] = None,
) -> None:
    """The catalogue of mistakes; or one of them: formula, symptom, remedy."""
    catalogue = ASSIGNMENT.catalogue
    if mistake is None:
        _console().print(render_table(catalogue))
        return
    row = catalogue.rows.get(mistake)
    if row is None:
        _refuse(render_unknown(catalogue, mistake).plain)
    _console().print(render_page(catalogue, row))


data_app = typer.Typer(
    help="CIFAR-10: download it with its checksum, or say what is there.", no_args_is_help=True
)
app.add_typer(data_app, name="data")


@data_app.command()
def fetch() -> None:
    """Download CIFAR-10 into the cache, checking its checksum; goes on where it stopped."""
    columns = [TextColumn("CIFAR-10"), BarColumn(), DownloadColumn(), TimeElapsedColumn()]
    with progress_bar(_console(stderr=True), *columns) as bar:
        task = bar.add_task("download", total=None)
        folder = _or_refuse(
            lambda: datasets.fetch(lambda done, total: bar.update(task, completed=done, total=total))
        )
    typer.echo(f"CIFAR-10 is in {folder}")


@data_app.command()
def status(
    beside: Annotated[Path | None, typer.Argument(help="An assignment folder to look beside.")] = None,
) -> None:
    """Say where images would come from; draws and downloads nothing."""
    found = datasets.status(beside)
    print_places([(place.what, place.found, place.path, place.note) for place in found.places], _console())
    typer.echo(f"--data auto takes: {found.chosen}")


@app.command()
def doctor(python: Python = None) -> None:
    """Show what this machine offers to keep submissions apart from the grader, and to run notebooks."""
    levels = _or_refuse(lambda: [*isolation.probe(python), isolation.probe_kernel(python)])
    print_levels([(level.name, level.available, level.detail) for level in levels], _console())


def _require_output(output: Path, paths: list[Path], submissions: list[Path]) -> None:
    """Make the folder for the results, or refuse what cannot be one."""
    # Not `resolve`, which fails on a link that leads to itself.
    target = Path(os.path.realpath(output))
    for submission in submissions:
        own = Path(os.path.realpath(submission))
        if target.is_relative_to(own) or own.parent == target:
            _refuse(f"-o {output} would write into the submission {submission}; name another folder")
    if any(path.exists() and output.exists() and path.samefile(output) for path in paths):
        _refuse(f"-o {output} is what is to be graded; name another folder for the results")
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output):
            pass
    except OSError as error:
        _refuse(f"-o {output} cannot be written ({error.strerror}); name another folder for the results")


def _require_format(name: str) -> None:
    if name not in report.FORMATS:
        _refuse(f"there is no format {name!r}; use one of: {', '.join(report.FORMATS)}")


def _print_report(found: Report, format_: str, verbose: bool, base: str) -> None:
    """Print in that format; `base` is where the submission lies, for annotations on its files."""
    if format_ == "console":
        report.print_report(found, _console(), verbose)
        return
    sys.stdout.write(report.render(found, format_, base))
    if format_ == "github" and (summary := os.environ.get("GITHUB_STEP_SUMMARY")):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(report.job_summary(found))


def _console(stderr: bool = False) -> Console:
    return Console(stderr=stderr, highlight=False)


def _check_status(found: Report) -> int:
    if found.faults:
        return 3
    settled = (Verdict.PASSED, Verdict.SKIPPED)
    return 0 if all(c.verdict in settled for q in found.questions for c in q.checks) else 1


def _batch_status(graded: Graded, named: set[str]) -> int:
    """3 for a fault of ours, 2 when a submission `named` on the command line cannot be read; each is told."""
    for name, found in graded.faulty.items():
        _say(f"the grader itself failed on {name}: {found.faults[0]}")
    unreadable = [reason for name, reason in graded.refused.items() if name in named]
    for reason in unreadable:
        _say(reason)
    return 3 if graded.faulty else 2 if unreadable else 0


_REFUSALS = (
    SubmissionRefused,
    OptionError,
    RubricError,
    EditionError,
    SandboxError,
    ExecutorError,
    MarksError,
    OutputError,
    OverridesError,
    RosterError,
    datasets.DataError,
    FileNotFoundError,
    msgspec.DecodeError,
)


def _or_refuse(action: Callable[[], Result]) -> Result:
    """Do it; what was wrong with the command line becomes one sentence and exit status 2."""
    try:
        return action()
    except _REFUSALS as error:
        _refuse(str(error))


def _remark(sentence: str) -> None:
    """One line on stderr, whatever a file name or an error holds."""
    typer.echo(clean(sentence), err=True)


def _say(sentence: str) -> None:
    """What is wrong, in one line."""
    _remark(f"grader: {sentence}")


def _refuse(sentence: str) -> NoReturn:
    _say(sentence)
    raise typer.Exit(2)


def main() -> None:
    """The console script `grader`. A failure of ours is one sentence and exit status 3."""
    try:
        app()
    except Exception as error:  # noqa: BLE001 - whatever it is, people get a sentence
        place = traceback.extract_tb(error.__traceback__)[-1]
        text = clean(f"{type(error).__name__}: {error}", 500)
        _say(f"the grader itself failed: {text} ({place.name}, line {place.lineno})")
        sys.exit(3)
