"""The list of a class's students, and which of them handed in what."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from grader.batch.spreadsheet import read_table

__all__ = ["Enrolled", "Roster", "RosterError", "is_student", "read_roster"]

#: A column of this name tells when a student's work was handed in, if no system does.
HANDED_IN = "handed_in"
_EXAMPLE = "2025-04-22T23:59:00-07:00"


class RosterError(Exception):
    """The roster cannot be used; the text says where and why."""


@dataclass(frozen=True)
class Enrolled:
    """`id` is the first cell of its line; every cell may be how some system calls the student."""

    id: str
    cells: tuple[str, ...]
    handed_in: datetime | None = None


@dataclass(frozen=True)
class Roster:
    students: tuple[Enrolled, ...]

    def find(self, keys: Iterable[str]) -> Enrolled | None:
        """The student whom the first telling key names; None when none does, or several share it."""
        return next((found for key in keys if (found := self._by_key.get(normal(key)))), None)

    @cached_property
    def _by_key(self) -> dict[str, Enrolled]:
        pairs = {(key, student.id): student for student in self.students for key in _keys(student)}
        shared = Counter(key for key, _ in pairs)
        return {key: student for (key, _), student in pairs.items() if shared[key] == 1}


def read_roster(path: Path) -> Roster:
    """Any CSV with a line of column names.

    Raises:
        RosterError: it cannot be read, is empty, names a student twice, or has a time that is none.
    """
    try:
        rows = read_table(path.read_bytes())
        names = rows.fieldnames or ()
        found = tuple(_student(row, f"{path}, line {rows.line_num}") for row in rows if is_student(row))
    except OSError as error:
        raise RosterError(f"the roster {path} cannot be read ({error.strerror})") from None
    except csv.Error as error:
        raise RosterError(f"the roster {path} is no CSV: {error}") from None
    if not names or not found:
        raise RosterError(f"the roster {path} is empty; its first line names the columns")
    twice = [name for name, count in Counter(student.id for student in found).items() if count > 1]
    if twice:
        raise RosterError(f"the roster {path} has {twice[0]} twice in its first column")
    return Roster(found)


def is_student(row: Mapping[str, str | None]) -> bool:
    """Whether the line is one of a student; Canvas exports the maxima in a line of their own."""
    first = next(iter(row.values()), None)
    return any(row.values()) and not (isinstance(first, str) and first.strip() == "Points Possible")


def _student(row: dict[str, str | None], where: str) -> Enrolled:
    cells = {
        name: (cell or "").strip() for name, cell in row.items() if isinstance(cell, str | None) and name
    }
    told = cells.pop(HANDED_IN, "")
    identity = next(iter(cells.values()), "")
    if not identity:
        raise RosterError(f"{where}: the first column is empty; it names the student")
    try:
        when = datetime.fromisoformat(told) if told else None
    except ValueError:
        when = None
    if told and (when is None or when.tzinfo is None):
        raise RosterError(f"{where}: {HANDED_IN} {told[:40]!r} is no time with a zone, such as {_EXAMPLE}")
    return Enrolled(identity, tuple(cell for cell in cells.values() if cell), when)


def _keys(student: Enrolled) -> Iterator[str]:
    """Ways to write each cell: a mail's login too, and a name in either order."""
    for cell in student.cells:
        yield normal(cell)
        if "@" in cell:
            yield normal(cell.partition("@")[0])
        last, comma, first = cell.partition(",")
        words = [first, last] if comma else cell.split()
        if len(words) > 1:
            yield normal("".join(words))
            yield normal("".join([*words[1:], words[0]]))
            yield normal("".join([words[-1], *words[:-1]]))


def normal(text: str) -> str:
    """Letters and digits alone, without accents or case; a text without any as it is."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[\W_]|[\u0300-\u036f]", "", plain) or text
