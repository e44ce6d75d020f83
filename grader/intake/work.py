"""All that intake reads of a submission, made once and passed on: grading, running, diagnosis, the pages."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from grader.intake.editions import Edition, Editions, Identification
from grader.intake.handed_in import SubmissionRefused, displayed
from grader.intake.not_graded import not_graded
from grader.intake.notebooks.by_question import find_notebooks
from grader.intake.notebooks.choices import choose, defining
from grader.intake.notebooks.definitions import CellModules
from grader.intake.notebooks.read import Notebook, read_notebook
from grader.intake.overlay import course_files_over, support_under
from grader.intake.renamed import under_course_names
from grader.intake.roles import find_roles, misleading_texts
from grader.intake.site import Absent, Site
from grader.intake.submission import Submission, left_out

__all__ = ["Work", "read_work", "refuse_without_roles"]


@dataclass(frozen=True)
class Work:
    """One submission as it is graded; nothing of it was run.

    `files` are the submission's with every support file that it needs (`supplied`), and with a module for
    each definition that is taken from a notebook's cells; `cells` leads from it back to them. `notebooks`:
    question → its notebook; one may serve several. `choices` tell which of several definitions is graded,
    `notes` all that the report says of what was read.
    """

    submission: Submission
    identified: Identification
    files: Mapping[str, bytes]
    roles: Mapping[str, Site | Absent]
    notebooks: Mapping[str, Notebook]
    cells: CellModules
    choices: tuple[str, ...]
    notes: tuple[str, ...]
    supplied: frozenset[str]

    @property
    def edition(self) -> Edition:
        return self.identified.edition

    @property
    def sites(self) -> dict[str, Site]:
        """Where each role is that is there, and the edition's helpers."""
        found = {role: found for role, found in self.roles.items() if isinstance(found, Site)}
        return found | self._helpers

    @property
    def absent(self) -> dict[str, str]:
        """Why each of the others is absent."""
        return {role: found.reason for role, found in self.roles.items() if isinstance(found, Absent)}

    @property
    def _helpers(self) -> dict[str, Site]:
        found = {}
        for name, helper in self.edition.helpers.items():
            base = posixpath.basename(helper.file)
            path = next((path for path in self.files if posixpath.basename(path) == base), None)
            if path is not None:
                found[name] = Site(path, helper.name, helper.method)
        return found


def read_work(
    submission: Submission,
    editions: Editions,
    edition: Edition | None = None,
    course_files: Path | None = None,
) -> Work:
    """Read the submission as work of the `edition` (None: identified by its files).

    Args:
        course_files: a folder whose modules replace all but the student's own.

    Raises:
        SubmissionRefused: `course_files` cannot be read.
    """
    identified = editions.identify(submission.files) if edition is None else Identification(edition, ())
    edition = _as_wide(identified.edition, submission)
    identified = msgspec.structs.replace(identified, edition=edition)
    landmarks = editions.landmarks_of(edition)
    files, notes = _completed(submission, identified, editions, course_files)
    ignored = {item.path: item.reason for item in submission.ignored}
    own, with_roles = _notebooks(submission, edition)
    chosen = choose(find_roles(_modules(files), edition, ignored), files, edition, with_roles, own)
    passed_over = not_graded(chosen.roles, chosen.cells, submission.files, edition, landmarks)
    choices = (*chosen.notes, *passed_over)
    named = under_course_names(chosen.files, chosen.roles, edition, chosen.cells)
    return Work(
        submission,
        identified,
        named,
        chosen.roles,
        own,
        chosen.cells,
        choices,
        (
            *(notes + choices),
            *_not_handed_in(chosen.roles, own, edition),
            *misleading_texts(chosen.files, chosen.roles, edition),
        ),
        _other_than(submission.files, files) | _other_than(chosen.files, named),
    )


def _other_than(own: Mapping[str, bytes], files: Mapping[str, bytes]) -> frozenset[str]:
    """The files that `own` does not have so."""
    return frozenset(path for path, data in files.items() if own.get(path) != data)


def _modules(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {path: data for path, data in files.items() if not path.lower().endswith(".ipynb")}


def _completed(
    submission: Submission, identified: Identification, editions: Editions, course_files: Path | None
) -> tuple[Mapping[str, bytes], tuple[str, ...]]:
    """The submission's files with the course's over them and every support file that they need; notes."""
    edition, files, notes = identified.edition, submission.files, submission.notes
    if course_files is not None:
        files, more = course_files_over(files, edition, course_files, editions.landmarks_of(edition))
        notes += more
    files, more = support_under(files, edition, editions)
    notes += more + ((identified.note,) if identified.note else ()) + tuple(left_out(submission))
    return files, notes


def refuse_without_roles(work: Work) -> None:
    """Refuse what has the assignment's files or names, and none of the functions that are graded.

    Raises:
        SubmissionRefused: one sentence: what is lacking and what to do.
    """
    if any(isinstance(found, Site) for found in work.roles.values()):
        return
    asked = [site.name for site in work.edition.roles.values() if site.method is None]
    raise SubmissionRefused(
        f"{displayed(work.submission.path.name) or 'the current folder'} defines none of the functions and "
        f"classes of the edition {work.edition.name}, such as {', '.join(asked[:2])}; "
        "hand in the files that you completed, not the notebooks alone"
    )


def _as_wide(edition: Edition, submission: Submission) -> Edition:
    """The edition, with the questions that it asks only of work in which something of them is done.

    In a module, or in a notebook's cells.
    """
    wider, files = edition.wider, submission.files
    if wider is None:
        return edition
    roles: Mapping[str, Site | Absent] = find_roles(files, wider)
    if not _is_done(roles, edition) and defining(files, wider):
        own, with_roles = _notebooks(submission, wider)
        roles = choose(roles, files, wider, with_roles, own).roles
    return wider if _is_done(roles, edition) else edition


def _is_done(roles: Mapping[str, Site | Absent], narrow: Edition) -> bool:
    """Whether something is done of roles that the edition itself does not have."""
    more = [found for role, found in roles.items() if role not in narrow.roles]
    return any(isinstance(found, Site) and found.done for found in more)


def _not_handed_in(
    roles: Mapping[str, Site | Absent], notebooks: Mapping[str, Notebook], edition: Edition
) -> Iterator[str]:
    """A sentence where of some of the edition's questions neither a function nor a notebook is there."""
    there = {edition.question_of(role) for role, found in roles.items() if isinstance(found, Site)}
    asked = dict.fromkeys(map(edition.question_of, roles))
    if absent := [question for question in asked if question not in {*there, *notebooks}]:
        yield f"none of the functions of {', '.join(absent)} was handed in, nor a notebook"


def _notebooks(submission: Submission, edition: Edition) -> tuple[dict[str, Notebook], list[Notebook]]:
    """Question → its notebook, and those that hold definitions of roles: each is read once."""
    read = dict(submission.notebooks)

    def notebook(path: str) -> Notebook:
        if path not in read:
            read[path] = read_notebook(path, submission.files[path])
        return read[path]

    own = {question: notebook(path) for question, path in find_notebooks(submission.files, edition).items()}
    return own, [notebook(path) for path in defining(submission.files, edition)]
