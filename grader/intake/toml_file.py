"""TOML that people write: what is wrong in it is told with its line, its key and what may have been meant."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

__all__ = ["Keys", "TomlFile", "nearest"]

Made = TypeVar("Made")
#: The way to a value: `("question", 1, "checks", 0, "points")`.
Keys = tuple[str | int, ...]

_WANTED = {
    "float": "a number ≥ 0",
    "str": "a text in quotes",
    "array": "a list",
    "object": "a table",
    "int": "a whole number ≥ 0",
    "bool": "true or false",
    "datetime": "a date, a time and a zone, such as 2025-04-22T23:59:00-07:00",
}


def nearest(name: str, names: Collection[str]) -> str:
    """The name that may have been meant, or all where they are few."""
    if like := difflib.get_close_matches(name, names, n=1):
        return f'; did you mean "{like[0]}"?'
    return f"; use one of: {', '.join(names)}" if len(names) < 10 else ""


@dataclass(frozen=True)
class TomlFile:
    """The text of the file `where`; what is wrong with it is raised as an `error`."""

    where: str
    text: str
    error: Callable[[str], Exception]

    @staticmethod
    def read(path: Path, what: str, error: Callable[[str], Exception]) -> TomlFile:
        """The file; `what` it is, for messages."""
        try:
            return TomlFile(str(path), path.read_text("utf-8"), error)
        except OSError as reason:
            raise error(f"{what} {path} cannot be read: {reason.strerror}") from None
        except UnicodeDecodeError:
            raise error(f"{what} {path} cannot be read: it is no text in UTF-8") from None

    def data(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as reason:
            raise self.error(f"{self.where}: not valid TOML: {reason}") from None

    def made(self, of: type[Made], data: Mapping[str, Any]) -> Made:
        """The data of the file as that class."""
        try:
            return msgspec.convert(data, of, strict=True)
        except msgspec.ValidationError as invalid:
            reason, _, path = str(invalid).partition(" - at `")
            keys = _spelled_out(_keys(path), data, of)
            self.refuse(*_phrase(reason, keys, data, of))

    def refuse(self, reason: str, keys: Keys, at: str | None = None) -> NoReturn:
        """Raise the error, with the line of these keys, or of as many of them as there are."""
        told = _joined(keys) if at is None else at
        before, semicolon, hint = reason.partition("; ")
        place = f" at {told}" if told else ""
        raise self.error(f"{self.where}:{self.line(keys)}: {before}{place}{semicolon}{hint}")

    def line(self, keys: Keys) -> int:
        """The line that the value of these keys begins on, counted from 1; tomllib keeps none."""
        lines = self.text.splitlines()
        start = 0
        for name, index in _pairs(keys):
            found = _nth_line(lines, start, name, index)
            if found is None:
                break
            start = found
        return start + 1

    def require(
        self, what: str, name: str, names: Collection[str], keys: Keys, at: str | None = None
    ) -> None:
        """Refuse a name that is none of `names`; `what` it is one of."""
        if name not in names:
            self.refuse(f'there is no {what} "{name}"{nearest(name, names)}', keys, at)


def _pairs(keys: Keys) -> list[tuple[str, int | None]]:
    """Each name with the index behind it."""
    pairs: list[tuple[str, int | None]] = []
    for key in keys:
        if isinstance(key, str):
            pairs.append((key, None))
        else:
            pairs[-1] = (pairs[-1][0], key)
    return pairs


def _nth_line(lines: list[str], start: int, name: str, index: int | None) -> int | None:
    """The line on which `name`, or the index-th of that name, begins.

    It may be a [[…name]] heading, an inline table, `name =`, or in a list of texts.
    """
    word = re.escape(name)
    here = range(start, len(lines))
    headings = [i for i in here if re.match(rf'\s*\[\[?([\w"]+\.)*"?{word}"?[\].]', lines[i])]
    if len(headings) > (index or 0):
        return headings[index or 0]
    key = rf'(^|[{{,\s])("{word}"|{word}(\.[\w-]+)*)\s*='
    assigned = next((i for i in here if re.search(key, lines[i])), None)
    if assigned is None:
        return next((i for i in here if re.search(rf"[\"']{word}[\"']", lines[i])), None)
    if index is None:
        return assigned
    items = [i for i in range(assigned, len(lines)) for _ in re.findall(r"\{", lines[i].partition("#")[0])]
    return items[index] if len(items) > index else assigned


# --- msgspec's reasons in an instructor's words -------------------------------------------------------------


def _keys(path: str) -> tuple[str | int, ...]:
    """msgspec's `$.question[0].checks`; `...` stands for the name in a table that it does not tell."""
    found = re.findall(r"\.([A-Za-z_]\w*)|\[(\d+|\.\.\.)\]", path)
    return tuple(name or (index if index == "..." else int(index)) for name, index in found)


