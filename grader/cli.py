"""The commands. Thin: parse, call, print, exit code.

Exit status: 0 all done (`check`: and every check passed), 1 `check` found failures, 2 wrong usage or
unreadable input, 3 the harness itself failed on some submission.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar, cast, get_args

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)

import grader
from grader import datasets, editions, report, rubric
from grader.batch import Batch, SandboxChoice, grade_batch, read_reports
from grader.check import Setting
from grader.checks import ALL
from grader.grade import Job, grade_entry
from grader.marks import MarksError, unmatched
from grader.mistakes import catalogue
from grader.notebook.runs import Execute
from grader.report.explain import render_page, render_table, render_unknown
from grader.report.inspection import print_inspection, print_levels, print_places
from grader.report.text import clean
from grader.result import Report, Verdict
from grader.sandbox import isolation
from grader.sandbox.host import Limits, SandboxError
from grader.sandbox.launch import LEVELS
from grader.submission import SubmissionRefused, discover, inspect_submission, open_submission, single
from grader.training_data import TrainingData

__all__ = ["app", "main"]

Result = TypeVar("Result")

app = typer.Typer(
    name="grader",
    help="Verify and score CS231n Assignment 1, and name the mistake.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)

Question = Annotated[list[str], typer.Option("--question", help="Only this question (repeatable), e.g. svm.")]
RubricName = Annotated[
    str, typer.Option("--rubric", help="A rubric's name, or a TOML file.", metavar="NAME|FILE")
]
EditionName = Annotated[
    str, typer.Option("--edition", help="The course's year, or a TOML file.", metavar="auto|NAME|FILE")
]
SandboxLevel = Annotated[str, typer.Option("--sandbox", help=f"auto, {', '.join(LEVELS)}.", metavar="LEVEL")]
CourseFiles = Annotated[
    Path | None,
    typer.Option(
        "--course-files", help="The course's own support files, laid over every submission.", metavar="DIR"
    ),
]
Python = Annotated[
    Path | None, typer.Option("--python", help="The interpreter that runs the submissions.", metavar="PATH")
]
Timeout = Annotated[float, typer.Option("--timeout", help="Seconds a single call may take.", min=0.1)]
Memory = Annotated[int, typer.Option("--memory", help="Megabytes a submission may use.", min=64)]
Seed = Annotated[
    int,
    typer.Option(
        "--seed", help="Seed of the problems and of the student's random numbers.", min=0, max=2**31 - 1
    ),
]
Format = Annotated[str, typer.Option("--format", help=", ".join(report.FORMATS), metavar="FORMAT")]
Data = Annotated[
    str,
    typer.Option("--data", help="Images to train on: auto, synthetic, or CIFAR-10's folder.", metavar="DATA"),
]
NoTrain = Annotated[bool, typer.Option("--no-train", help="Train nothing: seconds instead of half a minute.")]
Executes = Annotated[
    str,
    typer.Option("--execute", help="Run the notebooks: quick, full or never.", metavar="quick|full|never"),
]
Output = Annotated[Path, typer.Option("-o", "--output", help="The folder for the results.", metavar="DIR")]


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True)
    ] = False,
) -> None:
    """Verify and score CS231n Assignment 1, and name the mistake."""
    if version:
        typer.echo(f"grader {grader.__version__}")
        raise typer.Exit


@app.command()
def check(
    path: Annotated[
        Path, typer.Argument(help="The assignment folder, an archive of it, or a notebook.")
    ] = Path(),
    question: Question = [],  # noqa: B006 - typer wants the list itself
    rubric_name: RubricName = "assignment1",
    edition: EditionName = "auto",
    sandbox: SandboxLevel = "auto",
    course_files: CourseFiles = None,
    python: Python = None,
    timeout: Timeout = 10.0,
    memory: Memory = 1024,
    seed: Seed = 231,
    data: Data = "auto",
    no_train: NoTrain = False,
    execute: Executes = "never",
    format: Format = "console",
) -> None:
    """Check one submission and say what is right, what is wrong and which mistake it is."""
    _require_format(format)
    entry = _or_refuse(lambda: single(path))
    training = None if no_train else TrainingData(data, seed, path if path.is_dir() else None)
    job = _job(rubric_name, edition, question, seed, course_files, training, _execute(execute), python)
    choice = SandboxChoice(
        sandbox, python, _limits(memory, timeout), training, job.setting.options["execute"]
    )
    with (
        _console(stderr=True).status("preparing") as status,
        _or_refuse(choice.build) as wall,
        choice.notebooks() as notebooks,
    ):
        found = grade_entry(
            entry, job, wall, tell=lambda title: status.update(escape(title)), notebooks=notebooks
        )
    if found.refused is not None and format == "console":
        _refuse(found.refused)
    _print_report(found, format, path.as_posix() if path.is_dir() else ".")
    raise typer.Exit(2 if found.refused is not None else _check_status(found))


@app.command()
def grade(
    paths: Annotated[list[Path], typer.Argument(help="Submissions, or folders of them.", metavar="PATH...")],
    output: Output,
    question: Question = [],  # noqa: B006
    rubric_name: RubricName = "assignment1",
    edition: EditionName = "auto",
    sandbox: SandboxLevel = "auto",
    course_files: CourseFiles = None,
    python: Python = None,
    timeout: Timeout = 10.0,
    memory: Memory = 1024,
    seed: Seed = 231,
    data: Data = "auto",
    no_train: NoTrain = False,
    execute: Executes = "never",
    jobs: Annotated[int, typer.Option("--jobs", help="Submissions graded at a time.", min=1)] = os.cpu_count()
    or 1,
    resume: Annotated[
        bool, typer.Option("--resume/--fresh", help="Reuse the reports of unchanged submissions.")
    ] = True,
) -> None:
    """Grade a batch: a report for each submission, a gradebook and the class's statistics."""
    entries = _or_refuse(lambda: discover(*paths, output=output))
    _require_output(output, paths, [entry.path for entry in entries])
    training = None if no_train else TrainingData(data, seed)
    job = _job(rubric_name, edition, question, seed, course_files, training, _execute(execute), python)
    level = _or_refuse(lambda: isolation.for_grading(sandbox, python))
    choice = SandboxChoice(level, python, _limits(memory, timeout), training, _execute(execute))
    batch = Batch(entries, job, choice, output, jobs, resume)
    reports = _with_progress(batch)
    _console().print(report.class_summary(reports))
    marks = ", answers to mark in manual.csv" if any(found.manual for found in reports) else ""
    where = f"Reports and gradebook.csv are in {output}{marks}."
    _console(stderr=True).print(where, highlight=False, markup=False)
    raise typer.Exit(_batch_status(reports))


