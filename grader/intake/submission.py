"""What a student handed in: find submissions, and open one."""

from __future__ import annotations

import hashlib
import posixpath
import re
import stat
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import msgspec

from grader.intake.handed_in import ARCHIVES, Caps, Collected, Ignored, SubmissionRefused, displayed
from grader.intake.landmarks import Landmarks
from grader.intake.notebooks.read import Notebook
from grader.intake.parts import Part
from grader.intake.roots import ALSO_DEFINES, FURTHER_COPY, OUTSIDE, Root, find_root
from grader.intake.unpack import LONE, mode_of, read_handed_in, read_parts

__all__ = [
    "OWN_FOLDER",
    "Entry",
    "Submission",
    "SubmissionRefused",
    "discover",
    "followed",
    "is_submission",
    "left_out",
    "named",
    "open_submission",
    "single",
]

#: How one student names several folders of their own.
OWN_FOLDER = re.compile(
    r"(?i)assignment|homework|hw|\bp?[as]\d|backup|copy|old|new|final|version|\bv\d|solution|starter"
)
_LITTER = frozenset(["__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini"])
#: Files of a batch's own, beside the folders named by submissions.
_RESERVED = frozenset(
    ["gradebook.csv", "manual.csv", "mistakes.csv", "overrides.toml", "class.json", "secret_seed.txt"]
)
#: In bytes; a file system takes 255, and a number may follow.
_LONGEST_NAME = 200
#: Lists that systems put beside the work of students.
_METADATA = (".csv", ".yml", ".yaml", ".json", ".toml")
_MOST_LEFT_OUT = 10


class Entry(msgspec.Struct, frozen=True):
    """One submission to be: its id (the entry's own name) and where it lies, as a whole or in parts."""

    id: str
    path: Path
    parts: tuple[Part, ...] = ()


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """What one student handed in, in memory.

    `root` is the assignment's folder within what was handed in ("." when the same). `files` maps paths
    relative to it to contents, and `sha256` covers them; a folder and its archive agree. `notebooks` are
    those that had to be read to open it: a lone one.
    """

    id: str
    path: Path
    root: str
    files: Mapping[str, bytes]
    sha256: str
    ignored: tuple[Ignored, ...] = ()
    notes: tuple[str, ...] = ()
    notebooks: Mapping[str, Notebook] = {}


def discover(*paths: Path, landmarks: Landmarks, output: Path | None = None) -> list[Entry]:
    """What the PATHs of a command stand for: each is one submission, or a folder with one an entry.

    Ids are unique also where a file system tells no case; equal names get a number. The folder `output`, for
    the results, is no submission.

    Raises:
        SubmissionRefused: a path does not exist, or is a folder with nothing in it.
    """
    places = [place for path in paths for place in _places(path, landmarks, output)]
    return [Entry(name, place) for name, place in zip(named(map(_own_name, places)), places, strict=True)]


def followed(path: Path) -> Path:
    """A path that a person named, without the link that it may be."""
    try:
        return path.resolve(strict=True) if path.is_symlink() else path
    except (OSError, RuntimeError):  # too long a name, a loop: refused where it is read
        return path


def named(names: Iterable[str]) -> list[str]:
    """Names for folders, in order: harmless, short enough, and unique also where no case is told."""
    used: set[str] = set()
    found = []
    for name in names:
        identity = base = _identity(name)
        number = 2
        while identity.casefold() in used:
            identity, number = f"{base}-{number}", number + 1
        used.add(identity.casefold())
        found.append(identity)
    return found


def _places(path: Path, landmarks: Landmarks, output: Path | None) -> list[Path]:
    if not stat.S_ISDIR(_mode(path)):
        return [path]
    try:
        inside = sorted(
            item for item in path.iterdir() if not _is_litter(item) and not _is_same(item, output)
        )
    except OSError as error:
        raise SubmissionRefused(f"{displayed(str(path))} cannot be read ({error.strerror})") from None
    if not inside:
        raise SubmissionRefused(f"{displayed(str(path))} is empty; name the folder that holds the work")
    return [path] if is_submission(path, landmarks) else inside


def is_submission(folder: Path, landmarks: Landmarks) -> bool:
    """Whether a folder is one submission: by its top level, or because its folders each hold another part."""
    try:
        inside = list(folder.iterdir())
        return any(_is_one(item, landmarks) for item in inside) or _are_parts(inside, landmarks)
    except OSError:
        return False


def _are_parts(inside: Collection[Path], landmarks: Landmarks) -> bool:
    """Whether of several folders each holds files of the work that no other has; students' would be alike.

    Folders that one student keeps beside those, like the starter's, hold the same and do not count.
    """
    lone = [item.name for item in inside if item.name.lower().endswith((*ARCHIVES, *LONE))]
    if not all(map(landmarks.is_like_notebook, lone)):
        return False
    parts: list[set[str]] = []
    for folder in inside:
        if not folder.is_dir() or _is_litter(folder) or OWN_FOLDER.search(folder.name):
            continue
        held = _work_in(folder, landmarks)
        if any(held & part for part in parts):
            return False
        parts += [held] if held else []
    return len(parts) > 1


