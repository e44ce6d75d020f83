"""A year's form of the assignment, as data: which files and names, which way the arrays lie, which notebooks.

One TOML file an edition; `extends` names another one that it builds on.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import functools
import json
import posixpath
import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal

import msgspec

from grader.intake.landmarks import Landmarks
from grader.intake.own_edition import SITE, EditionError, KnownNames, verify
from grader.intake.toml_file import TomlFile

__all__ = ["Edition", "EditionError", "Editions", "Identification", "NotebookSite", "Orientation", "RoleSite"]

Orientation = Literal["DxC", "CxD"]

#: What is a file's own, and not of those that extend it.
_OWN = ("traits", "shared", "default", "beside")
_MAX_PARENTS = 8


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

    It does not count when a file matching one of `unless` is there, or none matching one of `beside`. A
    negative `weight` speaks against it.
    """

    says: str
    files: str
    pattern: str
    weight: int
    unless: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


class Signs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Patterns that show an orientation: in docstrings (`text`), or in code without them (`code`)."""

    text: tuple[str, ...] = ()
    code: tuple[str, ...] = ()


class _Common(msgspec.Struct, frozen=True, kw_only=True):
    """What an edition's file and the edition made of it have alike."""

    name: str
    title: str
    questions: tuple[str, ...]
    # What a submission is expected to hold, in words.
    expected: str
    weights: Orientation = "DxC"
    notebooks: dict[str, NotebookSite] = {}
    orientation: dict[Orientation, Signs] = {}
    # Code that turns the arrays over itself: what it does then tells nothing of how they came.
    turned: tuple[str, ...] = ()
    support: tuple[str, ...] = ()
    # Modules of the grader's own that checks call beside the work, by way of `helpers`.
    given: tuple[str, ...] = ()
    accuracies: dict[str, float] = {}
    # The assignment's package, which some universities renamed; "" where the work lies in no package.
    package: str = ""
    # Roles whose first word is not their question.
    families: dict[str, str] = {}
    # Questions whose arrays lie as `orientation` tells; classes from which others inherit roles' methods.
    oriented: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    # Folders of data, and how the text of inline questions ends.
    data_folders: tuple[str, ...] = ()
    question_ends: tuple[str, ...] = ()
    # What cells of the course's own text hold, in whatever language, that follow a question.
    course_texts: tuple[str, ...] = ()
    # The factor of reg·ΣW² in the course's own loss, by question.
    penalties: dict[str, float] = {}
    traits: tuple[Trait, ...] = ()

    def question_of(self, role: str) -> str:
        """The question that a role is part of: the role's first word, or that of its family."""
        first = role.partition(".")[0]
        return self.families.get(first, first)


