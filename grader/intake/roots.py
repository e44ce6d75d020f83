"""Find the assignment's folder inside what was handed in, and say which other candidates were passed over."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping

import msgspec

from grader.intake.landmarks import Landmarks
from grader.intake.roles import Definition, definitions, source_text

__all__ = ["ALSO_DEFINES", "FURTHER_COPY", "Root", "find_root"]

FURTHER_COPY = "a further copy of the assignment"
ALSO_DEFINES = "it also defines"

#: A folder for another of the course's assignments.
_OTHER_ASSIGNMENT = re.compile(
    r"(?i)^(.*[^a-z])?(assignment|assign|homework|hw|ps|as|a)[ _-]*[2-9]([^0-9].*)?$"
)


class Root(msgspec.Struct, frozen=True):
    """The assignment's folder (`.` or relative); `passed_over` maps other folders to the reason."""

    path: str
    passed_over: dict[str, str]


class _Candidate(msgspec.Struct):
    """A folder that may be the assignment's: the names with roles in it, and the definitions that are done.

    `questions` are those of which something is done.
    """

    folder: str
    roles: set[str] = msgspec.field(default_factory=set)
    done: set[tuple[str | None, str]] = msgspec.field(default_factory=set)
    questions: set[str] = msgspec.field(default_factory=set)
    notebooks: int = 0

    def add(self, defined: Iterable[Definition], landmarks: Landmarks) -> None:
        for each in defined:
            name = each.owner or each.name
            self.roles.add(name)
            if each.done:
                self.done.add((each.owner, each.name))
                self.questions.add(landmarks.names[name])

    def completes(self, other: _Candidate) -> bool:
        """Whether it does something that is only a stub in `other`, and nothing that is not asked there.

        A starter completes the work that was done outside of it, by what it holds beside stubs.
        """
        more = self.done - other.done
        if more and {owner or name for owner, name in more} <= other.roles:
            return True
        shared = self.roles & other.roles
        stubs = [name for name in shared if self._done_of(name) < other._done_of(name)]
        return len(stubs) > len(shared) / 2 and not self.roles <= other.roles

    def _done_of(self, name: str) -> int:
        return sum((owner or own) == name for owner, own in self.done)

    def joined(self, other: _Candidate) -> _Candidate:
        return _Candidate(
            _common(self.folder, other.folder),
            self.roles | other.roles,
            self.done | other.done,
            self.questions | other.questions,
            self.notebooks,
        )

    @property
    def size(self) -> tuple[int, int, int]:
        return len(self.questions), len(self.done), len(self.roles)


def find_root(files: Mapping[str, bytes], landmarks: Landmarks) -> Root | None:
    """The folder in which most is done, then the shallowest, then the first by name; None without any work.

    Folders that each hold a part, or that complete what is a stub in the other, are one work.
    """
    candidates = _candidates(files, landmarks)
    if not candidates:
        return None
    ranked = sorted(candidates, key=lambda c: (_depth(c.folder), c.folder))
    ranked.sort(key=lambda c: (c.size, c.notebooks), reverse=True)
    ranked.sort(key=lambda c: _is_other_assignment(c.folder))
    best = ranked[0]
    passed_over = {}
    for other in ranked[1:]:
        if _is_other_assignment(other.folder) and not _is_other_assignment(best.folder):
            passed_over[other.folder] = "another assignment's work"
        elif not other.roles & best.roles or other.completes(best):
            best = best.joined(other)
        else:
            passed_over[other.folder] = f"{_what(best, other)}; {_why(best, other)}"
    return Root(best.folder, {k: v for k, v in passed_over.items() if k != best.folder})


def _what(best: _Candidate, other: _Candidate) -> str:
    """What `other` is, beside `best`."""
    if other.roles <= best.roles:
        return FURTHER_COPY
    return f"{ALSO_DEFINES} {', '.join(sorted(other.roles & best.roles))}"


def _why(best: _Candidate, other: _Candidate) -> str:
    """Why `best` was taken and not `other`."""
    name = "the one at the top" if best.folder == "." else f"{best.folder}/"
    if best.size > other.size:
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
            defined = definitions(source_text(files[path]))
            if with_roles := [each for each in defined if (each.owner or each.name) in landmarks.names]:
                home = landmarks.home(folder)
                found.setdefault(home, _Candidate(home)).add(with_roles, landmarks)
        elif path.lower().endswith(".ipynb") and (
            base.lower() in landmarks.notebooks or hint.search(files[path])
        ):
            rest.setdefault(folder or ".", _Candidate(folder or ".")).notebooks += 1
    for folder, candidate in rest.items():
        if folder in found:
            found[folder].notebooks = candidate.notebooks
    return list((found or rest).values())
