"""A student's functions as they live in this process: a notebook's own names, else modules that it imports.

Nothing is kept apart here: this is for people who check their own work.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import linecache
import posixpath
import random
import signal
import sys
import threading
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from grader.intake.editions import Edition, Editions, RoleSite
from grader.intake.notebooks.definitions import CellModule, CellModules, Origin
from grader.intake.roles import find_roles
from grader.intake.site import Site
from grader.sandbox.host import WorkerTimeout
from grader.student.calls import Answer
from grader.student.in_process import InProcess
from grader.student.lent import lent_modules

__all__ = ["Live", "LiveStudent", "add_given", "as_they_were", "find_live"]

#: What the places in cells are called.
NOTEBOOK = "this notebook"
#: Seconds that a call may take.
CALL_S = 10.0


@dataclass
class Live:
    """What was found: objects by name, their sites, the texts they were made from, and for the rest why not.

    `homes` names the text that each object is from, and `cells` leads from one made of a cell back to it.
    """

    objects: dict[str, Any] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    cells: CellModules = field(default_factory=CellModules)
    notes: list[str] = field(default_factory=list)


def find_live(namespace: Mapping[str, Any], edition: Edition, cell_numbers: Mapping[str, int]) -> Live:
    """Each role's function or class: by its name in `namespace`, else in the module where the course has it.

    Args:
        cell_numbers: the number of the cell whose code has that file name.
    """
    live = Live()
    with lent_modules() as lent:
        for role, site in edition.roles.items():
            if site.name not in live.objects:
                found, reason = _object(site.name, site.file, namespace)
                if found is None:
                    live.absent[role] = reason
                    continue
                live.objects[site.name] = found
                _read_source(site.name, found, cell_numbers, edition.package, live)
    live.notes += [f"the module {name} was supplied" for name in dict.fromkeys(lent)]
    _add_sites(live, edition)
    return live


@contextlib.contextmanager
def as_they_were(live: Live) -> Iterator[None]:
    """In the end every class has its own methods again: checks put spies in their place."""
    kinds = {kind for found in live.objects.values() if inspect.isclass(found) for kind in found.__mro__}
    before = {kind: dict(vars(kind)) for kind in kinds if kind is not object}
    try:
        yield
    finally:
        for kind, own in before.items():
            for name, value in dict(vars(kind)).items():
                if name in own and own[name] is not value:
                    setattr(kind, name, own[name])
                elif name not in own and callable(value):
                    delattr(kind, name)


def _object(name: str, file: str, namespace: Mapping[str, Any]) -> tuple[Any, str]:
    """The object, or None and the reason."""
    if callable(namespace.get(name)):
        return namespace[name], ""
    module = file.removesuffix(".py").replace("/", ".")
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ModuleNotFoundError as error:
        if error.name is not None and not f"{module}.".startswith(f"{error.name}."):
            return None, f"`{file}` cannot be imported: {error}; `%pip install {error.name}`"
        return None, f"`{name}` is not defined in this notebook yet: run its cell, or import it"
    except BaseException as error:  # noqa: BLE001 - the student's module may fail in any way
        return None, f"`{file}` cannot be imported: {type(error).__name__}: {error}"
    return (found, "") if callable(found) else (None, f"`{file}` does not define {name}")


def _read_source(name: str, found: Any, cell_numbers: Mapping[str, int], package: str, live: Live) -> None:
    """Keep the text of the file or cell that the object comes from, and its base classes'."""
    kinds = [k for k in inspect.getmro(found) if k is not object] if inspect.isclass(found) else [found]
    for kind in kinds:
        filename = _filename(kind)
        lines = linecache.getlines(filename) if filename else []
        if not filename or not lines:
            continue
        number = cell_numbers.get(filename)
        path = f"cell_{number}.py" if number is not None else _shown(filename, package)
        source = "".join(lines)
        live.files[path] = source.encode("utf-8", "replace")
        live.homes.setdefault(name, path)
        if number is not None:
            origins = tuple(Origin(number, line) for line in range(1, len(lines) + 1))
            live.cells[path] = CellModule(NOTEBOOK, name, path, source, origins)
        elif _is_stale(kind, source):
            note = f"{path} was changed after it was imported: restart, or use %autoreload 2"
            live.notes += [note] if note not in live.notes else []