def _with_progress(batch: Batch) -> list[Report]:
    columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]
    with Progress(*columns, console=_console(stderr=True), transient=True) as bar:
        task = bar.add_task("grading", total=len(batch.entries))

        def show(name: str, _: Report) -> None:
            bar.update(task, advance=1, description=escape(name[:40]))

        return _or_refuse(lambda: grade_batch(batch, show))


@app.command("report")
def report_command(
    directory: Annotated[Path, typer.Argument(help="The folder that `grader grade -o` wrote.")],
    format: Format = "console",
) -> None:
    """Render stored results again, without grading anything."""
    _require_format(format)
    reports = _or_refuse(lambda: read_reports(directory))
    if told := unmatched(reports, directory):
        typer.echo(f"grader: {told}", err=True)
    if format != "console":
        sys.stdout.write(report.render_batch(reports, format))
        return
    for found in reports:
        report.print_report(found, _console())
    if len(reports) > 1:
        _console().print(report.class_summary(reports))


@app.command()
def inspect(
    path: Annotated[Path, typer.Argument(help="A submission, or a folder of them.")] = Path(),
    edition: EditionName = "auto",
) -> None:
    """Show what was found (edition, files, roles, notebooks), running none of it."""
    chosen = _edition(edition)
    submission = _or_refuse(lambda: open_submission(single(path)))
    identified = editions.Identification(chosen, ()) if chosen else editions.identify(submission.files)
    print_inspection(inspect_submission(submission, identified), _console())


@app.command()
def explain(
    mistake: Annotated[str | None, typer.Argument(help="A mistake's name, as in a report.")] = None,
) -> None:
    """The catalogue of mistakes; or one of them: formula, symptom, remedy."""
    if mistake is None:
        _console().print(render_table())
        return
    row = catalogue.load().get(mistake)
    if row is None:
        _console(stderr=True).print(render_unknown(mistake))
        raise typer.Exit(2)
    _console().print(render_page(row))


