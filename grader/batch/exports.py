"""What the systems of courses hand out, and which student each submission in it is of.

An export is a folder or a zip; none of it is unpacked to disk. Every form is a function from the export to
what was handed in, or to None when the export is not of that form.
"""

from __future__ import annotations

import contextlib
import json
import re
import zipfile
import zoneinfo
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from grader.batch.clones import commit_time
from grader.intake.parts import Part, opened_zip

__all__ = ["FORMS", "Exported", "recognised"]

_MOST_METADATA = 64 << 20


@dataclass(frozen=True)
class Exported:
    """One submission of an export. `keys`: whatever the export tells of its student, the surest first."""

    name: str
    path: Path
    parts: tuple[Part, ...] = ()
    keys: tuple[str, ...] = ()
    when: datetime | None = None
    #: The system says that it is late; not all say by how much.
    late: bool = False
    #: Those who handed it in together with the student, by whatever is told of each.
    partners: tuple[tuple[str, ...], ...] = field(default=())


class Export:
    """A folder or a zip, by what lies at its top; a zip's lone outer folder counts for nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.zipped = not path.is_dir()

    @cached_property
    def top(self) -> dict[str, bool]:
        """Name → whether it is a folder."""
        if self.zipped:
            return {name.partition("/")[0]: "/" in name for name in self._inside}
        found = sorted(self.path.iterdir())
        return {item.name: item.is_dir() for item in found if not item.name.startswith((".", "__MACOSX"))}

    def read(self, name: str) -> bytes:
        """A file at the top; nothing where there is none."""
        with contextlib.suppress(OSError, KeyError, zipfile.BadZipFile):
            if self.zipped:
                return opened_zip(self.path).open(self._inside[name]).read(_MOST_METADATA)
            return (self.path / name).read_bytes()
        return b""

    def parts(self, names: Mapping[str, str]) -> tuple[Part, ...]:
        """Files at the top, each with the name that it had for its author."""
        if self.zipped:
            return tuple(Part(own, self.path, self._inside[name]) for name, own in names.items())
        return tuple(Part(own, self.path / name) for name, own in names.items())

    def folder(self, name: str) -> tuple[Part, ...]:
        """The parts of a folder at the top; none where it lies on the disk and is read as it is."""
        own = name + "/"
        inside = self._inside.items() if self.zipped else ()
        return tuple(Part(n.removeprefix(own), self.path, full) for n, full in inside if n.startswith(own))

    @cached_property
    def _inside(self) -> dict[str, str]:
        """The files of the zip: name below the lone outer folder → full name."""
        names = [info.filename for info in opened_zip(self.path).infolist() if not info.is_dir()]
        names = [name for name in names if not name.startswith(("__MACOSX/", "."))]
        tops = {name.partition("/")[0] for name in names}
        outer = f"{tops.pop()}/" if len(tops) == 1 and all("/" in name for name in names) else ""
        return {name.removeprefix(outer): name for name in names}


# --- the forms -------------------------------------------------------------------------------------------

_CANVAS = re.compile(
    r"(?P<who>.+?)_(?P<late>LATE_)?(?P<id>\d+)_(?:\d+_(?P<file>.+)|(?:text|link)\.html)", re.S
)


def canvas(export: Export) -> list[Exported] | None:
    """`doejane_LATE_12345_67890_work-1.ipynb`: all files of all students side by side."""
    matches = {name: _CANVAS.fullmatch(name) for name, is_folder in export.top.items() if not is_folder}
    if not matches or not all(matches.values()) or len(matches) < len(export.top):
        return None
    found: dict[str, list[re.Match[str]]] = {}
    for match in filter(None, matches.values()):
        found.setdefault(match["id"], []).append(match)
    return [_from_canvas(export, group) for group in found.values()]


def _from_canvas(export: Export, group: list[re.Match[str]]) -> Exported:
    who, number = group[0]["who"], group[0]["id"]
    # What was typed or linked is no work, but told as such where there is nothing else.
    files = {m.string: m["file"] for m in group if m["file"]} or {m.string: m.string for m in group}
    plain = [re.sub(r"-\d+(?=(\.tar)?\.\w+$)", "", own) for own in files.values()]
    # Canvas numbers what is handed in again; nothing is renamed into another file's place.
    own = [new if plain.count(new) == 1 else old for new, old in zip(plain, files.values(), strict=True)]
    parts = export.parts(dict(zip(files, own, strict=True)))
    late = any(match["late"] for match in group)
    return Exported(who, export.path / group[0].string, parts, (number, who), late=late)


_GRADESCOPE = "submission_metadata.yml"


def gradescope(export: Export) -> list[Exported] | None:
    """A folder `submission_123` for each, and `submission_metadata.yml`."""
    if _GRADESCOPE not in export.top:
        return None
    import yaml  # slow to import; one export alone has it

    try:
        told = yaml.load(export.read(_GRADESCOPE), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError):
        told = None
    metadata = told if isinstance(told, dict) else {}
    return [
        _from_gradescope(export, name, _plain_keys(metadata.get(name)))
        for name, is_folder in export.top.items()
        if is_folder
    ]


def _from_gradescope(export: Export, folder: str, told: Mapping[str, Any]) -> Exported:
    people = [_plain_keys(each) for each in told.get("submitters") or () if isinstance(each, dict)]
    keys = [tuple(str(each[key]) for key in ("sid", "email", "name") if each.get(key)) for each in people]
    own = keys[0] if keys else ()
    name = own[-1] if own else folder
    when, partners = _time(told.get("created_at")), tuple(keys[1:])
    return Exported(name, export.path / folder, export.folder(folder), own, when, partners=partners)


def _plain_keys(table: Any) -> dict[str, Any]:
    """A table whose keys Ruby wrote as symbols: `:name`."""
    return {str(key).lstrip(":"): value for key, value in table.items()} if isinstance(table, dict) else {}


_MOODLE = re.compile(r"(?P<who>.+)_(?P<id>\d+)_assignsubmission_(?P<kind>[a-z]+)_?(?P<file>.*)", re.S)


def moodle(export: Export) -> list[Exported] | None:
    """`Jane Doe_12345_assignsubmission_file_`: a folder for each student, or the start of a file's name."""
    matches = {name: match for name in export.top if (match := _MOODLE.fullmatch(name))}
    if not matches:
        return None
    found: dict[str, list[tuple[str, re.Match[str]]]] = {}
    for name, match in matches.items():
        found.setdefault(match["id"], []).append((name, match))
    return [_from_moodle(export, group) for group in found.values()]


