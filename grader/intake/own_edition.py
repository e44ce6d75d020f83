"""An edition's file of a course's own: what means nothing in it is refused, with its line."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import GenericAlias
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from grader.intake.toml_file import Keys, TomlFile

__all__ = ["SITE", "EditionError", "KnownNames", "verify"]

#: `file.py:function` or `file.py:Class.method`.
SITE = re.compile(r"([\w./-]+\.py):([A-Za-z_]\w*)(?:\.([A-Za-z_]\w*))?")


class EditionError(Exception):
    """An edition's file cannot be read or is wrong. The text says where."""


@dataclass(frozen=True)
class KnownNames:
    """What a file may name, by its keys: each with what such a name is."""

    roles: Collection[str]
    helpers: Collection[str]
    questions: Collection[str]
    accuracies: Collection[str]
    support: Collection[str]

    def named(self, data: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Collection[str]]]:
        """Every name in the data: its key, what it is, itself, and those that there are."""
        yield from (("roles", "role", name, self.roles) for name in data.get("roles", ()))
        yield from (("helpers", "helper", name, self.helpers) for name in data.get("helpers", ()))
        for key in ("questions", "beside", "oriented", "notebooks", "penalties"):
            yield from ((key, "question", name, self.questions) for name in data.get(key, ()))
        yield from (
            ("families", "question", name, self.questions) for name in data.get("families", {}).values()
        )
        yield from (("accuracies", "question", name, self.accuracies) for name in data.get("accuracies", ()))
        yield from (("support", "support file", name, self.support) for name in data.get("support", ()))


def verify(file: TomlFile, data: Mapping[str, Any], kind: type[msgspec.Struct], known: KnownNames) -> None:
    """
    Args:
        data: of the file. kind: what it and all that it extends make together.

    Raises:
        EditionError: a key, a name, a value, a site or a pattern that means nothing.
    """
    file.made(_partly(kind), data)
    for key, what, name, names in known.named(data):
        file.require(what, name, names, (key, name), key)
    for key in ("questions", "beside"):
        asked = data.get(key, ())
        if repeated := next((name for name in asked if asked.count(name) > 1), None):
            file.refuse(f'the question "{repeated}" appears twice', (key, repeated), key)
    for key in ("roles", "helpers"):
        for name, text in data.get(key, {}).items():
            if text and not SITE.fullmatch(text):
                wanted = '"file.py:function" or "file.py:Class.method"'
                file.refuse(f'{name} must read {wanted}, got "{text}"', (key, name), key)
    for name, factor in data.get("penalties", {}).items():
        if factor not in (0.5, 1.0):
            file.refuse(f"{name} must be 1.0 or 0.5, got {factor:g}", ("penalties", name), "penalties")
    for keys, pattern in _patterns(data):
        try:
            re.compile(pattern.encode())
        except re.error as error:
            file.refuse(f"the pattern '{pattern}' is no regular expression: {error}", keys)


def _patterns(data: Mapping[str, Any]) -> Iterator[tuple[Keys, str]]:
    yield from (
        (("traits", i, "pattern"), trait["pattern"]) for i, trait in enumerate(data.get("traits", ()))
    )
    for question, site in data.get("notebooks", {}).items():
        if "marks" in site:
            yield ("notebooks", question, "marks"), site["marks"]
    for key in ("question_ends", "course_texts"):
        yield from (((key,), pattern) for pattern in data.get(key, ()))
    for side, signs in data.get("orientation", {}).items():
        for key, patterns in signs.items():
            yield from ((("orientation", side, key), pattern) for pattern in patterns)


@functools.cache
def _partly(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """The class with all fields optional, those of tables too, and `extends`: for what one file has."""
    hints = get_type_hints(kind, include_extras=True)
    fields = [(name, _or_absent(hint), msgspec.UNSET) for name, hint in hints.items()]
    extends = ("extends", str | msgspec.UnsetType, msgspec.UNSET)
    return msgspec.defstruct(f"Own{kind.__name__}", [*fields, extends], forbid_unknown_fields=True)


def _or_absent(hint: Any) -> Any:
    if get_origin(hint) is dict:
        names, value = get_args(hint)
        if isinstance(value, type) and issubclass(value, msgspec.Struct):
            hint = GenericAlias(dict, (names, _partly(value)))
    return hint | msgspec.UnsetType
