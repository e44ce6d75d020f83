"""What was found in a submission, for `grader inspect`; none of it is run."""

from __future__ import annotations

from pathlib import Path

import msgspec

from grader.intake.editions import Edition, Identification, identify, question_of
from grader.intake.handed_in import Ignored, SubmissionRefused
from grader.intake.notebooks.by_question import find_notebooks
from grader.intake.notebooks.work import FoundWork, find_work
from grader.intake.roles import Absent, FoundRole
from grader.intake.submission import Submission, add_support, discover, open_submission, single
from grader.result import Where

__all__ = ["Inspection", "Refusal", "RoleLine", "inspect_path", "inspect_submission"]


class RoleLine(msgspec.Struct, frozen=True):
    """One role as `grader inspect` shows it; `file` is None when it is absent for `reason`.

    In a notebook, `line` counts the lines of code cell number `cell`.
    """

    role: str
    question: str
    file: str | None = None
    line: int | None = None
    name: str | None = None
    weights: str | None = None
    reason: str | None = None
    cell: int | None = None


class Inspection(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a submission, none of it run."""

    id: str
    root: str
    edition: str
    edition_title: str
    weights: str
    evidence: tuple[str, ...]
    roles: tuple[RoleLine, ...]
    notebooks: dict[str, str]
    ignored: tuple[Ignored, ...]
    notes: tuple[str, ...]
    sha256: str


class Refusal(msgspec.Struct, frozen=True):
    """An entry that is no submission, and why."""

    id: str
    reason: str


def inspect_path(path: Path, edition: Edition | None = None) -> list[Inspection | Refusal]:
    """What `grader grade` would grade at `path`: one submission, or those that a folder holds.

    Raises:
        SubmissionRefused: there is nothing to grade.
    """
    found: list[Inspection | Refusal] = []
    for entry in discover(path):
        try:
            found.append(_inspected(open_submission(entry), edition))
        except SubmissionRefused as reason:
            found.append(Refusal(entry.id, str(reason)))
    if any(isinstance(each, Inspection) for each in found):
        return found
    return [_inspected(open_submission(single(path)), edition)]


def _inspected(submission: Submission, edition: Edition | None) -> Inspection:
    identified = Identification(edition, ()) if edition else identify(submission.files)
    return inspect_submission(submission, identified)


def inspect_submission(submission: Submission, identified: Identification) -> Inspection:
    """What `grader inspect` shows, for the edition that was identified or asked for."""
    edition = identified.edition
    ignored = {item.path: item.reason for item in submission.ignored}
    # Which file is in use shows in the course's own files, too.
    work = find_work(add_support(submission, edition).files, edition, ignored)
    remarks = [identified.note] if identified.note else []
    return Inspection(
        id=submission.id,
        root=submission.root,
        edition=edition.name,
        edition_title=edition.title,
        weights=edition.weights,
        evidence=identified.evidence,
        roles=tuple(_role_line(role, found, work) for role, found in work.roles.items()),
        notebooks=find_notebooks(submission.files, edition),
        ignored=submission.ignored,
        notes=(*submission.notes, *remarks, *work.notes, *_doubles(work)),
        sha256=submission.sha256,
    )


def _role_line(role: str, found: FoundRole | Absent, work: FoundWork) -> RoleLine:
    question = question_of(role)
    if isinstance(found, Absent):
        return RoleLine(role, question, reason=found.reason)
    name = f"{found.name}.{found.method}" if found.method else found.name
    where = work.place(Where(found.file, found.line)) or Where(found.file)
    return RoleLine(role, question, where.file, where.line, name, found.weights, cell=where.cell)


def _doubles(work: FoundWork) -> list[str]:
    """What is defined more than once, and which was taken; of definitions in cells the work's notes tell."""
    told = []
    for found in work.roles.values():
        also = [path for path in found.also if path not in work.cells] if isinstance(found, FoundRole) else []
        if isinstance(found, FoundRole) and also and found.home not in work.cells:
            told.append(f"{found.name} is in {found.home} and also in {', '.join(also)}; the first was taken")
    return list(dict.fromkeys(told))
