"""Bring CIFAR-10 from its home page into the cache: checked, resumed where it broke off, unpacked safely."""

from __future__ import annotations

import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from grader.assignment1.data.batch_writer import FOLDER, TEST_BATCH, TRAIN_BATCHES
from grader.assignment1.data.cache import DataError, cache_folder, cached

__all__ = ["ARCHIVE", "CIFAR10_ENTRY", "Archive", "fetch", "unpack"]

CIFAR10_ENTRY = "cifar-10"
_MEMBERS = (*TRAIN_BATCHES, TEST_BATCH, "batches.meta")
_MAX_MEMBER = 64 * 2**20
_CHUNK = 2**16
_TIMEOUT = (10, 30)  # seconds to connect, and between two pieces

Progress = Callable[[int, int], None]


def _silent(_done: int, _total: int) -> None:
    pass


@dataclass(frozen=True)
class Archive:
    """Where the archive is and what it must be."""

    url: str
    md5: str
    size: int


ARCHIVE = Archive(
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz", "c58f30108f718f92721af3b95e74349a", 170_498_071
)


def fetch(progress: Progress = _silent, archive: Archive = ARCHIVE) -> Path:
    """The folder `cifar-10-batches-py` in the cache, downloaded unless it is there.

    `progress` hears the bytes that are there and the bytes there will be. Raises DataError.
    """
    return cached(CIFAR10_ENTRY, lambda fresh: _download(fresh, progress, archive)) / FOLDER


def _download(fresh: Path, progress: Progress, archive: Archive) -> None:
    import pooch  # with requests, 150 ms that only this command needs
    import requests

    pooch.get_logger().setLevel("WARNING")
    partial = cache_folder() / f"{Path(urlsplit(archive.url).path).name}.{archive.md5[:8]}.download"
    try:
        packed = pooch.retrieve(
            archive.url,
            f"md5:{archive.md5}",
            fname="archive.tar.gz",
            path=fresh,
            downloader=_Resuming(partial, progress, archive.size),
        )
    except (requests.RequestException, ConnectionError) as error:
        raise DataError(_unreachable(archive, partial, error)) from None
    except ValueError:
        partial.unlink(missing_ok=True)
        raise DataError(
            f"what {archive.url} sent is not CIFAR-10 (its MD5 is another); it was deleted, try again"
        ) from None
    unpack(Path(packed), fresh / FOLDER)
    Path(packed).unlink()
    partial.unlink(missing_ok=True)


def _unreachable(archive: Archive, partial: Path, error: Exception) -> str:
    host = urlsplit(archive.url).hostname
    response = getattr(error, "response", None)
    why = f"answered {response.status_code}" if response is not None else "cannot be reached"
    kept = ", going on from what has arrived" if partial.exists() else ""
    return f"CIFAR-10 was not downloaded: {host} {why}; try again later{kept}, or use --data synthetic"


class _Resuming:
    """Downloads for pooch; what has arrived stays in `partial` until the whole file is there and right."""

    def __init__(self, partial: Path, progress: Progress, size: int) -> None:
        self._partial = partial
        self._progress = progress
        self._size = size

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        have = self._partial.stat().st_size if self._partial.exists() else 0
        if have < self._size:
            self._continue(url, have)
        with self._partial.open("rb") as arrived, Path(output_file).open("wb") as output:
            _copy(arrived, output, self._size)

    def _continue(self, url: str, have: int) -> None:
        import requests

        headers = {"Range": f"bytes={have}-", "Accept-Encoding": "identity"} if have else {}
        with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as response:
            response.raise_for_status()
            resumed = response.status_code == 206  # partial content; otherwise it is the whole file
            with self._partial.open("ab" if resumed else "wb") as file:
                self._receive(response, file, have if resumed else 0)

    def _receive(self, response: Any, file: IO[bytes], have: int) -> None:
        for piece in response.iter_content(_CHUNK):
            have += len(piece)
            if have > self._size:
                raise ValueError("more than there should be")
            file.write(piece)
            self._progress(have, self._size)
        if have < self._size:
            raise ConnectionError("it broke off")


def _copy(source: IO[bytes], target: IO[bytes], limit: int) -> None:
    while limit > 0 and (piece := source.read(min(_CHUNK, limit))):
        target.write(piece)
        limit -= len(piece)


def unpack(packed: Path, folder: Path) -> None:
    """Take the files of the course's layout out of a tar archive; other members are left where they are."""
    wanted = {f"{FOLDER}/{name}": folder / name for name in _MEMBERS}
    folder.mkdir()
    try:
        with tarfile.open(packed) as archive:
            for member in archive:
                if member.name in wanted and member.isreg() and member.size <= _MAX_MEMBER:
                    source = archive.extractfile(member)
                    with wanted.pop(member.name).open("xb") as target:
                        _copy(_opened(source), target, member.size)
    except (tarfile.TarError, zlib.error, EOFError, ValueError) as error:
        raise DataError(f"the archive of CIFAR-10 is damaged ({error})") from None
    if wanted:
        raise DataError(f"the archive of CIFAR-10 lacks {min(wanted)}")


def _opened(source: IO[bytes] | None) -> IO[bytes]:
    if source is None:
        raise ValueError("a member is no file")
    return source