def _filename(found: Any) -> str | None:
    """Where the code of a function, or of a class's first method, was written."""
    functions = [found, *vars(found).values()] if inspect.isclass(found) else [found]
    for function in functions:
        code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
        if isinstance(code, types.CodeType):
            return code.co_filename
    return None


def _shown(filename: str, package: str) -> str:
    """The file relative to the current folder, or from the course's package on."""
    path = Path(filename)
    with contextlib.suppress(ValueError):
        return path.resolve().relative_to(Path.cwd()).as_posix()
    parts = path.parts
    return posixpath.join(*parts[parts.index(package) :]) if package in parts else path.name


def _is_stale(found: Any, source: str) -> bool:
    """Whether the file now holds other code than what was imported."""
    try:
        now = _codes(compile(source, "now", "exec"))
    except (SyntaxError, ValueError):
        return True
    functions = vars(found).values() if inspect.isclass(found) else [found]
    loaded = [f.__code__ for f in functions if isinstance(f, types.FunctionType)]
    return any(_content(code) != _content(now.get(code.co_qualname)) for code in loaded)


def _codes(code: types.CodeType) -> dict[str, types.CodeType]:
    inside = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    return {c.co_qualname: c for c in inside} | {k: v for c in inside for k, v in _codes(c).items()}


def _content(code: types.CodeType | None) -> object:
    if code is None:
        return None
    constants = [c if not isinstance(c, types.CodeType) else _content(c) for c in code.co_consts]
    return code.co_code, code.co_names, repr(constants)


def _add_sites(live: Live, edition: Edition) -> None:
    """The role's lines and orientation, from the texts; a role without a text is called all the same."""
    moved = {
        role: RoleSite(live.homes.get(site.name, site.file), site.name, site.method)
        for role, site in edition.roles.items()
    }
    found = find_roles(live.files, msgspec.structs.replace(edition, roles=moved), used=live.homes.values())
    for role, site in edition.roles.items():
        if role in live.absent or site.name not in live.objects:
            continue
        known = found[role]
        if isinstance(known, Site):
            live.sites[role] = known
        elif site.method is None or hasattr(live.objects[site.name], site.method):
            live.sites[role] = Site(None, site.name, site.method, transposed=edition.weights == "CxD")
        else:
            live.absent[role] = f"`{site.name}` has no method {site.method}"


def add_given(live: Live, edition: Edition, editions: Editions) -> None:
    """What checks call of the grader's own beside the work."""
    for name, helper in edition.helpers.items():
        if helper.file in edition.given:
            module = types.ModuleType(helper.file.removesuffix(".py"))
            exec(compile(editions.support(helper.file), helper.file, "exec"), module.__dict__)
            live.objects[helper.name] = getattr(module, helper.name)
            live.sites[name] = Site(None, helper.name, helper.method)


class _Late(BaseException):
    """Raised in the student's code when its time is over; no `except Exception` of theirs stops it."""


class LiveStudent(InProcess):
    """Calls the live objects; what they print is hidden, and their random numbers are left as they were.

    A call may take `CALL_S` seconds where the system can tell (not on Windows, nor beside the main thread).
    """

    def __init__(self, live: Live, seed: int = 231) -> None:
        super().__init__(live.objects, live.sites, seed)
        self.absent = dict(live.absent)

    def request(
        self, message: dict[str, Any], timeout: float | None = None, answer: Answer | None = None
    ) -> dict[str, Any]:
        target = message.get("target")
        if isinstance(target, dict):
            message = {**message, "target": {**target, "file": None}}
        limit = timeout or CALL_S
        with _same_random_numbers(), contextlib.redirect_stdout(io.StringIO()), _alarm(limit):
            reply = super().request(message, timeout, answer)
        if reply.get("type") == "KeyboardInterrupt":
            raise KeyboardInterrupt
        if reply.get("type") == _Late.__name__:
            raise WorkerTimeout(f"did not finish within {limit:g} s")
        return reply


@contextlib.contextmanager
def _same_random_numbers() -> Iterator[None]:
    numpy_state, state = np.random.get_state(), random.getstate()
    try:
        yield
    finally:
        np.random.set_state(numpy_state)
        random.setstate(state)


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise `_Late` in the code below when the time is over."""
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield
        return

    def late(signum: int, frame: types.FrameType | None) -> None:
        raise _Late

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
