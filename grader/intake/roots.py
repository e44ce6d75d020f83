"""Find the assignment's folder inside what was handed in, and say which other candidates were passed over."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

import msgspec

from grader.intake.landmarks import Landmarks
from grader.intake.roles import definitions, source_text

__all__ = ["FURTHER_COPY", "Root", "find_root"]

FURTHER_COPY = "a further copy of the assignment"

#: A folder for another of the course's assignments.
_OTHER_ASSIGNMENT = re.compile(
    r"(?i)^(.*[^a-z])?(assignment|assign|homework|hw|ps|as|a)[ _-]*[2-9]([^0-9].*)?$"
)


class Root(msgspec.Struct, frozen=True):
    """The assignment's folder (`.` or relative); `passed_over` maps other folders to the reason."""

    path: str
    passed_over: dict[str, str]


class _Candidate(msgspec.Struct):
    folder: str
    roles: set[str]
    notebooks: int = 0


def find_root(files: Mapping[str, bytes], landmarks: Landmarks) -> Root | None:
    """The folder with most roles, then the shallowest, then the first by name; None when there is no work."""
    candidates = _candidates(files, landmarks)
    if not candidates:
        return None
    ranked = sorted(candidates, key=lambda c: (-len(c.roles), -c.notebooks, _depth(c.folder), c.folder))
    ranked.sort(key=lambda c: _is_other_assignment(c.folder))
    best = ranked[0]
    passed_over = {}
    for other in ranked[1:]:
        if _is_other_assignment(other.folder) and not _is_other_assignment(best.folder):
            passed_over[other.folder] = "another assignment's work"
        elif other.roles & best.roles:
            passed_over[other.folder] = f"{FURTHER_COPY}; {_why(best, other)}"
        else:
            best = _Candidate(_common(best.folder, other.folder), best.roles | other.roles)
    return Root(best.folder, {k: v for k, v in passed_over.items() if k != best.folder})


def _why(best: _Candidate, other: _Candidate) -> str:
    """Why `best` was taken and not `other`."""
    name = "the one at the top" if best.folder == "." else f"{best.folder}/"
    if len(best.roles) > len(other.roles):
        return f"{name} was taken, which holds more of the work"
    if best.notebooks > other.notebooks:
        return f"{name} was taken, which holds more notebooks"
    if _depth(best.folder) < _depth(other.folder):
        return f"{name} was taken, which lies higher"
    return f"{name} was taken, which comes first by name"


def _depth(folder: str) -> int:
    return 0 if folder == "." else folder.count("/") + 1


def _is_other_assignment(folder: str) -> bool:
    return any(_OTHER_ASSIGNMENT.match(part) for part in folder.split("/"))


def _common(a: str, b: str) -> str:
    if "." in (a, b):
        return "."
    return posixpath.commonpath([a, b]) or "."


def _candidates(files: Mapping[str, bytes], landmarks: Landmarks) -> list[_Candidate]:
    """Folders that hold roles; folders with standard notebooks, when no module has any role."""
    hint = re.compile(rf"(?:def|class)\s+(?:{'|'.join(sorted(landmarks.names))})\b".encode())
    found: dict[str, _Candidate] = {}
    rest: dict[str, _Candidate] = {}
    for path in sorted(files):
        folder, base = posixpath.split(path)
        if path.lower().endswith(".py") and (base in landmarks.files or hint.search(files[path])):
            defined = {d.name for d in definitions(source_text(files[path])) if d.owner is None}
            if defined & landmarks.names:
                home = landmarks.home(folder)
                found.setdefault(home, _Candidate(home, set())).roles |= defined & landmarks.names
        elif path.lower().endswith(".ipynb") and (
            base.lower() in landmarks.notebooks or hint.search(files[path])
        ):
            rest.setdefault(folder or ".", _Candidate(folder or ".", set())).notebooks += 1
    for folder, candidate in rest.items():
        if folder in found:
            found[folder].notebooks = candidate.notebooks
    return list((found or rest).values())
