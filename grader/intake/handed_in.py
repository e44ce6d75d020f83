"""Read what was handed in - a folder, an archive, a notebook - into memory. Nothing is ever unpacked to disk.

Whatever the reader (see `archive`), each thing inside is a `Member`; `collect` decides which are read.
"""

from __future__ import annotations

import os
import posixpath
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from grader.intake.notebooks.read import Notebook
from grader.intake.notebooks.slim import slim_notebook

__all__ = [
    "ARCHIVES",
    "Caps",
    "Collected",
    "Ignored",
    "Member",
    "SubmissionRefused",
    "TooLarge",
    "Unreadable",
    "collect",
    "displayed",
    "file_reader",
    "folder_members",
]

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".7z", ".rar")
_TEXT = (".txt", ".md", ".sh", ".csv", ".json")
_MB = 1 << 20


class SubmissionRefused(Exception):  # noqa: N818 - a finding, shown as it stands
    """Nothing can be graded: one sentence that says what is wrong and what to do.

    Readers raise it with a text that goes on from the name of what was handed in ("is empty; …").
    """


class TooLarge(Exception):  # noqa: N818 - a finding about one member
    """A member holds more than it may."""


class Unreadable(Exception):  # noqa: N818 - a finding about one member
    """A member's content cannot be had; the text is the reason."""


class Ignored(msgspec.Struct, frozen=True, order=True):
    """A file or folder that was not considered, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Caps:
    """What a submission may hold. Real ones stay below a tenth of each."""

    entries: int = 100_000
    total: int = 512 * _MB
    source: int = 2 * _MB
    notebook: int = 150 * _MB
    notebook_kept: int = 20 * _MB  # after saved outputs were dropped
    saved: int = 64 * _MB
    text: int = 256 << 10
    nested: int = 128 * _MB
    depth: int = 24
    data_folders: tuple[str, ...] = ()  # passed over, as are the _TREES


@dataclass(frozen=True)
class Member:
    """One thing in a folder or archive; a `name` ending in `/` is a folder that was not entered.

    `read(limit)` returns the content; raises `TooLarge` beyond `limit` bytes, or `Unreadable`.
    """

    name: str
    read: Callable[[int], bytes]
    problem: str | None = None  # why it cannot be read: a link, a device, …


@dataclass
class Collected:
    """Path → content of the files that count, the archives seen, and what was passed over.

    `notebooks`: those that had to be read already.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    notebooks: dict[str, Notebook] = field(default_factory=dict)
    archives: list[str] = field(default_factory=list)
    ignored: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    other: Counter[str] = field(default_factory=Counter)
    total: int = 0

    def all_ignored(self) -> tuple[Ignored, ...]:
        """Every file or folder passed over, files of no interest summed up by kind."""
        kinds = [Ignored(f"*{kind}", f"not read for grading ({n})") for kind, n in sorted(self.other.items())]
        return (*(Ignored(path, why) for path, why in sorted(self.ignored.items())), *kinds)


def collect(members: Iterable[Member], caps: Caps, only: str | None = None) -> Collected:
    """Read the members that grading can need; or the one whose path is `only`, whatever its kind.

    Raises:
        SubmissionRefused: more entries or bytes than `caps` allow.
    """
    found = Collected()
    for count, member in enumerate(members):
        if count >= caps.entries:
            raise SubmissionRefused(
                f"holds more than {caps.entries:,} files; hand in the assignment's own folder only"
            )
        _take(member, found, caps, only)
        if found.total > caps.total:
            raise SubmissionRefused(
                f"unpacks to more than {caps.total // _MB} MB; hand in the assignment without its data"
            )
    return found


def _take(member: Member, found: Collected, caps: Caps, only: str | None) -> None:
    try:
        path = _plain_path(member.name, caps)
    except ValueError as reason:
        found.ignored[displayed(member.name)] = str(reason)
        return
    if tree := _ignored_tree(path, caps):
        if tree[1]:
            found.ignored[tree[0]] = tree[1]
    elif only is not None:
        if path == only:
            _read(member, path, caps.nested, found)
    elif member.problem:
        found.ignored[path] = member.problem
    elif path.endswith("/"):
        pass
    elif path.lower().endswith(ARCHIVES):
        found.archives.append(path)
    elif path in found.files and (path != member.name or path.lower().endswith(".py.ipynb")):
        found.ignored[displayed(member.name)] = f"{path} was read already"
    elif (limit := _limit(path, caps)) is None:
        found.other[posixpath.splitext(path)[1].lower() or " without suffix"] += 1
    else:
        _read(member, path, limit, found)
        _tidy(path, found, caps)


def _plain_path(name: str, caps: Caps) -> str:
    """`name` relative and normalised, with forward slashes, in Unicode's composed form.

    Raises:
        ValueError: it leads outside, or is no name that a person can read.
    """
    path = unicodedata.normalize("NFC", name.replace("\\", "/"))
    if path.startswith("/") or re.match(r"[A-Za-z]:", path):
        raise ValueError("its path is absolute")
    stripped = [part.strip(" ") or part for part in path.split("/")]
    parts = [part for part in stripped if part not in ("", ".")]
    if ".." in parts:
        raise ValueError("its path leads outside of the submission")
    if len(parts) > caps.depth or len(path) > 1024:
        raise ValueError("its path is too long")
    if not parts or not all(part.isprintable() for part in parts):
        raise ValueError("its name holds unprintable characters")
    return "/".join(parts) + ("/" if path.endswith("/") else "")