def _work_in(folder: Path, landmarks: Landmarks) -> set[str]:
    """The names of the files of the work in a folder and those in it, not far down."""
    levels = ("*", "*/*", "*/*/*", "*/*/*/*")
    return {file.name for level in levels for file in folder.glob(level) if landmarks.is_work(file.name)}


def _is_same(item: Path, output: Path | None) -> bool:
    return output is not None and output.exists() and item.exists() and item.samefile(output)


def _is_litter(item: Path) -> bool:
    if item.name.startswith(".") or item.name in _LITTER:
        return True
    return item.suffix.lower() in _METADATA and item.is_file()


def _is_one(item: Path, landmarks: Landmarks) -> bool:
    """Whether `item` at the top of a folder makes that folder one submission."""
    if item.name == landmarks.package:
        return item.is_dir()
    if item.name in landmarks.folders:
        return item.is_dir() and any(landmarks.is_work(file.name) for file in item.iterdir())
    return landmarks.is_work(item.name) and item.is_file()


def _own_name(path: Path) -> str:
    name = path.name or path.resolve().name
    suffix = next((end for end in (*ARCHIVES, *LONE) if name.lower().endswith(end)), "")
    if suffix and not path.is_dir():
        name = name[: -len(suffix)]
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _identity(name: str) -> str:
    name = displayed(unicodedata.normalize("NFC", name).replace("/", "-")).strip(". ")
    name = name.encode()[:_LONGEST_NAME].decode(errors="ignore").strip()
    return f"{name}-1" if name.casefold() in _RESERVED else name or "submission"


def single(path: Path) -> Entry:
    """The one submission that PATH is taken for, wherever in it the assignment lies.

    Raises:
        SubmissionRefused: the path does not exist.
    """
    _mode(path)
    return Entry(_identity(_own_name(path)), followed(path))


def _mode(path: Path) -> int:
    try:
        return mode_of(path)
    except SubmissionRefused as reason:
        raise SubmissionRefused(f"{displayed(str(path))} {reason}") from None


#: Of a class's entries; a link that a person names is followed before.
_A_LINK = "is a link, which may lead to another's work: put the files themselves there"


def open_submission(entry: Entry, landmarks: Landmarks, caps: Caps | None = None) -> Submission:
    """Read one submission into memory and find the assignment in it.

    Raises:
        SubmissionRefused: one sentence: what is wrong and what to do.
    """
    try:
        if entry.path.is_symlink() and entry.path.exists():
            raise SubmissionRefused(_A_LINK)
        caps = caps or Caps(data_folders=landmarks.data_folders)
        found = read_parts(entry.parts, caps) if entry.parts else read_handed_in(entry.path, caps)
        root = find_root(found.files, landmarks)
        if root is None:
            raise SubmissionRefused(_nothing_found(found, landmarks))
    except SubmissionRefused as reason:
        raise SubmissionRefused(f"{_shown(entry.path)} {reason}") from None
    return _assemble(entry, found, root)


def _shown(path: Path) -> str:
    return displayed(path.name or str(path)) if path != Path() else "the current folder"


def _assemble(entry: Entry, found: Collected, root: Root) -> Submission:
    prefix = "" if root.path == "." else root.path + "/"
    ignored = [Ignored(folder + "/", why) for folder, why in root.passed_over.items()]
    away = tuple(folder + "/" for folder in root.passed_over if folder.startswith(prefix))
    files = {
        path[len(prefix) :]: data
        for path, data in sorted(found.files.items())
        if path.startswith(prefix) and not path.startswith(away)
    }
    return Submission(
        id=entry.id,
        path=entry.path,
        root=root.path,
        files=files,
        sha256=_digest(files),
        ignored=(*ignored, *found.all_ignored()),
        notes=tuple(found.notes),
        notebooks=found.notebooks,
    )


def left_out(submission: Submission) -> list[str]:
    """A sentence for each module, notebook or copy of the work that could not be, or was not, considered."""
    missed = [item for item in submission.ignored if _is_missed(item)]
    return [f"{item.path} was not considered: {item.reason}" for item in missed[:_MOST_LEFT_OUT]]


def _is_missed(item: Ignored) -> bool:
    if item.reason.startswith((ALSO_DEFINES, FURTHER_COPY, OUTSIDE)):
        return True
    return item.path.lower().endswith(LONE) and not posixpath.basename(item.path).startswith((".", "*"))


def _nothing_found(found: Collected, landmarks: Landmarks) -> str:
    if not (found.files or found.ignored or found.other):
        return "is empty; hand in the assignment's folder"
    for path, reason in sorted(found.ignored.items()):
        if landmarks.is_work(posixpath.basename(path)):
            return f"has no work that can be graded ({path}: {reason}); hand in the files themselves"
    return f"does not hold the assignment; expected {landmarks.expected}"


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for path, data in sorted(files.items()):
        name = path.encode()
        digest.update(b"%d:%s%d:" % (len(name), name, len(data)))
        digest.update(data)
    return digest.hexdigest()
