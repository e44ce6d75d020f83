"""`grader gradescope`: the autograder as Gradescope wants it uploaded, and what it runs of it."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from collections.abc import Mapping
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from grader import report
from grader.batch.rulings import Rulings
from grader.batch.store import OutputError
from grader.cli.check import graded
from grader.cli.options import Options, shares_options
from grader.cli.places.carried import carried, read_options
from grader.cli.places.wheel import own_wheel
from grader.cli.terminal import console, or_refuse, remark, say
from grader.grade import open_entry
from grader.intake.submission import Entry
from grader.report.writing import write_aside
from grader.sandbox import machine
from grader.scoring.rubric import Late
from grader.scoring.students_view import students_report

__all__ = ["app"]

app = typer.Typer(help="An autograder for Gradescope.", no_args_is_help=True)

#: Seconds that a call may take on half a processor, where no --timeout is given.
CALL_S = 20.0
Root = Annotated[Path, typer.Option("--root", help="Gradescope's own folder.", metavar="DIR")]


@app.command()
@shares_options
def build(
    output: Annotated[Path, typer.Option("-o", "--output", help="The zip to upload.", metavar="FILE.zip")],
    *,
    options: Options,
) -> None:
    """Write the zip that Gradescope wants: setup.sh, run_autograder, this grader, and what it grades by."""
    # What cannot be used is said here, not to a student.
    or_refuse(lambda: dataclasses.replace(options, no_train=True).job(options.of([], [])))
    if options.timeout == Options().timeout:
        options = dataclasses.replace(options, timeout=CALL_S)
    name, wheel = own_wheel()
    files = or_refuse(lambda: carried(options, secret=True)) | {name: wheel}
    files |= {"setup.sh": _script("gradescope_setup.sh"), "run_autograder": _script("gradescope_run.sh")}
    or_refuse(lambda: _write(output, _zipped(files)))
    remark(f"{output} is what to upload as the autograder; the secret seed is in it, keep it to yourself.")


@app.command()
def ready(
    source: Annotated[Path, typer.Option("--source", help="Where the zip was unpacked.", metavar="DIR")],
) -> None:
    """Make what every run needs, once: called by setup.sh."""
    options = or_refuse(lambda: read_options(source))
    or_refuse(lambda: machine.for_grading(options.sandbox, options.python))
    or_refuse(lambda: options.job(options.of([], [])))


@app.command()
def run(root: Root = Path("/autograder")) -> None:
    """Grade DIR/submission and write DIR/results/results.json: called by run_autograder.

    Where that fails there are no results: Gradescope tells the instructor, and charges nobody.
    """
    options = or_refuse(lambda: read_options(root / "source"))
    level = or_refuse(lambda: machine.for_grading(options.sandbox, options.python))
    options = dataclasses.replace(options, sandbox=level)
    told = _metadata(root / "submission_metadata.json")
    entry = Entry(told.name, root / "submission")
    assignment = or_refuse(lambda: options.of([entry.path], [entry]))
    job = or_refuse(lambda: options.job(assignment))
    found = graded(open_entry(entry, options.landmarks(assignment)), options, job)
    scored_by = msgspec.structs.replace(job.rubric, late=told.late(job.rubric.late))
    found = Rulings(
        late=scored_by.late, times={told.name: told.created_at} if told.created_at else {}
    ).applied(found)
    report.print_report(found, console(), verbose=True)
    results = report.render_gradescope(found, students_report(found, scored_by))
    or_refuse(lambda: _write(root / "results" / "results.json", results.encode()))


def _script(name: str) -> bytes:
    return resources.files(__package__).joinpath(name).read_bytes()


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.external_attr = (0o100755 if name in ("setup.sh", "run_autograder") else 0o100644) << 16
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _write(path: Path, data: bytes) -> None:
    try:
        write_aside(path, data)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror})") from None


# --- what Gradescope tells of a submission ------------------------------------------------------------------


class _Dates(msgspec.Struct, frozen=True):
    due_date: datetime | None = None


class _User(msgspec.Struct, frozen=True):
    name: str = ""
    email: str = ""
    assignment: _Dates = _Dates()


class Metadata(msgspec.Struct, frozen=True):
    """`submission_metadata.json`; dates of a user are those of the assignment with their own extension."""

    created_at: datetime | None = None
    users: tuple[_User, ...] = ()
    assignment: _Dates = _Dates()

    @property
    def name(self) -> str:
        """Whoever handed it in, a group by all its members."""
        return ", ".join(user.name or user.email for user in self.users) or "submission"

    def late(self, late: Late | None) -> Late | None:
        """The rubric's rule with the due date that Gradescope knows: the latest of the members'."""
        due = [each for each in (user.assignment.due_date for user in self.users) if each is not None]
        due = due or [each for each in (self.assignment.due_date,) if each is not None]
        return msgspec.structs.replace(late, due=max(due)) if late is not None and due else late


def _metadata(file: Path) -> Metadata:
    """What is told; nothing where the file is missing or of another form."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Metadata)
    except FileNotFoundError:
        return Metadata()
    except (OSError, msgspec.DecodeError) as error:
        say(f"{file} is of another form ({error}); nobody is late")
        return Metadata()