def _from_moodle(export: Export, group: list[tuple[str, re.Match[str]]]) -> Exported:
    """The files of one student; what was typed into Moodle (`onlinetext`) is no work."""
    files = [(name, match) for name, match in group if match["kind"] == "file"] or group
    name, first = files[0]
    who, keys = first["who"], (first["id"], first["who"])
    if export.top[name]:
        return Exported(who, export.path / name, export.folder(name), keys)
    loose = {each: match["file"] for each, match in files if not export.top[each]}
    return Exported(who, export.path / name, export.parts(loose), keys)


def nbgrader(export: Export) -> list[Exported] | None:
    """The exchange's `inbound` (`jane+ps1+2024-02-02 15:58:23.9 UTC+…`), or what it collected.

    That is `submitted/<student>/<assignment>/`, with a time in each.
    """
    if export.zipped:
        return None
    folders = [name for name, is_folder in export.top.items() if is_folder and name.count("+") >= 2]
    if folders:
        return [_from_exchange(export.path / name) for name in folders]
    stamps = [stamp for stamp in sorted(export.path.glob("*/*/timestamp.txt")) if stamp.is_file()]
    return [_collected(stamp) for stamp in stamps] or None


def _from_exchange(path: Path) -> Exported:
    who, _, when = path.name.split("+")[:3]
    return Exported(who, path, keys=(who,), when=_time(when))


def _collected(stamp: Path) -> Exported:
    who = stamp.parts[-3]
    return Exported(who, stamp.parent, keys=(who,), when=_time(stamp.read_text("utf-8", "replace")))


def classroom50(export: Export) -> list[Exported] | None:
    """Clones `<classroom>-<assignment>-<username>`, with `scores.json` beside them."""
    clones = [name for name, is_folder in export.top.items() if is_folder]
    if export.zipped or not clones:
        return None
    users = set(_strings(_json(export.read("scores.json"))))
    return [_from_clone(export, name, _user(name, clones, users)) for name in clones]


def _user(clone: str, clones: Sequence[str], users: set[str]) -> str:
    """The longest ending that is the name of a user; else what follows all clones' common beginning."""
    ends = [clone[found.end() :] for found in re.finditer("-", clone)]
    if named := next((end for end in ends if end in users), None):
        return named
    if len(clones) == 1:  # which shares all with itself: classroom, assignment
        return next(iter(ends[1:2] or ends), clone)
    shared = [end for end in ends if all(each.startswith(clone[: -len(end)]) for each in clones)]
    return shared[-1] if shared else clone


def _from_clone(export: Export, name: str, user: str) -> Exported:
    path = export.path / name
    return Exported(user, path, keys=(user,), when=commit_time(path))


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def _time(told: Any) -> datetime | None:
    """A time with its zone, as the systems write it; None when it is none."""
    if isinstance(told, datetime):
        return told if told.tzinfo is not None else told.replace(tzinfo=UTC)
    words = str(told or "").split()
    with contextlib.suppress(ValueError, zoneinfo.ZoneInfoNotFoundError, IndexError):
        when = datetime.fromisoformat(f"{words[0]} {words[1]}")
        return when if when.tzinfo is not None else when.replace(tzinfo=zoneinfo.ZoneInfo(words[2]))
    with contextlib.suppress(ValueError):
        when = datetime.fromisoformat(" ".join(words))
        return when if when.tzinfo is not None else None
    return None


#: Name of the form → how it is read; in the order in which they are looked for.
FORMS: Mapping[str, Callable[[Export], list[Exported] | None]] = {
    "gradescope": gradescope,
    "moodle": moodle,
    "nbgrader": nbgrader,
    "canvas": canvas,
    "classroom50": classroom50,
}


def recognised(path: Path) -> tuple[str, list[Exported]] | None:
    """The form of the export at `path` and what is in it; None when it is none."""
    export = Export(path)
    try:
        for name, form in FORMS.items():
            if name == "classroom50" and "scores.json" not in export.top:
                continue  # such names alone prove nothing
            if (found := form(export)) is not None:
                return name, found
    except (OSError, zipfile.BadZipFile):
        return None
    return None