class _Raw(_Common, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An edition's file after `extends` was followed."""

    roles: dict[str, str]
    helpers: dict[str, str] = {}
    # The questions asked of work that holds more of them than `questions`.
    beside: tuple[str, ...] = ()
    shared: bool = False
    default: bool = False


class Edition(_Common, frozen=True, kw_only=True):
    """`roles` and `notebooks` hold only what `questions` ask for. `support`: files of the course's own, and
    `helpers` what is called of them and of what is `given`, by a name like a role's. `wider` asks for the
    questions that the course did not ask then, as some universities did.

    `accuracies`: what a tuned model has to reach on the real images, by question or model. `builds_on`: what
    a file of a course's own extends, the nearest first, up to an edition that comes with the assignment.
    """

    roles: dict[str, RoleSite]
    helpers: dict[str, RoleSite]
    wider: Edition | None = None
    builds_on: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """By what a rubric may call it: its own name first."""
        return (self.name, *self.builds_on)


class Identification(msgspec.Struct, frozen=True):
    """The edition found, the signs that led there in words, and a remark when they do not settle it."""

    edition: Edition
    evidence: tuple[str, ...]
    note: str | None = None


class Editions:
    """The editions of an assignment: the TOML files of a folder, each by its file's name.

    One that is `shared` is only extended; the `default` is taken when nothing tells one from another.
    """

    def __init__(self, folder: Traversable, support: Traversable) -> None:
        """
        Args:
            support: a folder with small modules for those of the course's own that a submission may lack, and
                with what is `given`.
        """
        texts = {
            entry.name.removesuffix(".toml"): entry.read_text(encoding="utf-8")
            for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
            if entry.name.endswith(".toml")
        }
        self._files = {name: tomllib.loads(text) for name, text in texts.items()}
        self._support = support
        self._loaded: dict[str, Edition] = {}
        self.names = tuple(name for name, raw in self._files.items() if not raw.get("shared"))
        (self.default,) = (name for name, raw in self._files.items() if raw.get("default"))

    def load(self, name_or_file: str) -> Edition:
        """An edition by its name, or a course's own variant from a TOML file.

        Raises:
            EditionError: neither the name of an edition nor a readable file, or the file is wrong.
        """
        if name_or_file not in self.names and not name_or_file.endswith(".toml"):
            raise EditionError(self._no_edition(name_or_file))
        if name_or_file not in self._loaded:
            self._loaded[name_or_file] = self._built(self._followed(name_or_file, Path(), _MAX_PARENTS))
        return self._loaded[name_or_file]

    def _built(self, layers: Sequence[_Layer]) -> Edition:
        """The edition that the first of the layers makes of those that it lies on."""
        own = [layer for layer in layers if layer.file is not None]
        for layer in own:
            assert layer.file is not None
            verify(layer.file, layer.data, _Raw, self._known_names)
        raw: dict[str, Any] = {}
        for layer in reversed(layers):
            raw = _merge({key: value for key, value in raw.items() if key not in _OWN}, layer.data)
        raw.pop("extends", None)
        file = layers[0].file
        made = msgspec.convert(raw, _Raw) if file is None else file.made(_Raw, raw)
        below = [layer.data["name"] for layer in layers[1 : len(own) + 1] if own and "name" in layer.data]
        return msgspec.structs.replace(_build(made), builds_on=tuple(dict.fromkeys(below)))

    @functools.cached_property
    def _known_names(self) -> KnownNames:
        """What a file of a course's own may name: all that the assignment's editions do."""
        editions = [self.load(name) for name in self.names]
        return KnownNames(
            roles=list(dict.fromkeys(role for each in editions for role in each.roles)),
            helpers=list(dict.fromkeys(name for each in editions for name in each.helpers)),
            questions=list(dict.fromkeys(name for each in editions for name in each.questions)),
            accuracies=list(dict.fromkeys(name for each in editions for name in each.accuracies)),
            support=list(dict.fromkeys(path for each in editions for path in each.support)),
        )

    @functools.cached_property
    def landmarks(self) -> Landmarks:
        """How the files lie, in whichever of the assignment's editions."""
        return self._landmarks([], self.load(self.default).expected)

    def landmarks_of(self, asked: Edition | None) -> Landmarks:
        """The same, and of the edition that is asked for, which may be a course's own."""
        return self._landmarks([asked], asked.expected) if asked is not None else self.landmarks

    def _landmarks(self, own: Sequence[Edition], expected: str) -> Landmarks:
        editions, default = [*map(self.load, self.names), *own], self.load(self.default)
        sites = [site for edition in editions for site in edition.roles.values()]
        folders = {posixpath.dirname(site.file) for site in sites} - {""}
        return Landmarks(
            files=frozenset(posixpath.basename(site.file) for site in sites),
            names={s.name: e.question_of(role) for e in editions for role, s in e.roles.items()},
            asked=frozenset((s.name, s.method) if s.method else (None, s.name) for s in sites),
            notebooks=frozenset(site.file.lower() for e in editions for site in e.notebooks.values()),
            folders={posixpath.basename(folder): folder.count("/") + 1 for folder in sorted(folders)},
            package=default.package,
            expected=expected,
            data_folders=default.data_folders,
        )

    def support(self, path: str) -> bytes:
        """The content of a support file."""
        return self._support.joinpath(*path.split("/")).read_bytes()

    def identify(self, files: Mapping[str, bytes]) -> Identification:
        """The edition whose traits weigh most in `files` (path → content)."""
        by_name: dict[str, list[str]] = {}
        for path in sorted(files):
            by_name.setdefault(posixpath.basename(path), []).append(path)
        weights: dict[str, int] = {}
        evidence: dict[str, tuple[str, ...]] = {}
        for name in self.names:
            found = [(t, where) for t in self.load(name).traits if (where := _where(t, by_name, files))]
            weights[name] = sum(trait.weight for trait, _ in found)
            evidence[name] = tuple(f"{trait.says} ({where})" for trait, where in found if trait.weight > 0)
        best = max(self.names, key=lambda name: weights[name])
        if weights[best] <= 0:
            note = f"nothing in the files tells the edition; {self.default} was taken"
            return Identification(self.load(self.default), (), note)
        return Identification(self.load(best), evidence[best])

    def _followed(self, name: str, folder: Path, depth: int) -> list[_Layer]:
        """The file of the edition `name`, and those that it extends.

        A file is looked for from `folder`, that of the file which names it.
        """
        if name in self._files:
            file, data = None, self._files[name]
        else:
            file = TomlFile.read(folder / name, "the edition file", EditionError)
            data = file.data()
            if "schema" in data and "extends" not in data:
                file.refuse("this is a rubric, not an edition's file", ("schema",), "")
        parent = data.get("extends")
        if parent is None:
            return [_Layer(data, file)]
        if file is not None and (depth == 0 or not isinstance(parent, str)):
            wanted = ", ".join(f'"{each}"' for each in self.names)
            told = f"`extends = {json.dumps(parent, default=str)}` leads to no edition; name one of {wanted}"
            file.refuse(told, ("extends",), "")
        if file is not None and parent not in self._files and not parent.endswith(".toml"):
            file.refuse(self._no_edition(parent), ("extends",), "")
        beside = (folder / name).parent
        if file is not None and parent not in self._files and not (beside / parent).is_file():
            file.refuse(f"there is no file {parent} beside this one, which it extends", ("extends",), "")
        below = self._followed(parent, beside, depth - 1)
        return [_Layer(data, file), *below]

    def _no_edition(self, name: str) -> str:
        # Of names that are years the nearest one is seldom meant; that before it is what was in use then.
        years = [
            each for each in self.names if each.isdecimal() and name.isdecimal() and int(each) < int(name)
        ]
        hint = f"{years[-1]}, whose form that year has, or " if years else ""
        return f"there is no edition {name!r}; use {hint}one of {', '.join(self.names)}, or a TOML file"


@dataclasses.dataclass(frozen=True)
class _Layer:
    """The data of one file, and the file where it is a course's own."""

    data: Mapping[str, Any]
    file: TomlFile | None


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = base.get(key)
        merged[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _build(raw: _Raw) -> Edition:
    asked = set(raw.questions)
    roles = {role: _site(text) for role, text in raw.roles.items() if text and raw.question_of(role) in asked}
    notebooks = {question: site for question, site in raw.notebooks.items() if question in asked}
    helpers = {name: _site(text) for name, text in raw.helpers.items()}
    wider = None
    if raw.beside:
        wider = _build(msgspec.structs.replace(raw, questions=raw.beside, beside=()))
    made = {"roles": roles, "helpers": helpers, "notebooks": notebooks, "wider": wider}
    return Edition(**{name: getattr(raw, name) for name in _Common.__struct_fields__} | made)


def _site(text: str) -> RoleSite:
    match = SITE.fullmatch(text)
    assert match is not None, f"{text} is no site"  # those of a course's own are verified
    return RoleSite(match[1], match[2], match[3])


def _where(trait: Trait, by_name: Mapping[str, list[str]], files: Mapping[str, bytes]) -> str | None:
    """The first file that shows the trait."""
    if any(fnmatch.filter(by_name, pattern) for pattern in trait.unless):
        return None
    if not all(fnmatch.filter(by_name, pattern) for pattern in trait.beside):
        return None
    search = re.compile(trait.pattern.encode()).search
    for name in fnmatch.filter(by_name, trait.files):
        for path in by_name[name]:
            if search(files[path]):
                return path
    return None
