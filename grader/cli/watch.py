"""`grader check --watch`: checks again what a saved file may have changed, until Ctrl-C."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from grader.cli.options import Options
from grader.cli.terminal import console, or_refuse, remark, say
from grader.grade import Announce, Job, grade_entry
from grader.intake.depends import changed_files, touched
from grader.intake.handed_in import ARCHIVES
from grader.intake.submission import Entry, Submission, SubmissionRefused, open_submission
from grader.intake.unpack import LONE
from grader.intake.work import Work, read_work, refuse_without_roles
from grader.report.text import clean
from grader.result import Report
from grader.sandbox.bounded import Overrun, bounded
from grader.sandbox.host import Sandbox
from grader.scoring.rescoring import rescored
from grader.scoring.resume import joined
from grader.student.notebooks.runs import NotebookHost

__all__ = ["watch"]

_NAMED = 3


@dataclass
class Watched:
    """A submission as it was when it was last checked, and a wall that stays up.

    Its report is that of a whole check, although only what was touched is run.
    """

    entry: Entry
    job: Job
    wall: Sandbox
    notebooks: NotebookHost | None
    announce: Announce
    work: Work | None = None
    report: Report | None = None

    def check(self) -> Sequence[str] | None:
        """Check what has to be; the files that changed, or None where nothing has to be told.

        Raises:
            SubmissionRefused, Overrun: there is nothing to check now.
        """
        before, after = self.work, self._read()
        now = after.submission
        if before is None or self.report is None:
            self.work, self.report = after, self._graded(now, self.job)
            return ()
        questions = touched(before, after, runs_notebooks=self.notebooks is not None)
        asked = tuple(q for q in questions if not self.job.questions or q in self.job.questions)
        self.work = after
        if not asked:
            return None
        found = self._graded(now, replace(self.job, questions=asked))
        # What was not run again is as it was, though the work as a whole is not.
        rest = msgspec.structs.replace(
            self.report, submission=found.submission, notes=(), to_do=(), faults=()
        )
        self.report = rescored(joined(rest, found), self.job.rubric)
        return sorted(changed_files(before, after))

    def _read(self) -> Work:
        editions, edition = self.job.assignment.editions, self.job.edition
        submission = bounded(lambda: open_submission(self.entry, editions.landmarks_of(edition)))
        work = bounded(lambda: read_work(submission, editions, edition, self.job.course_files))
        refuse_without_roles(work)
        return work

    def _graded(self, handed: Submission, job: Job) -> Report:
        return grade_entry(handed, job, self.wall, announce=self.announce, notebooks=self.notebooks)


def watch(
    entry: Entry,
    options: Options,
    job: Job,
    announcing: Callable[[Callable[[str], None]], Announce],
    show: Callable[[Report], object],
) -> None:
    """Show the page of the submission, and a new one below it for each change, until Ctrl-C."""
    choice, waiting = options.sandbox_choice(job), console(stderr=True)
    try:
        with or_refuse(choice.build) as wall, choice.notebooks(job.assignment) as notebooks:
            status = waiting.status("preparing")
            watched = Watched(entry, job, wall, notebooks, announcing(status.update))
            for _ in _saved(entry.path):
                with status:
                    changed = _checked(watched)
                if changed is None or watched.report is None:
                    continue
                if changed:
                    waiting.rule(_heading(changed), align="left", style="dim")
                show(watched.report)
                sys.stdout.flush()
                remark(f"watching {entry.path}: save a file to check it again; Ctrl-C ends this")
    except KeyboardInterrupt:
        remark("no longer watching")


def _checked(watched: Watched) -> Sequence[str] | None:
    try:
        return watched.check()
    except (SubmissionRefused, Overrun) as refusal:
        say(str(refusal))
        return None


def _heading(changed: Sequence[str]) -> str:
    names = [clean(path.rpartition("/")[2], 60) for path in changed[:_NAMED]]
    more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
    return f"{time.strftime('%H:%M:%S')} · {', '.join(names)}{more} changed"


def _saved(path: Path) -> Iterator[None]:
    """Once at first, and once more for what was saved before anybody watched; then whenever something is."""
    import watchfiles  # slow to import, and most checks are made once

    yield
    yield
    for _ in watchfiles.watch(path, watch_filter=_is_work, step=20):
        yield


def _is_work(change: object, path: str) -> bool:
    parts = Path(path).parts
    return path.lower().endswith((*LONE, *ARCHIVES)) and ".ipynb_checkpoints" not in parts
