"""The folder of results: one folder a submission, whose `report.json` is written last."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from grader.report.writing import write_aside
from grader.result import Report, decode_report, encode_report

if sys.platform != "win32":
    import fcntl

__all__ = [
    "REPORT_FILE",
    "OutputError",
    "alone",
    "read_report",
    "stored_folders",
    "stored_report",
    "write_report",
]

REPORT_FILE = "report.json"
#: There is no room: whatever else is to be written will fail as well.
_FULL = (errno.ENOSPC, errno.EDQUOT)


class OutputError(Exception):
    """A file of the results cannot be written, or not be read again; the text names it."""


@contextmanager
def alone(output: Path) -> Iterator[None]:
    """Keep the folder of results to this process; the system gives it back whatever ends us.

    Raises:
        OutputError: another grader writes into it.
    """
    if sys.platform == "win32":
        yield
        return
    folder = os.open(output, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise OutputError(f"another grader is writing into {output}; wait for it to end") from None
        yield
    finally:
        os.close(folder)


def write_report(report: Report, files: Mapping[str, bytes], folder: Path) -> Report:
    """The report, which lies in `folder` now with the files that go with it, or says why it does not.

    Raises:
        OutputError: the disk is full.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            write_aside(folder / name, data)
        write_aside(folder / REPORT_FILE, encode_report(report))
    except OSError as error:
        if error.errno in _FULL:
            raise OutputError(f"{folder} cannot be written ({error.strerror})") from None
        fault = f"the report could not be written to {folder} ({error.strerror})"
        return msgspec.structs.replace(report, faults=(*report.faults, fault))
    return report


def stored_report(folder: Path) -> Report | None:
    """The report of an earlier run, if there is one that can be read."""
    try:
        return read_report(folder)
    except (OutputError, msgspec.DecodeError):
        return None


def stored_folders(output: Path) -> list[Path]:
    """The folders of submissions that have a report, by name."""
    return sorted(file.parent for file in output.glob(f"*/{REPORT_FILE}"))


def read_report(folder: Path) -> Report:
    """
    Raises:
        OutputError, msgspec.DecodeError: it cannot be read, or is no report; the text names it.
    """
    file = folder / REPORT_FILE
    try:
        return decode_report(file.read_bytes())
    except OSError as error:
        raise OutputError(f"{file} cannot be read ({error.strerror})") from None
    except msgspec.DecodeError as error:
        raise msgspec.DecodeError(f"{file} is no report of this grader: {error}") from None
