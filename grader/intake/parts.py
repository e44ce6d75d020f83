"""A submission whose files lie apart: loose in a folder among those of others, or inside a zip of a class."""

from __future__ import annotations

import functools
import os
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from grader.intake.handed_in import Member, TooLarge, Unreadable, file_reader

__all__ = ["Part", "opened_zip", "part_members"]


class Part(msgspec.Struct, frozen=True):
    """One file: its name as its author gave it, and where it is; `inside` is its name within a zip."""

    name: str
    path: Path
    inside: str | None = None

    def read(self, limit: int) -> bytes:
        """The content; raises `TooLarge` beyond `limit` bytes, or `Unreadable`."""
        if self.inside is None:
            return file_reader(str(self.path))(limit)
        try:
            with opened_zip(self.path).open(self.inside) as file:
                data = file.read(limit + 1)
        except (OSError, KeyError, RuntimeError, NotImplementedError, EOFError, zipfile.BadZipFile) as error:
            raise Unreadable(f"it cannot be read ({error})") from None
        if len(data) > limit:
            raise TooLarge
        return data


@functools.lru_cache(maxsize=2)
def opened_zip(path: Path) -> zipfile.ZipFile:
    """The zip of a class, whose list is read once.

    Raises:
        OSError, zipfile.BadZipFile: it cannot be read.
    """
    return zipfile.ZipFile(path)


if hasattr(os, "register_at_fork"):
    # A process that reads for the judge closes what the judge holds open, and opens it anew.
    os.register_at_fork(after_in_child=opened_zip.cache_clear)


def part_members(parts: Sequence[Part]) -> Iterator[Member]:
    """The parts as the files of one folder."""
    return (Member(part.name, part.read) for part in parts)
