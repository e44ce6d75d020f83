"""What a folder of results keeps of its class beside the reports, in `class.json`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from grader.batch.store import OutputError
from grader.report.writing import write_aside
from grader.scoring.rubric import Rubric

__all__ = ["Known", "keep", "read_known"]

CLASS_FILE = "class.json"


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """The rubric that it was graded by, when each submission was handed in, and who handed in nothing."""

    rubric: Rubric | None = None
    times: dict[str, datetime] = {}
    missing: tuple[str, ...] = ()

    def joined(self, later: Known, graded: Iterable[str]) -> Known:
        """With what a later run knows of the submissions that it `graded`."""
        own = set(graded)
        times = {name: when for name, when in self.times.items() if name not in own} | later.times
        missing = dict.fromkeys(name for name in (*self.missing, *later.missing) if name not in own)
        return Known(rubric=later.rubric or self.rubric, times=times, missing=tuple(missing))


def read_known(output: Path) -> Known:
    """What is kept in the folder; nothing where it was written by an earlier grader.

    Raises:
        OutputError: it cannot be read.
    """
    try:
        return msgspec.json.decode((output / CLASS_FILE).read_bytes(), type=Known)
    except FileNotFoundError:
        return Known()
    except OSError as error:
        raise OutputError(f"{output / CLASS_FILE} cannot be read ({error.strerror})") from None
    except msgspec.DecodeError as error:
        raise OutputError(f"{output / CLASS_FILE} was changed: {error}; remove it and grade again") from None


def keep(known: Known, output: Path) -> None:
    """
    Raises:
        OutputError: it cannot be written.
    """
    try:
        write_aside(output / CLASS_FILE, msgspec.json.format(msgspec.json.encode(known), indent=1))
    except OSError as error:
        raise OutputError(f"{error.filename} cannot be written ({error.strerror})") from None
