"""Find the assignment's folder inside what was handed in, and say which other candidates were passed over."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from grader.intake.landmarks import Landmarks
from grader.intake.roles import Definition, definitions, source_text

__all__ = ["ALSO_DEFINES", "FURTHER_COPY", "OUTSIDE", "Root", "find_root"]

FURTHER_COPY = "a further copy of the assignment"
ALSO_DEFINES = "it also defines"
OUTSIDE = "notebooks with the assignment's names"

#: A folder for another of the course's assignments.
_OTHER_ASSIGNMENT = re.compile(
    r"(?i)^(.*[^a-z])?(assignment|assign|homework|hw|ps|as|a)[ _-]*[2-9]([^0-9].*)?$"
)


class Root(msgspec.Struct, frozen=True):
    """The assignment's folder (`.` or relative); `passed_over` maps other folders to the reason."""

    path: str
    passed_over: dict[str, str]


class _Candidate(msgspec.Struct):
    """A folder that may be the assignment's: the names with roles in it, and what is asked, by question.

    `done` is what of this computes something; a starter has such lines, too, in a few functions.
    """

    folder: str
    roles: set[str] = msgspec.field(default_factory=set)
    asked: dict[tuple[str | None, str], str] = msgspec.field(default_factory=dict)
    done: set[tuple[str | None, str]] = msgspec.field(default_factory=set)
    notebooks: int = 0

    def add(self, defined: Iterable[Definition], landmarks: Landmarks) -> None:
        for each in defined:
            name, place = each.owner or each.name, (each.owner, each.name)
            self.roles.add(name)
            if place in landmarks.asked:
                self.asked[place] = landmarks.names[name]
                if each.done:
                    self.done.add(place)

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
            self.asked | other.asked,
            self.done | other.done,
            self.notebooks,
        )

    @property
    def size(self) -> tuple[int, int, int]:
        """Questions of which most is done, what is done, and what is there."""
        there, done = Counter(self.asked.values()), Counter(self.asked[place] for place in self.done)
        return (
            sum(2 * done[question] > there[question] for question in there),
            len(self.done),
            len(self.roles),
        )


def find_root(files: Mapping[str, bytes], landmarks: Landmarks) -> Root | None:
    """The folder in which most is done, then the shallowest, then the first by name; None without any work.

    Folders that each hold a part, or that complete what is a stub in the other, are one work.
    """
    candidates, notebooks_only = _candidates(files, landmarks)
    if not candidates:
        return None
    later = {c.folder for c in candidates if _comes_later(c.folder, candidates)}
    ranked = sorted(candidates, key=lambda c: (_depth(c.folder), c.folder))
    ranked.sort(key=lambda c: (c.size, c.notebooks), reverse=True)
    ranked.sort(key=lambda c: c.folder in later)
    best = ranked[0]
    passed_over = {}
    for other in ranked[1:]:
        if other.folder in later and best.folder not in later:
            passed_over[other.folder] = "another assignment's work"
        elif not other.roles & best.roles or other.completes(best) or _imports(files, best, other):
            best = best.joined(other)
        else:
            passed_over[other.folder] = f"{_what(best, other)}; {_why(best, other)}"
    for folder in notebooks_only:
        if not _is_in(folder, [best.folder, *passed_over]) and not _is_other_assignment(folder):
            passed_over[folder] = f"{OUTSIDE}, outside of {best.folder}/, where the modules are"
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


def _comes_later(folder: str, candidates: Iterable[_Candidate]) -> bool:
    """Whether another assignment's work is in it: by its name, or as `2` beside a whole `1`."""
    first = "/".join("1" if re.fullmatch("[2-9]", part) else part for part in folder.split("/"))
    beside = first != folder and any(c.folder == first and len({*c.asked.values()}) > 1 for c in candidates)
    return beside or _is_other_assignment(folder)


def _imports(files: Mapping[str, bytes], best: _Candidate, other: _Candidate) -> bool:
    """Whether modules of `best` import from `other`'s folder, as from a package of their own."""
    if other.folder == best.folder or not _is_in(other.folder, [best.folder]):
        return False
    package = posixpath.relpath(other.folder, best.folder).replace("/", ".")
    line = re.compile(rf"(?m)^[ \t]*(?:from|import)[ \t]+\.*{re.escape(package)}\b".encode())
    own = (
        p for p in files if p.endswith(".py") and _is_in(p, [best.folder]) and not _is_in(p, [other.folder])
    )
    return any(line.search(files[path]) for path in own)


def _is_in(path: str, folders: Iterable[str]) -> bool:
    return any(folder in (".", path) or path.startswith(folder + "/") for folder in folders)


def _common(a: str, b: str) -> str:
    if "." in (a, b):
        return "."
    return posixpath.commonpath([a, b]) or "."


def _candidates(files: Mapping[str, bytes], landmarks: Landmarks) -> tuple[list[_Candidate], list[str]]:
    """Folders that hold roles, and those with standard notebooks alone, which are none.

    They are, when no module has any role, or all that have some are of other assignments.
    """
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
    alone = {folder: candidate for folder, candidate in rest.items() if folder not in found}
    if all(map(_is_other_assignment, found)):
        found |= {
            folder: each for folder, each in alone.items() if not (found and _is_other_assignment(folder))
        }
    return list(found.values()), [folder for folder in alone if folder not in found]
