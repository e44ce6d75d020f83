"""What was found in a submission, for `grader inspect`; none of it is run."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

import msgspec

from grader.intake.editions import Edition, Editions
from grader.intake.handed_in import Ignored
from grader.intake.roles import definitions, source_text
from grader.intake.site import Absent, Site
from grader.intake.submission import Entry, open_submission
from grader.intake.work import Work, read_work, refuse_without_roles

__all__ = ["Inspection", "RoleLine", "inspected"]


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


def inspected(entry: Entry, editions: Editions, edition: Edition | None = None) -> Inspection:
    """What `grader grade` would grade at the entry.

    Raises:
        SubmissionRefused: there is nothing to grade.
    """
    submission = open_submission(entry, editions.landmarks_of(edition))
    work = read_work(submission, editions, edition)
    refuse_without_roles(work)
    remark = (work.identified.note,) if work.identified.note else ()
    return Inspection(
        id=submission.id,
        root=submission.root,
        edition=work.edition.name,
        edition_title=work.edition.title,
        weights=work.edition.weights,
        evidence=work.identified.evidence,
        roles=tuple(_role_line(role, found, work) for role, found in work.roles.items()),
        notebooks={question: notebook.path for question, notebook in work.notebooks.items()},
        ignored=submission.ignored,
        notes=(*submission.notes, *remark, *work.choices, *_helpers_not_found(work)),
        sha256=submission.sha256,
    )


def _helpers_not_found(work: Work) -> Iterator[str]:
    """What a course's own edition calls beside the roles, and the work does not have."""
    for name, helper in work.edition.helpers.items() if work.edition.builds_on else ():
        site = work.sites.get(name)
        wanted = helper.method or helper.name
        if site is None or site.file is None:
            yield f"`{name}` of [helpers] is not found: there is no {posixpath.basename(helper.file)}"
        elif not any(found.name == wanted for found in definitions(source_text(work.files[site.file]))):
            yield f"`{name}` of [helpers] is not found: {site.file} does not define `{wanted}`"


def _role_line(role: str, found: Site | Absent, work: Work) -> RoleLine:
    question = work.edition.question_of(role)
    if isinstance(found, Absent):
        return RoleLine(role, question, reason=found.reason)
    where = work.cells.place(found.where)
    assert where is not None
    weights = "CxD" if found.transposed else "DxC"
    return RoleLine(role, question, where.file, where.line, found.label, weights, cell=where.cell)
