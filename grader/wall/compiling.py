"""Compile a submission's files: decoded, converted where they are of another time, their steps counted.

Runs inside the wall: the standard library only (and fissix, where old code needs conversion).
"""

from __future__ import annotations

import ast
import contextlib
import io
import tokenize
import types
import warnings
from collections.abc import Callable, Iterator
from typing import TypeGuard

from . import compat, counting, gone, older
from .places import ROOT
from .python2 import converted

__all__ = ["compiled", "decoded", "forgiving", "parsed", "prepare_code"]

#: Real ones are a few kilobytes; beyond this a file is no module that a person wrote.
MAX_SOURCE = 2 << 20
#: Conversion costs milliseconds a line.
MAX_CONVERTED = 200_000


def prepare_code(
    data: bytes, path: str, note: Callable[[str], None], *, python2: bool = False
) -> types.CodeType:
    """Compile a file, after conversion where it is Python 2 or mixes tabs and spaces.

    With `python2` it is taken for that although it may be valid today.

    Raises:
        SyntaxError: no conversion makes it valid; the error is that of the file as it was written.
    """
    whole = _without_end(data)
    if whole != data:
        note(f"{path}: passed over the NUL bytes at its end; save it without them, Python 3.12 refuses them")
    source = decoded(whole)
    if python2:
        with contextlib.suppress(Exception):
            return compiled(converted(source), path, note)
    try:
        return compiled(source, path, note)
    except SyntaxError as error:
        original = error
    if len(source) > MAX_CONVERTED or "nested" in str(original.msg):
        raise original
    for convert, what in (
        (_expand_tabs, "its mixed tabs were expanded"),
        (converted, "converted from Python 2"),
    ):
        try:
            code = compiled(convert(source), path, note)
        except Exception:  # noqa: BLE001 - the student is shown the error of their own text
            continue
        note(f"{path}: {what}")
        return code
    raise original


def parsed(data: bytes) -> ast.Module:
    """The syntax tree of a file as it was written, or converted; lines are those of the file.

    Raises:
        SyntaxError: no conversion makes it valid.
    """
    source = decoded(_without_end(data))
    for convert in (str, _expand_tabs, converted):
        with contextlib.suppress(Exception):
            found = convert(source)
            return ast.parse(found) if isinstance(found, str) else found
    raise SyntaxError("no conversion makes it valid")


def forgiving(data: bytes, path: str, note: Callable[[str], None]) -> types.CodeType:
    """The module with every import at its top level that fails bound to a stand-in."""
    tree = ast.parse(decoded(_without_end(data)))
    tree.body = [each for statement in tree.body for each in _tried(statement)]
    return compiled(ast.fix_missing_locations(tree), path, note)


def _may_lack(statement: ast.stmt) -> TypeGuard[ast.Import | ast.ImportFrom]:
    """Whether it imports a library, or names from one, which may not be there."""
    if isinstance(statement, ast.ImportFrom):
        return not statement.level and statement.module != "__future__"
    return isinstance(statement, ast.Import)


def _tried(statement: ast.stmt) -> Iterator[ast.stmt]:
    """An import as `try: from M import a` / `except ImportError: a = stand-in`, on the same line.

    Each library of `import a, b` by itself, for another may be there; any other statement as it is.
    """
    if not _may_lack(statement):
        yield statement
        return
    whole = isinstance(statement, ast.ImportFrom)
    for each in [statement] if whole else [ast.Import([alias]) for alias in statement.names]:
        stand_ins = [s for alias in each.names if alias.name != "*" for s in _stand_in(each, alias)]
        handler = ast.ExceptHandler(ast.Name("ImportError", ast.Load()), None, stand_ins or [ast.Pass()])
        yield ast.copy_location(ast.Try([ast.copy_location(each, statement)], [handler], [], []), statement)


def _stand_in(statement: ast.Import | ast.ImportFrom, alias: ast.alias) -> list[ast.stmt]:
    """What binds the name that is imported to a stand-in, which knows what it stands for."""
    if isinstance(statement, ast.ImportFrom):
        name, stands_for = alias.asname or alias.name, f"{statement.module}.{alias.name}"
    elif alias.asname:
        name, stands_for = alias.asname, alias.name
    else:
        name = stands_for = alias.name.partition(".")[0]
    return ast.parse(
        f"from {compat.__name__} import Unavailable as _gone\n{name} = _gone({stands_for!r})"
    ).body


def compiled(source: str | ast.Module, path: str, note: Callable[[str], None]) -> types.CodeType:
    filename = ROOT + path
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = _for_today(source, path, note)
            return counting.bound(compile(tree, filename, "exec", dont_inherit=True))
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:
            raise SyntaxError(f"cannot be compiled: {error}", (filename, 1, 1, "")) from None


def _for_today(source: str | ast.Module, path: str, note: Callable[[str], None]) -> str | ast.Module:
    """Code that asks for what earlier years did; as it stands if it is nested too deeply to be looked at."""
    try:
        tree = ast.parse(source, ROOT + path) if isinstance(source, str) else source
        for what in gone.python2_names(tree):
            note(what)
        return counting.counting(older.rewritten(tree))
    except RecursionError:
        counting.not_counted()
        return source


def _without_end(data: bytes) -> bytes:
    """Without the NUL bytes at its end, at which earlier Pythons stopped to read."""
    end = data.rstrip(b"\0\r\n\x20")
    return end + b"\n" if b"\0" in data[len(end) :] else data


def decoded(data: bytes) -> str:
    if len(data) > MAX_SOURCE:
        raise SyntaxError(f"a source file of {len(data) >> 20} MB is too large")
    if data.startswith(b"version https://git-lfs"):
        raise SyntaxError("this file is a Git LFS pointer, not the source itself; hand in the file's content")
    if b"\0" in data:
        # Of Python's own versions, some raise ValueError for it.
        raise SyntaxError("source code string cannot contain null bytes")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError):
        text = data.decode("latin-1")
    # A coding line is for bytes; the text is decoded already.
    return text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _expand_tabs(source: str) -> str:
    return source.expandtabs(8)
