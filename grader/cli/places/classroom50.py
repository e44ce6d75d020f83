"""`grader classroom50`: an assignment's autograder for Classroom 50, and what it runs of it."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from grader import report
from grader.batch.clones import commit_time
from grader.batch.store import OutputError
from grader.cli.check import graded
from grader.cli.options import OptionError, Options, shares_options
from grader.cli.places.carried import carried, read_options
from grader.cli.places.wheel import own_wheel
from grader.cli.terminal import console, or_refuse, remark
from grader.grade import open_entry
from grader.intake.submission import Entry
from grader.report.classroom50 import Handed
from grader.report.writing import write_aside
from grader.scoring.students_view import hidden_checks, students_report

__all__ = ["app"]

app = typer.Typer(help="An autograder for Classroom 50.", no_args_is_help=True)

_TIME = "%Y-%m-%dT%H:%M:%SZ"


@app.command()
@shares_options
def build(
    output: Annotated[Path, typer.Option("-o", "--output", help="The classroom's folder.", metavar="DIR")],
    slug: Annotated[
        str, typer.Option("--slug", help="The assignment's slug.", metavar="NAME")
    ] = "assignment1",
    container: Annotated[
        str | None,
        typer.Option(
            "--container", help="An image that has the grader, so that no run installs it.", metavar="IMAGE"
        ),
    ] = None,
    *,
    options: Options,
) -> None:
    """Write DIR/autograders/SLUG/ (autograder.py and what it needs) and DIR/SLUG.runtime.json.

    Students can read all of it: a seed given here is none that matters.
    """
    or_refuse(lambda: _require_slug(slug))
    job = or_refuse(lambda: dataclasses.replace(options, no_train=True).job(options.of([], [])))
    or_refuse(lambda: _require_open(bool(hidden_checks(job.rubric))))
    name, wheel = own_wheel()
    script = resources.files(__package__).joinpath("classroom50_autograder.py").read_bytes()
    files = or_refuse(lambda: carried(options, secret=False)) | {name: wheel, "autograder.py": script}
    or_refuse(lambda: _write_all(output / "autograders" / slug, files))
    # What `assignments.json` asks of GitHub; Classroom 50's own Python is newer than this grader knows.
    place = {"container": {"image": container}} if container else {"python": "3.12"}
    runtime = json.dumps({"runs-on": "ubuntu-latest", **place}, indent=2) + "\n"
    or_refuse(lambda: _write_all(output, {f"{slug}.runtime.json": runtime.encode()}))
    remark(f"{output / 'autograders' / slug} is the autograder, {output / slug}.runtime.json its runtime.")


@app.command()
def run(
    source: Annotated[Path, typer.Option("--source", help="Where autograder.py lies.", metavar="DIR")],
) -> None:
    """Grade the current directory; write what the runner reads of it: called by autograder.py."""
    handed = or_refuse(lambda: _handed(os.environ, Path()))
    options = or_refuse(lambda: read_options(source))
    entry = Entry(handed.owner, Path.cwd())
    assignment = or_refuse(lambda: options.of([entry.path], [entry]))
    job = or_refuse(lambda: options.job(assignment))
    found = graded(open_entry(entry, options.landmarks(assignment)), options, job)
    found = students_report(found, job.rubric)
    report.print_report(found, console())
    files = {
        "result.json": report.render_classroom50(found, handed).encode(),
        "release-body.md": report.release_body(found).encode(),
    }
    or_refuse(lambda: _write_all(Path(), files))
    if told := os.environ.get("GITHUB_OUTPUT"):
        or_refuse(lambda: _append(Path(told), report.step_outputs(found)))


def _handed(environment: Mapping[str, str], checkout: Path) -> Handed:
    """
    Raises:
        OptionError: the runner did not tell what it has to.
    """

    def told(*names: str) -> str:
        found = next((environment[name] for name in names if environment.get(name)), None)
        if found is None:
            raise OptionError(f"Classroom 50's runner sets {names[0]}, and it is not set")
        return found

    when = commit_time(checkout) or datetime.now(UTC)
    return Handed(
        classroom=told("CLASSROOM"),
        assignment=told("ASSIGNMENT"),
        assignment_type=told("ASSIGNMENT_TYPE", "MODE"),
        owner=told("OWNER", "USERNAME"),
        submission=told("SUBMISSION_TAG"),
        commit=told("COMMIT_URL"),
        release=told("RELEASE_URL"),
        review=told("REVIEW_URL", "COMMIT_URL"),
        datetime=when.astimezone(UTC).strftime(_TIME),
        graded_at=datetime.now(UTC).strftime(_TIME),
    )


def _require_slug(slug: str) -> None:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,99}", slug):
        raise OptionError(f"--slug {slug!r} is none: small letters, digits and hyphens, as in assignment1")


def _require_open(hides: bool) -> None:
    if hides:
        raise OptionError(
            "the rubric hides checks, and students can read what Classroom 50 runs; "
            "build with a rubric without them, and grade by this one yourself"
        )


def _append(file: Path, text: str) -> None:
    try:
        with file.open("a", encoding="utf-8") as out:
            out.write(text)
    except OSError as error:
        raise OutputError(f"{file} cannot be written ({error.strerror})") from None


def _write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    try:
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            write_aside(folder / name, data)
    except OSError as error:
        raise OutputError(f"{error.filename} cannot be written ({error.strerror})") from None
