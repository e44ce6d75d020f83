"""A worker's own writable directory where it cannot have a file system of its own: made, watched, removed."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

__all__ = ["Overfull", "Workplace", "remove_tree"]


_LONGEST_PATH = 3500


class Overfull(Exception):  # noqa: N818 - a finding about the worker
    """More was written than is allowed."""


class Workplace:
    """A directory that belongs to the worker's user. It holds at most `most_bytes` in `most_entries`."""

    def __init__(self, path: Path, uid: int | None, most_bytes: int, most_entries: int) -> None:
        self.path = path
        self.most_bytes, self.most_entries = most_bytes, most_entries
        path.mkdir(mode=0o700)
        try:
            if uid is not None:
                os.chown(path, uid, uid)
        except BaseException:
            path.rmdir()
            raise

    def check(self) -> None:
        """Measure what is in it.

        Raises:
            Overfull: too much, too many, or nested too deeply.
        """
        size = count = 0
        folders = [str(self.path)]
        while folders:
            folder = folders.pop()
            # Beyond what a path may have, nothing could be measured.
            if len(os.fsencode(folder)) > _LONGEST_PATH:
                raise Overfull
            with contextlib.suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:
                    with contextlib.suppress(OSError):
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
                        if entry.is_dir(follow_symlinks=False):
                            folders.append(entry.path)
                    count += 1
                    if size > self.most_bytes or count > self.most_entries:
                        raise Overfull

    def remove(self) -> None:
        """Remove it with all that is in it."""
        remove_tree(self.path)


def remove_tree(top: Path) -> None:
    """Remove a directory that somebody may have made hard to remove: closed, or nested very deeply.

    Each round lifts the folders of the second storey to the first, so that no path grows long.
    """
    with contextlib.suppress(FileNotFoundError):
        while folders := [entry for entry in _open_up(top) if _is_folder(entry)]:
            for folder in folders:
                for entry in _open_up(folder):
                    if _is_folder(entry):
                        # An ordinary user may move a folder only if he may write in it.
                        entry.chmod(0o700)
                        entry.rename(top / secrets.token_hex(16))
                    else:
                        entry.unlink()
                folder.rmdir()
        for entry in top.iterdir():
            entry.unlink()
        top.rmdir()


def _open_up(folder: Path) -> list[Path]:
    folder.chmod(0o700)
    return list(folder.iterdir())


def _is_folder(path: Path) -> bool:
    return stat.S_ISDIR(path.lstat().st_mode)
