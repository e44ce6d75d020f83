"""Folders that are made once and then only read: in the user's cache, whole or not there at all.

A folder is built under another name and renamed when it is complete, under a lock, so that two processes
make it once. A manifest in it says what each file must be; a folder that is damaged is made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

with contextlib.suppress(ImportError):  # absent on Windows, where only the self-check runs
    import fcntl

__all__ = ["DataError", "cache_folder", "cached", "forget", "is_cached", "mark_used"]

_MANIFEST = "manifest.json"


class DataError(Exception):
    """The data cannot be had: one sentence, what is wrong and what to do."""


class _File(msgspec.Struct, frozen=True):
    size: int
    mtime_ns: int
    sha256: str


_Manifest = dict[str, _File]


def cache_folder() -> Path:
    """`$GRADER_CACHE`, or this platform's place for what can be made again."""
    chosen = os.environ.get("GRADER_CACHE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    import pooch  # 50 ms that most commands don't need

    return Path(pooch.os_cache("cs231n-grader"))


def is_cached(name: str) -> bool:
    """Whether the folder `name` is there and undamaged."""
    return _intact(cache_folder() / name)


def cached(name: str, build: Callable[[Path], None]) -> Path:
    """The folder `name` of the cache; if it is missing or damaged, `build` fills an empty folder first.

    Files whose size and time are as they were written are trusted; otherwise their content is hashed.
    """
    folder = cache_folder() / name
    if _intact(folder):
        return folder
    try:
        with _locked(folder):
            if not _intact(folder):  # another process may have made it while we waited
                _build(folder, build)
    except OSError as error:
        raise DataError(
            f"the cache {folder.parent} cannot be written ({error.strerror or error}); "
            "set $GRADER_CACHE to a folder with room"
        ) from None
    return folder


def forget(pattern: str, keep: int, idle_s: float) -> None:
    """Remove folders of such names that were not used for `idle_s`, but not the `keep` that were used last.

    A use is whatever `mark_used` was told of.
    """
    found = [folder for folder in cache_folder().glob(pattern) if folder.is_dir()]
    for folder in sorted(found, key=_used_at, reverse=True)[keep:]:
        if time.time() - _used_at(folder) > idle_s:
            shutil.rmtree(folder, ignore_errors=True)
            with contextlib.suppress(OSError):
                folder.with_name(f"{folder.name}.lock").unlink()


def mark_used(folder: Path) -> None:
    with contextlib.suppress(OSError):  # another user's
        os.utime(folder)


def _used_at(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        return 0.0


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Alone among processes; the system gives the lock back when its holder dies."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(folder.name + ".lock").open("a") as lock:
        if sys.platform != "win32":
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(folder: Path, build: Callable[[Path], None]) -> None:
    for leftover in folder.parent.glob(f"{folder.name}.*.part"):  # of a process that was killed
        shutil.rmtree(leftover, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", suffix=".part", dir=folder.parent))
    try:
        build(fresh)
        _seal(fresh)
        if folder.exists():
            folder.rename(fresh.with_name(fresh.name.replace(".part", ".old.part")))
        fresh.rename(folder)
    finally:
        for rest in folder.parent.glob(f"{folder.name}.*.part"):
            shutil.rmtree(rest, ignore_errors=True)


def _seal(folder: Path) -> None:
    manifest: _Manifest = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            path.chmod(0o444)
            status = path.stat()
            name = path.relative_to(folder).as_posix()
            manifest[name] = _File(status.st_size, status.st_mtime_ns, sha256_of(path))
    (folder / _MANIFEST).write_bytes(msgspec.json.encode(manifest))
    folder.chmod(0o755)


def _intact(folder: Path) -> bool:
    try:
        manifest = msgspec.json.decode((folder / _MANIFEST).read_bytes(), type=_Manifest)
        return all(_as_sealed(folder / name, file) for name, file in manifest.items())
    except (OSError, msgspec.DecodeError):
        return False


def _as_sealed(path: Path, file: _File) -> bool:
    status = path.stat()
    if status.st_size != file.size:
        return False
    return status.st_mtime_ns == file.mtime_ns or sha256_of(path) == file.sha256
