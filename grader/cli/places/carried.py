"""The options of a build, and the files that they name, as they go along to the place that grades by them."""

from __future__ import annotations

import dataclasses
import json
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from grader.batch.seed import MOST_SEED
from grader.cli.options import OptionError, Options
from grader.scoring import rubric

__all__ = ["carried", "read_options"]

OPTIONS_FILE = "options.toml"
_ABOVE = "# What is graded by; the names are those of the options of `grader check`.\n"
_COURSE = "course_files"


def carried(options: Options, *, secret: bool) -> dict[str, bytes]:
    """Every file that the place needs to grade by these options: name → content, OPTIONS_FILE among them.

    Args:
        secret: nobody who is graded can read it; a seed is drawn where none is given.

    Raises:
        OptionError: an option names something of this machine that cannot go along.
    """
    if options.python is not None:
        raise OptionError("--python names an interpreter of this machine; the place has its own")
    if options.data not in ("auto", "synthetic"):
        raise OptionError(f"--data {options.data} lies on this machine; use --data synthetic")
    files, told = {}, _changed(options)
    if options.rubric is not None and options.rubric not in rubric.available():
        files["rubric.toml"], told["rubric"] = _read(Path(options.rubric)), "rubric.toml"
    if options.edition.endswith(".toml"):
        chain = dict(_editions(Path(options.edition), Path()))
        files |= chain
        told["edition"] = next(iter(chain))
    if options.course_files is not None:
        files |= dict(_below(options.course_files))
        told["course_files"] = _COURSE
    if secret and options.seed is None:
        told["seed"] = secrets.randbelow(MOST_SEED + 1)
    return files | {OPTIONS_FILE: _toml(told).encode()}


def read_options(folder: Path) -> Options:
    """The options that were carried into the folder, with their files.

    Raises:
        OptionError: they cannot be read.
    """
    file = folder / OPTIONS_FILE
    try:
        told = tomllib.loads(file.read_text("utf-8"))
        for name in ("rubric", "edition", "course_files"):
            if name in told and (folder / str(told[name])).exists():
                told[name] = str(folder / str(told[name]))
        return msgspec.convert(told, Options, dec_hook=lambda kind, value: kind(value))
    except OSError as error:
        raise OptionError(f"{file} cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise OptionError(f"{file}: {error}") from None


def _changed(options: Options) -> dict[str, Any]:
    """The options that differ from their defaults."""
    usual = Options()
    values = {each.name: getattr(options, each.name) for each in dataclasses.fields(Options)}
    return {name: value for name, value in values.items() if value != getattr(usual, name)}


def _toml(told: Mapping[str, Any]) -> str:
    # Texts, numbers, truth values and lists of them are written alike in JSON.
    return _ABOVE + "".join(f"{name} = {json.dumps(value)}\n" for name, value in told.items())


def _editions(file: Path, at: Path) -> Iterator[tuple[str, bytes]]:
    """The edition's file and those that it extends, each where the one before it looks for it."""
    data = _read(file)
    name = at / file.name
    if ".." in name.parts or name.is_absolute():
        raise OptionError(
            f"--edition: {file} lies outside of the edition's folder; put it beside the edition"
        )
    yield name.as_posix(), data
    parent = tomllib.loads(data.decode("utf-8")).get("extends", "")
    if isinstance(parent, str) and parent.endswith(".toml"):
        yield from _editions(file.parent / parent, at / Path(parent).parent)


def _below(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            yield f"{_COURSE}/{file.relative_to(folder).as_posix()}", _read(file)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise OptionError(f"{file} cannot be read ({error.strerror})") from None