data_app = typer.Typer(
    help="CIFAR-10: download it with its checksum, or say what is there.", no_args_is_help=True
)
app.add_typer(data_app, name="data")


@data_app.command()
def fetch() -> None:
    """Download CIFAR-10 into the cache, checking its checksum; goes on where it stopped."""
    columns = [TextColumn("CIFAR-10"), BarColumn(), DownloadColumn(), TimeElapsedColumn()]
    with Progress(*columns, console=_console(stderr=True), transient=True) as bar:
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
    """Show what this machine offers to keep submissions apart from the grader."""
    levels = _or_refuse(lambda: isolation.probe(python))
    print_levels([(level.name, level.available, level.detail) for level in levels], _console())


def _execute(name: str) -> Execute:
    if name not in get_args(Execute):
        _refuse(f"--execute {name!r} is none of {', '.join(get_args(Execute))}")
    return cast(Execute, name)


def _limits(memory_mb: int, call_s: float) -> Limits:
    # Trainings have a limit of their own; the rest takes a second.
    return Limits(memory_mb=memory_mb, call_s=call_s, cpu_s=600, total_s=900)


def _job(
    rubric_name: str,
    edition: str,
    questions: list[str],
    seed: int,
    course_files: Path | None,
    training: TrainingData | None,
    execute: Execute,
    python: Path | None,
) -> Job:
    loaded = _or_refuse(lambda: rubric.load(rubric_name, frozenset(ALL)))
    known = list(dict.fromkeys(row.id for row in loaded.question))
    for name in questions:
        if name not in known:
            _refuse(f"there is no question {name!r}; use one of: {', '.join(known)}")
    if course_files is not None and not course_files.is_dir():
        _refuse(f"--course-files {course_files} is no folder")
    if training is not None:
        _or_refuse(lambda: training.given)
    setting = Setting(seed, options={"execute": execute}, training=training)
    return Job(loaded, _edition(edition), tuple(questions), setting, course_files, python)


def _require_output(output: Path, paths: list[Path], submissions: list[Path]) -> None:
    """Make the folder for the results, or refuse what cannot be one."""
    for submission in submissions:
        own = submission.resolve()
        if output.resolve().is_relative_to(own) or own.parent == output.resolve():
            _refuse(f"-o {output} would write into the submission {submission}; name another folder")
    if any(path.exists() and output.exists() and path.samefile(output) for path in paths):
        _refuse(f"-o {output} is what is to be graded; name another folder for the results")
    try:
        output.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=output):
            pass
    except OSError as error:
        _refuse(f"-o {output} cannot be written ({error.strerror}); name another folder for the results")


def _edition(name: str) -> editions.Edition | None:
    return None if name == "auto" else _or_refuse(lambda: editions.load(name))


def _require_format(name: str) -> None:
    if name not in report.FORMATS:
        _refuse(f"there is no format {name!r}; use one of: {', '.join(report.FORMATS)}")


def _print_report(found: Report, format_: str, base: str = ".") -> None:
    """Print in that format; `base` is where the submission lies, for annotations on its files."""
    if format_ == "console":
        report.print_report(found, _console())
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


def _batch_status(reports: list[Report]) -> int:
    faulty = [r for r in reports if r.faults]
    for found in faulty:
        typer.echo(f"the grader itself failed on {found.submission.id}: {found.faults[0]}", err=True)
    return 3 if faulty else 0


_REFUSALS = (
    SubmissionRefused,
    rubric.RubricError,
    editions.EditionError,
    SandboxError,
    MarksError,
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


def _refuse(sentence: str) -> NoReturn:
    typer.echo(f"grader: {clean(sentence)}", err=True)
    raise typer.Exit(2)


def main() -> None:
    """The console script `grader`. A failure of ours is one sentence and exit status 3."""
    try:
        app()
    except Exception as error:  # noqa: BLE001 - whatever it is, people get a sentence
        place = traceback.extract_tb(error.__traceback__)[-1]
        text = " ".join(f"{type(error).__name__}: {error}".split())[:500]
        typer.echo(f"grader: the grader itself failed: {text} ({place.name}, line {place.lineno})", err=True)
        sys.exit(3)
