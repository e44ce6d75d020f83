"""The members of zip and tar archives, one by one, trusting nothing that they say about themselves."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from typing import IO, Protocol, cast

from grader.intake.handed_in import Member, SubmissionRefused, TooLarge, Unreadable

__all__ = ["archive_members"]

_CHUNK = 1 << 20
#: A central directory of 8 MB lists about 100,000 files.
_MAX_DIRECTORY = 8 << 20
#: Notebooks full of text shrink 20 times at best.
_MAX_RATIO = 250
_MAX_UNPACKED = 1 << 30
_BOMB = "unpacks to hundreds of times its size; hand in the plain files of the assignment"
_DAMAGED = "is damaged or cut off; make the archive again and hand it in anew"
_OTHER = {
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"%PDF": "a PDF document",
}


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def archive_members(file: IO[bytes], size: int) -> Iterator[Member]:
    """The members of the archive in `file` (`size` bytes), known by its content, not its name.

    Raises:
        SubmissionRefused: no archive that can be read; damaged, cut off, encrypted, or a bomb.
    """
    start = file.read(512)
    file.seek(0)
    members = _choose(start)
    try:
        yield from members(file, size)
    except SubmissionRefused:
        raise
    except Exception:  # noqa: BLE001 - a damaged archive can raise nearly everything
        raise SubmissionRefused(_DAMAGED) from None


def _choose(start: bytes) -> Callable[[IO[bytes], int], Iterator[Member]]:
    if not start:
        raise SubmissionRefused("is empty (0 bytes); hand it in again")
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zip_members
    if start.startswith(b"\x1f\x8b"):
        return lambda file, size: _tar_members(gzip.GzipFile(fileobj=file), size)
    if start.startswith(b"BZh"):
        return lambda file, size: _tar_members(bz2.BZ2File(file), size)
    if start.startswith(b"\xfd7zXZ\0"):
        return lambda file, size: _tar_members(lzma.LZMAFile(file), size)
    if start[257:262] == b"ustar":
        return lambda file, size: _tar_members(file, max(size, 1))
    for magic, what in _OTHER.items():
        if start.startswith(magic):
            raise SubmissionRefused(f"is {what}; hand in a folder, a .zip, a .tar.gz or a notebook")
    raise SubmissionRefused(
        "is no archive or notebook that can be read; hand in a folder, a .zip or a .tar.gz"
    )


class _BoundedDirectory(io.RawIOBase):
    """Hands on to `file`, but not for a read as large as only a forged central directory asks for."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def read(self, size: int = -1, /) -> bytes:
        if size > _MAX_DIRECTORY:
            raise SubmissionRefused("lists more files than any assignment has; hand in the assignment only")
        return self.file.read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def seekable(self) -> bool:
        return True


def _zip_members(file: IO[bytes], size: int) -> Iterator[Member]:
    with zipfile.ZipFile(cast(IO[bytes], _BoundedDirectory(file))) as archive:  # has all that it uses
        for info in archive.infolist():
            if info.flag_bits & 1:
                raise SubmissionRefused("is protected by a password; hand in an archive without one")
            yield Member(_zip_name(info), _zip_reader(archive, info), _zip_problem(info))


def _zip_name(info: zipfile.ZipInfo) -> str:
    """The name in Unicode: old tools write UTF-8 without the flag that says so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _zip_problem(info: zipfile.ZipInfo) -> str | None:
    kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system == 3 else 0
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "a link" if kind == stat.S_IFLNK else "neither a file nor a folder"
    if info.file_size > _CHUNK and info.file_size > _MAX_RATIO * max(info.compress_size, 1):
        return "it unpacks to hundreds of times its size"
    return None


def _zip_reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        try:
            with archive.open(info) as member:
                return _read_up_to(member, limit)
        except NotImplementedError:
            raise Unreadable("packed by a method that cannot be read here") from None
        except TooLarge:
            raise
        except Exception:  # noqa: BLE001 - damaged data can raise nearly everything
            raise Unreadable("damaged in the archive") from None

    return read


class _Bounded:
    """A decompressing file that refuses to go on when the content outgrows the archive beyond reason."""

    def __init__(self, file: _Readable, size: int) -> None:
        self.file = file
        self.count = 0
        self.limit = min(_MAX_UNPACKED, max(size * _MAX_RATIO, 16 * _CHUNK))

    def read(self, size: int, /) -> bytes:
        data = self.file.read(size)
        self.count += len(data)
        if self.count > self.limit:
            raise SubmissionRefused(_BOMB)
        return data


def _tar_members(file: _Readable, size: int) -> Iterator[Member]:
    bounded = cast(IO[bytes], _Bounded(file, size))
    with tarfile.open(fileobj=bounded, mode="r|", errorlevel=2) as archive:
        for info in archive:
            yield Member(info.name + "/" * info.isdir(), _tar_reader(archive, info), _tar_problem(info))


def _tar_problem(info: tarfile.TarInfo) -> str | None:
    if info.issym() or info.islnk():
        return "a link"
    return None if info.isreg() or info.isdir() else "neither a file nor a folder"


def _tar_reader(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        if info.size > limit:
            raise TooLarge
        try:
            member = archive.extractfile(info)
            return _read_up_to(member, limit) if member else b""
        except (TooLarge, SubmissionRefused):
            raise
        except Exception:  # noqa: BLE001 - as in `archive_members`; a stream has no way on from here
            raise SubmissionRefused(_DAMAGED) from None

    return read


def _read_up_to(file: IO[bytes], limit: int) -> bytes:
    pieces: list[bytes] = []
    count = 0
    while data := file.read(_CHUNK):
        count += len(data)
        if count > limit:
            raise TooLarge
        pieces.append(data)
    return b"".join(pieces)
