"""A year's form of the assignment, as data: which files and names, which way the arrays lie, which notebooks.

One TOML file an edition; `extends` names another edition (or `course`, what all share) that it builds on.
"""

from __future__ import annotations

import fnmatch
import functools
import posixpath
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import msgspec

__all__ = [
    "NAMES",
    "Edition",
    "EditionError",
    "Identification",
    "NotebookSite",
    "Orientation",
    "RoleSite",
    "Signs",
    "Trait",
    "identify",
    "load",
    "question_of",
]

Orientation = Literal["DxC", "CxD"]

NAMES = ("2015", "2016", "2017", "2019", "2021", "2025")
#: What all editions share; none by itself.
_COURSE = "course"
#: Taken when nothing in the files tells one edition from another.
DEFAULT = "2019"
#: Roles whose first word is not their question.
_QUESTION = {"layers": "two_layer_net", "optim": "fully_connected"}
_MAX_PARENTS = 8


class EditionError(Exception):
    """An edition's file cannot be read or is wrong. The text says where."""


class RoleSite(msgspec.Struct, frozen=True):
    """Where the course puts a role: `name` is a function, or a class whose `method` it is."""

    file: str
    name: str
    method: str | None = None


class NotebookSite(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A standard notebook: its file name, and a pattern for what its code mentions whatever its name."""

    file: str
    marks: str


class Trait(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sign of an edition: `pattern` (regular expression) in a file whose base name matches `files` (glob).

    It does not count when a file matching one of `unless` is there.
    """

    says: str
    files: str
    pattern: str
    weight: int
    unless: tuple[str, ...] = ()


class Signs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Patterns that show an orientation: in docstrings (`text`), or in code without them (`code`)."""

    text: tuple[str, ...] = ()
    code: tuple[str, ...] = ()


class _Common(msgspec.Struct, frozen=True, kw_only=True):
    """What an edition's file and the edition made of it have alike."""

    name: str
    title: str
    weights: Orientation
    questions: tuple[str, ...]
    notebooks: dict[str, NotebookSite]
    orientation: dict[Orientation, Signs]
    support: tuple[str, ...]
    accuracies: dict[str, float]
    traits: tuple[Trait, ...] = ()


class _Raw(_Common, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An edition's file after `extends` was followed."""

    roles: dict[str, str]
    helpers: dict[str, str] = {}


class Edition(_Common, frozen=True, kw_only=True):
    """`roles` and `notebooks` hold only what `questions` ask for. `support`: files of the course's own, and
    `helpers` what is called of them, by a name like a role's.

    `accuracies`: what a tuned model has to reach on the real CIFAR-10, by question or model (`features.net`).
    """

    roles: dict[str, RoleSite]
    helpers: dict[str, RoleSite]


class Identification(msgspec.Struct, frozen=True):
    """The edition found, the signs that led there in words, and a remark when they do not settle it."""

    edition: Edition
    evidence: tuple[str, ...]
    note: str | None = None


def question_of(role: str) -> str:
    """`svm` for `svm.naive`, `two_layer_net` for `layers.relu_forward`."""
    first = role.partition(".")[0]
    return _QUESTION.get(first, first)


@functools.cache
def load(name_or_file: str) -> Edition:
    """An edition by its name (`2019`), or a course's own variant from a TOML file.

    Raises:
        EditionError: neither the name of an edition nor a readable file, or the file is wrong.
    """
    if name_or_file == _COURSE or not _is_known(name_or_file):
        raise EditionError(_no_edition(name_or_file))
    raw = _follow(name_or_file, Path(), _MAX_PARENTS)
    try:
        return _build(msgspec.convert(raw, _Raw))
    except (msgspec.ValidationError, EditionError) as error:
        raise EditionError(f"the edition {name_or_file} is not valid: {_lower(str(error))}") from None


def _follow(name: str, folder: Path, depth: int) -> dict[str, Any]:
    """The edition `name` laid over those that it extends; traits are each edition's own.

    A file is looked for from `folder`, that of the file which names it.
    """
    path = folder / name
    raw = _read(name, path)
    parent = raw.pop("extends", None)
    if parent is None:
        return raw
    if depth == 0 or not isinstance(parent, str):
        raise EditionError(
            f"{name}: `extends = {parent!r}` leads to no edition; name one of {', '.join(NAMES)}"
        )
    if not _is_known(parent):
        raise EditionError(f"{name}: {_no_edition(parent)}")
    base = _follow(parent, path.parent, depth - 1)
    base.pop("traits", None)
    return _merge(base, raw)


def _is_known(name: str) -> bool:
    return name.endswith(".toml") or name in (*NAMES, _COURSE)


def _no_edition(name: str) -> str:
    return f"there is no edition {name!r}; use one of {', '.join(NAMES)}, or a TOML file"


def _read(name: str, path: Path) -> dict[str, Any]:
    if name in (*NAMES, _COURSE):
        text = (
            resources.files("grader.assignment1")
            .joinpath("editions", f"{name}.toml")
            .read_text(encoding="utf-8")
        )
        return tomllib.loads(text)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise EditionError(f"the edition file {name} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EditionError(f"the edition file {name} is not valid TOML: {_lower(str(error))}") from None


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = base.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _build(raw: _Raw) -> Edition:
    for pattern in _patterns(raw):
        _compile(pattern)
    asked = set(raw.questions)
    roles = {
        role: _site(role, text) for role, text in raw.roles.items() if text and question_of(role) in asked
    }
    notebooks = {question: site for question, site in raw.notebooks.items() if question in asked}
    helpers = {name: _site(name, text) for name, text in raw.helpers.items()}
    made = {"roles": roles, "helpers": helpers, "notebooks": notebooks}
    return Edition(**msgspec.structs.asdict(raw) | made)


def _patterns(raw: _Raw) -> Iterator[str]:
    yield from (trait.pattern for trait in raw.traits)
    yield from (site.marks for site in raw.notebooks.values())
    for signs in raw.orientation.values():
        yield from (*signs.text, *signs.code)


def _site(role: str, text: str) -> RoleSite:
    match = re.fullmatch(r"([\w./-]+\.py):([A-Za-z_]\w*)(?:\.([A-Za-z_]\w*))?", text)
    if not match:
        raise EditionError(
            f'the role {role} must read "file.py:function" or "file.py:Class.method", got {text!r}'
        )
    return RoleSite(match[1], match[2], match[3])


def _compile(pattern: str) -> re.Pattern[bytes]:
    try:
        return re.compile(pattern.encode())
    except re.error as error:
        raise EditionError(f"the pattern {pattern!r} is no regular expression: {error}") from None


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def identify(files: Mapping[str, bytes]) -> Identification:
    """The edition whose traits weigh most in `files` (path → content)."""
    by_name: dict[str, list[str]] = {}
    for path in sorted(files):
        by_name.setdefault(posixpath.basename(path), []).append(path)
    weights: dict[str, int] = {}
    evidence: dict[str, tuple[str, ...]] = {}
    for name in NAMES:
        found = [(t, where) for t in load(name).traits if (where := _where(t, by_name, files))]
        weights[name] = sum(trait.weight for trait, _ in found)
        evidence[name] = tuple(f"{trait.says} ({where})" for trait, where in found)
    best = max(NAMES, key=lambda name: weights[name])
    if weights[best] == 0:
        note = f"nothing in the files tells the edition; {DEFAULT} was taken"
        return Identification(load(DEFAULT), (), note)
    return Identification(load(best), evidence[best])


def _where(trait: Trait, by_name: Mapping[str, list[str]], files: Mapping[str, bytes]) -> str | None:
    """The first file that shows the trait."""
    if any(fnmatch.filter(by_name, pattern) for pattern in trait.unless):
        return None
    search = _compile(trait.pattern).search
    for name in fnmatch.filter(by_name, trait.files):
        for path in by_name[name]:
            if search(files[path]):
                return path
    return None
