"""From the paths of a command to one submission a student: exports, rosters, and who is missing."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from grader.batch.exports import FORMS, Export, Exported, recognised
from grader.batch.roster import Enrolled, Roster
from grader.intake.handed_in import ARCHIVES, displayed
from grader.intake.landmarks import Landmarks
from grader.intake.submission import (
    OWN_FOLDER,
    Entry,
    SubmissionRefused,
    discover,
    followed,
    is_submission,
    named,
    single,
)
from grader.report.text import plural

__all__ = ["FORM_NAMES", "Gathered", "class_inside", "gather"]

FORM_NAMES = ("auto", "plain", *FORMS)
_MOST_NAMED = 10


@dataclass
class Gathered:
    """The submissions to grade; `remarks`: what a person should know of how they came about."""

    entries: list[Entry] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    #: When each was handed in, where that is known.
    times: dict[str, datetime] = field(default_factory=dict)
    #: Students of the roster of whom there is nothing.
    missing: list[str] = field(default_factory=list)
    #: Those that were named one by one on the command line.
    named: set[str] = field(default_factory=set)


def gather(
    paths: Sequence[Path],
    landmarks: Landmarks,
    output: Path | None = None,
    form: str = "auto",
    roster: Roster | None = None,
) -> Gathered:
    """The submissions that the paths of a command stand for.

    Args:
        form: of FORM_NAMES.
        roster: whose first column names the students; without it, the export does.

    Raises:
        SubmissionRefused: a path does not exist, holds nothing, or is no export of that form.
    """
    gathered = Gathered()
    paths = [followed(path) for path in paths]
    handed = [each for path in paths for each in _handed(path, _Where(landmarks, output, form), gathered)]
    latest = _latest(handed, roster, gathered)
    _name(latest, gathered)
    if roster is not None:
        _compare(latest, roster, gathered)
    gathered.named = {
        entry.id for entry, (_, each) in zip(gathered.entries, latest, strict=True) if each.path in paths
    }
    return gathered


@dataclass(frozen=True)
class _Where:
    """How work is known, which folder is for the results, and the form that was asked for."""

    landmarks: Landmarks
    output: Path | None
    form: str


def _handed(path: Path, where: _Where, gathered: Gathered) -> list[Exported]:
    single(path)  # says what is wrong with a path that leads nowhere
    if where.form in FORMS:
        if not (found := _of_form(path, where.form)):
            raise SubmissionRefused(f"{displayed(str(path))} is no export of {where.form}; try --from auto")
        return found
    if where.form == "auto" and _may_be_export(path) and (export := recognised(path)) is not None:
        name, found = export
        gathered.remarks.append(f"{displayed(str(path))} was taken for an export of {name}: {_count(found)}")
        return found
    return _plain(path, where, gathered)


def _of_form(path: Path, form: str) -> list[Exported] | None:
    try:
        return FORMS[form](Export(path))
    except (OSError, zipfile.BadZipFile):
        return None


def _plain(path: Path, where: _Where, gathered: Gathered) -> list[Exported]:
    """The entries of a folder, or itself; a folder among them that is a class is descended into."""
    handed = []
    for entry in discover(path, landmarks=where.landmarks, output=where.output):
        if entry.path == path or not class_inside(entry.path, where.landmarks):
            handed.append(Exported(entry.id, entry.path, keys=(entry.id,)))
            continue
        below = _handed(entry.path, where, gathered)
        gathered.remarks.append(f"{displayed(str(entry.path))} holds a class: {_count(below)}")
        handed += below
    return handed


def class_inside(folder: Path, landmarks: Landmarks, depth: int = 3) -> int:
    """How many submissions of different students a folder holds that is none itself; 0 where it is one."""
    try:
        if not depth or not folder.is_dir() or is_submission(folder, landmarks):
            return 0
        if (export := recognised(folder)) is not None:
            return len(export[1])
        inside = [item for item in folder.iterdir() if not item.name.startswith(".")]
    except OSError:
        return 0
    others = [
        item for item in inside if not OWN_FOLDER.search(item.name) and not landmarks.is_of_package(item.name)
    ]
    students = sum(_is_work(item, landmarks) for item in others)
    deeper = sum(class_inside(item, landmarks, depth - 1) for item in inside)
    return deeper + students if deeper or students > 1 else 0


def _is_work(item: Path, landmarks: Landmarks) -> bool:
    try:
        if item.is_file():
            return item.name.lower().endswith(ARCHIVES)
        below = [each for each in item.iterdir() if each.is_dir() and not each.name.startswith(".")]
    except OSError:
        return False
    return is_submission(item, landmarks) or (len(below) == 1 and is_submission(below[0], landmarks))


def _may_be_export(path: Path) -> bool:
    return path.is_dir() or (path.suffix.lower() == ".zip" and path.is_file())


def _count(found: Sequence[Exported]) -> str:
    return plural(len(found), "submission")


def _latest(
    handed: Iterable[Exported], roster: Roster | None, gathered: Gathered
) -> list[tuple[Enrolled | None, Exported]]:
    """One submission a student: of several, the latest."""
    found: dict[object, tuple[Enrolled | None, list[Exported]]] = {}
    for each in handed:
        student = roster.find(each.keys) if roster is not None else None
        # Without a roster only a system's own name for the student tells that two are of one.
        of = student.id if student is not None else (each.keys[0] if each.when else each)
        found.setdefault(of, (student, []))[1].append(each)
    latest = []
    for student, several in found.values():
        several.sort(key=_when)
        latest.append((student, several[-1]))
        if len(several) > 1:
            who = student.id if student is not None else several[-1].name
            count, last = len(several), displayed(several[-1].path.name)
            gathered.remarks.append(f"{displayed(who)} handed in {count} times; the latest counts ({last})")
    return latest


def _when(handed: Exported) -> datetime:
    if handed.when is not None:
        return handed.when
    try:
        return datetime.fromtimestamp(handed.path.stat().st_mtime, UTC)
    except OSError:
        return datetime.fromtimestamp(0, UTC)


def _name(latest: Sequence[tuple[Enrolled | None, Exported]], gathered: Gathered) -> None:
    names = named(student.id if student is not None else each.name for student, each in latest)
    for name, (student, each) in zip(names, latest, strict=True):
        gathered.entries.append(Entry(name, each.path, each.parts))
        when = (student.handed_in if student is not None else None) or each.when
        if when is not None:
            gathered.times[name] = when
    late = [
        name
        for name, (_, each) in zip(names, latest, strict=True)
        if each.late and name not in gathered.times
    ]
    if late:
        gathered.remarks.append(
            f"{_named(late)} handed in late, it is not told by how much; a column handed_in of the roster can"
        )


def _compare(latest: Sequence[tuple[Enrolled | None, Exported]], roster: Roster, gathered: Gathered) -> None:
    """Who of the roster handed in nothing, and who is not in it."""
    partners = {found.id for _, each in latest for keys in each.partners if (found := roster.find(keys))}
    present = {student.id for student, _ in latest if student is not None} | partners
    gathered.missing = [student.id for student in roster.students if student.id not in present]
    strangers = [each.name for student, each in latest if student is None]
    if gathered.missing:
        gathered.remarks.append(f"nothing was handed in by {_named(gathered.missing)}")
    if strangers:
        gathered.remarks.append(f"not in the roster: {_named(strangers)}")


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(displayed(name) for name in names[:_MOST_NAMED]) + more
