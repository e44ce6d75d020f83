"""The files around a student's work: the instructor's own laid over, small ones of ours where they lack."""

from __future__ import annotations

import posixpath
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from grader.intake.editions import Edition, Editions
from grader.intake.handed_in import Caps, SubmissionRefused, collect, displayed, folder_members
from grader.intake.landmarks import Landmarks
from grader.intake.roles import find_roles
from grader.intake.roots import find_root
from grader.intake.site import Site
from grader.intake.unpack import mode_of

__all__ = ["course_files_over", "support_under"]


class Overlaid(NamedTuple):
    """A submission's files with others among them, and what was done in words."""

    files: dict[str, bytes]
    notes: tuple[str, ...]


def course_files_over(
    files: Mapping[str, bytes], edition: Edition, course: Path, landmarks: Landmarks
) -> Overlaid:
    """`files` with the modules of the folder `course` in place of all but the student's own work.

    A module replaces each of its name and is added where it is missing. The files in which the edition has
    a role, or in which the student put one, stay.

    Raises:
        SubmissionRefused: `course` cannot be read or holds no module to lay over.
    """
    try:
        found = _read_course(course, landmarks)
    except SubmissionRefused as reason:
        raise SubmissionRefused(f"{displayed(str(course))} {reason}") from None
    own = _own_work(files, edition)
    modules = {path: data for path, data in found.items() if posixpath.basename(path) not in own}
    return _overlaid(files, modules, landmarks, "the course's own were used for {}")


def _read_course(course: Path, landmarks: Landmarks) -> dict[str, bytes]:
    """The modules of the course's folder, by their paths from the assignment's root."""
    if not stat.S_ISDIR(mode_of(course)):
        raise SubmissionRefused("is not a folder; name the folder with the course's own files")
    caps = Caps()
    found = collect(folder_members(course, caps), caps)
    root = find_root(found.files, landmarks)
    prefix = "" if root is None or root.path == "." else root.path + "/"
    modules = {
        path.removeprefix(prefix): data
        for path, data in found.files.items()
        if path.startswith(prefix) and path.endswith(".py")
    }
    if not modules:
        raise SubmissionRefused("holds no module to lay over a submission; name the course's folder")
    return modules


def _own_work(files: Mapping[str, bytes], edition: Edition) -> set[str]:
    """The base names of files with roles, where the edition expects them and where they were found."""
    places: list[str | None] = [site.file for site in edition.roles.values()]
    for found in find_roles(files, edition).values():
        if isinstance(found, Site):
            places += [found.defined_in, found.file]
    return {posixpath.basename(path) for path in places if path is not None}


def support_under(files: Mapping[str, bytes], edition: Edition, editions: Editions) -> Overlaid:
    """`files` with small modules of our own for those of the course's that are lacking, and what is given."""
    present = {posixpath.basename(path) for path in files if not path.endswith("__init__.py")}
    landmarks = editions.landmarks_of(edition)
    package = landmarks.package_in(files)
    lacking = {
        path: editions.support(path)
        for path in edition.support
        if posixpath.basename(path) not in present and landmarks.renamed(path, package) not in files
    }
    laid = _overlaid(files, lacking, landmarks, "the grader's own were used for {}")
    return laid._replace(files=laid.files | {path: editions.support(path) for path in edition.given})


def _overlaid(
    files: Mapping[str, bytes], new: Mapping[str, bytes], landmarks: Landmarks, note: str
) -> Overlaid:
    """`files` with `new` ones, which replace also those of the same name in other folders."""
    package = landmarks.package_in(files)
    moved = {landmarks.renamed(path, package): data for path, data in new.items()}
    by_name = {posixpath.basename(path): data for path, data in moved.items()}
    by_name.pop("__init__.py", None)
    result = {path: by_name.get(posixpath.basename(path), data) for path, data in files.items()} | moved
    changed = {posixpath.basename(path) for path, data in result.items() if files.get(path) != data}
    names = sorted(changed - {"__init__.py"})
    return Overlaid(result, (note.format(", ".join(names)),) if names else ())