def _joined(keys: Keys) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).lstrip(".")


def _spelled_out(keys: Keys, data: Any, of: Any) -> Keys:
    """The keys with the entry's own name in place of `...`."""
    if "..." not in keys:
        return keys
    at = keys.index("...")
    table, kind = _value_at(data, keys[:at]), _type_at(of, keys[: at + 1], annotated=True)
    for name, value in table.items():
        try:
            msgspec.convert(value, kind, strict=True)
        except msgspec.ValidationError:
            return (*keys[:at], name, *keys[at + 1 :])
    return keys[:at]


def _type_at(of: Any, keys: Keys, *, annotated: bool = False) -> Any:
    """What the class wants at these keys."""
    for key in keys:
        if isinstance(of, type) and issubclass(of, msgspec.Struct):
            of = get_type_hints(of, include_extras=annotated)[str(key)]
        else:
            of = get_args(of)[-1 if get_origin(of) is dict else 0]
        if get_origin(of) in (Union, UnionType):  # X or None
            of = get_args(of)[0]
    return of


def _is_share(kind: Any) -> bool:
    """Whether it is a number from 0 to 1."""
    return any(getattr(meta, "le", None) == 1 for meta in getattr(kind, "__metadata__", ()))


def _phrase(reason: str, keys: Keys, data: Any, of: Any) -> tuple[str, Keys, str | None]:
    """`points must be a number ≥ 0, got "five"`, and the keys that it is about."""
    name = next((key for key in reversed(keys) if isinstance(key, str)), "the file")
    value = _value_at(data, keys)
    if reason.startswith("Invalid enum value"):
        allowed = get_args(_type_at(of, keys))
        if isinstance(value, dict):  # it is one of the table's names
            name, value = f"a name in {name}", next(key for key in value if key not in allowed)
        wanted = " or ".join(map(_quoted, allowed))
        return f"{name} must be {wanted}, got {_quoted(value)}", keys, None if len(keys) > 1 else ""
    if _is_share(_type_at(of, keys, annotated=True)):
        return f"{name} must be a number from 0 to 1, got {_quoted(value)}; 0.1 is 10 %", keys, None
    if match := re.search(r"Expected `(\w+)", reason):
        if match[1] == "str" and isinstance(value, dict) and value:
            name = f"{name}.{next(iter(value))}"
            return f'{name} must stand in quotes: "{name}" = …', keys, None
        return f"{name} must be {_WANTED.get(match[1], match[1])}, got {_quoted(value)}", keys, None
    if missing := re.search(r"missing required field `(\w+)`", reason):
        return f"{missing[1]} is missing", keys, _joined(keys) or "the top"
    if unknown := re.search(r"unknown field `(.+?)`", reason):
        known = _type_at(of, keys).__struct_fields__
        told = f"{unknown[1]} is no known key{nearest(unknown[1], known)}"
        return told, (*keys, unknown[1]), _joined(keys) or "the top"
    return f"{reason}, got {_quoted(value)}", keys, _joined(keys) or "the top"


def _value_at(data: Any, keys: Keys) -> Any:
    for key in keys:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _quoted(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return str(value).lower() if isinstance(value, bool) else str(value)
