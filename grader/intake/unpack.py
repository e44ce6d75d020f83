"""From a path to the files that count: a folder, an archive (also within one), a lone notebook or module."""

from __future__ import annotations

import errno
import io
import stat
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from grader.intake.archive import archive_members
from grader.intake.handed_in import (
    ARCHIVES,
    Caps,
    Collected,
    Member,
    SubmissionRefused,
    TooLarge,
    Unreadable,
    collect,
    file_reader,
    folder_members,
)
from grader.intake.notebooks.read import read_notebook
from grader.intake.parts import Part, part_members

__all__ = ["LONE", "mode_of", "read_handed_in", "read_parts"]

#: A file of one of these kinds is a submission by itself.
LONE = (".ipynb", ".py")


def mode_of(path: Path) -> int:
    """The file mode of what `path` leads to.

    Raises:
        SubmissionRefused: there is nothing, or it cannot be reached.
    """
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        hint = "the link leads nowhere" if path.is_symlink() else "check the spelling"
        raise SubmissionRefused(f"does not exist; {hint}") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise SubmissionRefused("is a link that leads to itself; name the folder instead") from None
        raise SubmissionRefused(f"cannot be read ({error.strerror}); check its permissions") from None
    except ValueError:
        raise SubmissionRefused("is no path; check the spelling") from None


def read_handed_in(path: Path, caps: Caps) -> Collected:
    """The files at `path` that count.

    Raises:
        SubmissionRefused: it cannot be read, or should not be.
    """
    mode = mode_of(path)
    if stat.S_ISDIR(mode):
        return _open(lambda: folder_members(path, caps), caps)
    if not stat.S_ISREG(mode):
        raise SubmissionRefused("is neither a file nor a folder; name the folder or the archive")
    if path.suffix.lower() in LONE:
        return _read_lone(path, caps)
    try:
        with path.open("rb") as file:
            return _open(lambda: archive_members(file, path.stat().st_size), caps)
    except OSError as error:
        raise SubmissionRefused(f"cannot be read ({error.strerror}); check its permissions") from None


def read_parts(parts: Sequence[Part], caps: Caps) -> Collected:
    """The files that count of a submission in parts; a lone archive is opened, as a file of its own would be.

    Raises:
        SubmissionRefused: it cannot be read, or should not be.
    """
    if len(parts) > 1 or not parts[0].name.lower().endswith(ARCHIVES):
        return _open(lambda: part_members(parts), caps)
    try:
        data = parts[0].read(caps.total)
    except TooLarge:
        raise SubmissionRefused(
            f"is larger than {caps.total >> 20} MB; hand in the work without its data"
        ) from None
    except Unreadable as reason:
        raise SubmissionRefused(f"cannot be opened: {reason}") from None
    return _open(lambda: archive_members(io.BytesIO(data), len(data)), caps)


def _read_lone(path: Path, caps: Caps) -> Collected:
    found = collect([Member(path.name, file_reader(str(path)))], caps)
    if found.ignored:
        reason = next(iter(found.ignored.values()))
        raise SubmissionRefused(f"cannot be graded ({reason}); hand in the file itself, as it was saved")
    if path.suffix.lower() == ".ipynb":
        found.notebooks = {name: read_notebook(name, data) for name, data in found.files.items()}
        if any(notebook.foreign for notebook in found.notebooks.values()):
            raise SubmissionRefused("is not a notebook, or cut off; hand in the file as Jupyter saved it")
    return found


def _open(members: Callable[[], Iterable[Member]], caps: Caps) -> Collected:
    """What the members hold; of an archive that is all that there is, what it holds."""
    found = collect(members(), caps)
    if any(name.lower().endswith(LONE) for name in found.files):
        for name in found.archives:
            found.ignored[name] = "an archive beside the plain files"
        return found
    if not found.archives:
        return found
    if len(found.archives) > 1:
        names = ", ".join(found.archives[:4])
        raise SubmissionRefused(f"holds several archives and no plain files ({names}); hand in one")
    name = found.archives[0]
    inner = collect(members(), caps, only=name).files.get(name)
    if inner is None:
        raise SubmissionRefused(
            f"holds only the archive {name}, which cannot be read; hand in the plain files"
        )
    try:
        opened = collect(archive_members(io.BytesIO(inner), len(inner)), caps)
    except SubmissionRefused as reason:
        raise SubmissionRefused(f"holds only the archive {name}, which {reason}") from None
    opened.notes.append(f"the archive {name} inside was opened")
    for inside in opened.archives:
        opened.ignored[inside] = "an archive within an archive"
    opened.ignored |= found.ignored
    return opened
