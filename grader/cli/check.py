"""`grader check`: one submission, for its author or for a CI job."""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from grader import report
from grader.batch.gathering import class_inside
from grader.cli.options import OptionError, Options, shares_options
from grader.cli.page_file import require_page, write_page
from grader.cli.progress import DRAWING, saying
from grader.cli.rendering import Rendering, Verbose, renderings
from grader.cli.terminal import console, or_refuse, refuse, remark, say
from grader.cli.watch import watch as watched
from grader.grade import Announce, Job, Refused, grade_entry, open_entry
from grader.intake.landmarks import Landmarks
from grader.intake.submission import Submission, single
from grader.report.ledger import ledger
from grader.report.text import points
from grader.result import CheckResult, Report, SkipReason, Verdict
from grader.sandbox.bounded import Overrun, bounded
from grader.scoring.students_view import hidden_checks, students_report

__all__ = ["check", "graded"]

HandedIn = Annotated[Path, typer.Argument(help="The assignment folder, an archive of it, or a notebook.")]
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        help=f"{', '.join(report.FORMATS)}; into a file with =FILE (repeatable).",
        metavar="FORMAT[=FILE]",
    ),
]
Require = Annotated[
    list[str] | None,
    typer.Option(
        "--require",
        help="Exit status 0 needs this question or check, in place of all (repeatable), e.g. svm.",
        metavar="ID",
    ),
]
Html = Annotated[
    Path | None, typer.Option("--html", help="Write the page to a file for a browser, too.", metavar="FILE")
]
MinScore = Annotated[
    float | None,
    typer.Option(
        "--min-score", help="Exit status 0 needs so many points, in place of all checks.", metavar="POINTS"
    ),
]

Watch = Annotated[
    bool,
    typer.Option("--watch", help="Check again whenever a file is saved, until Ctrl-C; trains nothing."),
]


@shares_options
def check(
    path: HandedIn = Path(),
    format: Formats = None,
    verbose: Verbose = False,
    html: Html = None,
    require: Require = None,
    min_score: MinScore = None,
    watch: Watch = False,
    *,
    options: Options,
) -> None:
    """Check one submission and say what is right, what is wrong and which mistake it is."""
    shown = or_refuse(lambda: renderings(format or ["console"]))
    if html is not None:
        or_refuse(lambda: require_page(html))
    entry = or_refuse(lambda: single(path))
    assignment = or_refuse(lambda: options.of([path], [entry]))
    landmarks = or_refuse(lambda: options.landmarks(assignment))
    _require_one(path, landmarks)
    opened = open_entry(entry, landmarks)
    if watch or isinstance(opened, Refused):
        # Nobody waits for images to learn that, and for trainings after each change.
        options = dataclasses.replace(options, no_train=True)
    with saying(console(stderr=True), DRAWING):
        job = or_refuse(lambda: options.job(assignment, beside=path if path.is_dir() else None))
    needed = or_refuse(lambda: conditions(require or [], min_score, job))

    def tell(report: Report) -> Report:
        found = students_report(report, job.rubric)
        if html is not None:
            or_refuse(lambda: write_page(found, html))
            remark(f"The page is {html}; open it in a browser.")
        or_refuse(lambda: _show(found, shown, verbose, path))
        return found

    if watch:
        watched(entry, options, job, functools.partial(_shown_titles, job), tell)
        raise typer.Exit
    raise typer.Exit(_status(tell(graded(opened, options, job)), needed))


def _require_one(path: Path, landmarks: Landmarks) -> None:
    """Refuse the work of several students; what is too much to look through is taken for one's."""
    with contextlib.suppress(Overrun):
        if count := bounded(lambda: class_inside(path, landmarks)):
            refuse(f"{path} holds {count} submissions; name one of them, or use `grader grade {path} -o DIR`")


def graded(handed: Submission | Refused, options: Options, job: Job) -> Report:
    """The report of one submission, behind a wall of its own; says in the terminal what it is at."""
    choice = options.sandbox_choice(job)
    with (
        console(stderr=True).status("preparing") as status,
        or_refuse(choice.build) as wall,
        choice.notebooks(job.assignment) as notebooks,
    ):
        announce = _shown_titles(job, status.update)
        return grade_entry(handed, job, wall, announce=announce, notebooks=notebooks)


def _shown_titles(job: Job, update: Callable[[str], None]) -> Announce:
    """Tells the check that is at work, unless the rubric hides one of that title."""
    hidden = {job.assignment.checks[id].title for id in hidden_checks(job.rubric)}
    return lambda title: None if title in hidden else update(escape(title))


def _show(found: Report, shown: Sequence[Rendering], verbose: bool, path: Path) -> None:
    base = path.as_posix() if path.is_dir() else "."
    for each in shown:
        if found.refused is not None and each == Rendering("console"):
            say(found.refused)
        else:
            each.show(found, verbose, base)


# --- the exit status ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Conditions:
    """What has to hold for exit status 0: questions and checks by id, and points; every check if neither."""

    ids: tuple[str, ...] = ()
    least: float | None = None

    def unmet(self, found: Report) -> Iterator[str]:
        """A sentence for each that does not hold."""
        checks = [check for question in found.questions for check in question.checks]
        for id in self.ids:
            own = [check for check in checks if check.id == id or check.id.startswith(f"{id}.")]
            wrong = [check for check in own if not _holds(check)]
            if wrong:
                yield f"required: {id}; {len(wrong)} of {len(own)} checks not passed"
            elif not own:
                yield f"required: {id}, which was not asked of this work"
        score = ledger(found).total.score
        if self.least is not None and score < self.least:
            yield f"required: {points(self.least)} points, there are {points(score)}"


def conditions(ids: Sequence[str], least: float | None, job: Job) -> Conditions:
    """
    Raises:
        OptionError: one of the ids is neither a question nor a check of the job.
    """
    rows = [row for row in job.rubric.question if not job.questions or row.id in job.questions]
    known = {row.id: None for row in rows}
    known |= {f"{row.id}.{check.id}": None for row in rows for check in row.checks}
    known = {id: None for id in known if id not in hidden_checks(job.rubric)}
    for id in ids:
        if id not in known:
            like = difflib.get_close_matches(id, known, n=1)
            meant = f"did you mean {like[0]}?" if like else f"use one of: {', '.join(row.id for row in rows)}"
            raise OptionError(f"--require: there is no question or check {id!r}; {meant}")
    return Conditions(tuple(ids), least)


def _holds(check: CheckResult) -> bool:
    """Whether it passed, or was not asked in this run."""
    return check.verdict is Verdict.PASSED or check.reason in (SkipReason.NOT_RUN, SkipReason.FAULT)


def _status(found: Report, needed: Conditions) -> int:
    if found.refused is not None:
        return 2
    if found.faults:
        return 3
    if needed == Conditions():
        settled = (Verdict.PASSED, Verdict.SKIPPED)
        return 0 if all(c.verdict in settled for q in found.questions for c in q.checks) else 1
    unmet = list(needed.unmet(found))
    for sentence in unmet:
        say(sentence)
    return 1 if unmet else 0