def displayed(name: str) -> str:
    """`name` as text that does nothing to a terminal or an encoder."""
    return "".join(c if c.isprintable() else "\ufffd" for c in name)[:200]


#: Folders that are never the work itself. An empty reason is not worth telling.
_TREES = {
    "__pycache__": "",
    "__MACOSX": "files of the Mac's Finder",
    ".ipynb_checkpoints": "Jupyter's automatic copies",
    "site-packages": "an installed Python environment",
    "dist-packages": "an installed Python environment",
    "node_modules": "installed packages",
    "venv": "an installed Python environment",
    "datasets": "data",
}


def _ignored_tree(path: str, caps: Caps) -> tuple[str, str] | None:
    """The outermost folder or hidden file on `path` that is not considered, and why."""
    parts = path.split("/")
    for i, part in enumerate(parts):
        folder = i < len(parts) - 1
        reason = ("data" if part in caps.data_folders else _TREES.get(part)) if folder else None
        if reason is None and part.startswith("."):
            reason = "" if part in (".DS_Store", ".gitignore", ".gitattributes", ".gitkeep") else "hidden"
        if reason is None and re.fullmatch(r"python\d(\.\d+)?", part) and i and parts[i - 1] == "lib":
            reason = "an installed Python environment"
        if reason is not None:
            return "/".join(parts[: i + 1]) + ("/" if i < len(parts) - 1 else ""), reason
    return None


def _limit(path: str, caps: Caps) -> int | None:
    """The bytes that the file may have, None when grading does not read its kind."""
    suffix = posixpath.splitext(path)[1].lower()
    if suffix == ".npy":
        return caps.saved if "saved" in path.split("/")[:-1] else None
    if suffix in _TEXT:
        return caps.text
    return {".py": caps.source, ".ipynb": caps.notebook}.get(suffix)


def _read(member: Member, path: str, limit: int, found: Collected) -> None:
    try:
        data = member.read(limit)
    except TooLarge:
        found.ignored[path] = f"larger than {_size(limit)}"
        found.total += limit
        return
    except Unreadable as reason:
        found.ignored[path] = str(reason)
        return
    found.total += len(data)
    found.files[path] = data


def _size(count: int) -> str:
    return f"{count // _MB} MB" if count >= _MB else f"{count >> 10} kB"


#: A notebook under a module's name, as Colab's menu saves one.
_NOTEBOOK = re.compile(rb'\s*\{\s*"(?:cells|metadata|nbformat|nbformat_minor)"\s*:')


def _tidy(path: str, found: Collected, caps: Caps) -> None:
    """Slim a notebook; put aside what is not what its name says."""
    data = found.files.get(path)
    if data is None:
        return
    if path.lower().endswith(".py") and _NOTEBOOK.match(data):
        if f"{path}.ipynb" in found.files:
            _put_aside(path, "a notebook, not Python, beside one of the same name", found)
            return
        del found.files[path]
        found.notes.append(f"{path} holds a notebook, not Python, and was read as one")
        path += ".ipynb"
    if is_lfs_pointer(data):
        _put_aside(path, "a Git LFS pointer, not the file's content", found)
    elif path.lower().endswith(".ipynb"):
        found.files[path] = data = slim_notebook(data)
        if len(data) > caps.notebook_kept:
            _put_aside(path, f"larger than {_size(caps.notebook_kept)} without its saved outputs", found)
        elif not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            _put_aside(path, "not a notebook: it does not hold JSON", found)


def _put_aside(path: str, reason: str, found: Collected) -> None:
    del found.files[path]
    found.ignored[path] = reason


def is_lfs_pointer(data: bytes) -> bool:
    """Whether Git left the address of the file in place of the file."""
    return data.startswith(b"version https://git-lfs")


def folder_members(root: Path, caps: Caps) -> Iterator[Member]:
    """The folder's files in order of their names; links are followed only to files inside of it."""
    inside = os.path.realpath(root)
    pending = [(str(root), "")]
    while pending:
        folder, shown = pending.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield Member(shown, _nothing, f"it cannot be read ({displayed(str(error.strerror))})")
            continue
        deeper = []
        for entry in entries:
            name = shown + os.fsencode(entry.name).decode("utf-8", "replace")
            if not entry.is_dir(follow_symlinks=False):
                yield Member(name, file_reader(entry.path), _file_problem(entry, inside))
            elif _ignored_tree(name + "/", caps) or name.count("/") >= caps.depth:
                yield Member(name + "/", _nothing)
            else:
                deeper.append((entry.path, name + "/"))
        pending += reversed(deeper)


def _nothing(limit: int) -> bytes:
    return b""


def _file_problem(entry: os.DirEntry[str], inside: str) -> str | None:
    if entry.is_symlink():
        try:
            target = os.path.realpath(entry.path)
        except OSError:  # as /proc has for processes of others
            return "a link that cannot be followed"
        if not target.startswith(inside + os.sep):
            return "a link that leads outside of the submission"
        return None if os.path.isfile(target) else "a link to no file"  # noqa: PTH113 - realpath's text
    return None if entry.is_file(follow_symlinks=False) else "neither a file nor a folder"


def file_reader(path: str) -> Callable[[int], bytes]:
    """How a `Member` reads the file at `path`."""

    def read(limit: int) -> bytes:
        try:
            with Path(path).open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                data = file.read(size + 1) if size <= limit else b""
        except OSError as error:
            raise Unreadable(f"it cannot be read ({displayed(str(error.strerror))})") from None
        if max(size, len(data)) > limit:
            raise TooLarge
        return data

    return read
