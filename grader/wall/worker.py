"""The student's side of the wall: load code, answer calls. Knows no answer, no rubric, no score.

Runs inside the wall: the standard library and numpy only. Requests and replies are dicts (see `wire`):

    {"op": "load", "paths": [...], "sizes": [...], "blob": u1 array, "real_plots": bool}
    {"op": "call", "target": {"file", "name"} | ObjectRef, "method": str | None, "args": tuple,
     "kwargs": dict, "keep": bool, "probe": str | None, "seed": int}
    {"op": "get" | "set", "target": ObjectRef, "name": str, "value": …}
    {"op": "spy", "target": ObjectRef, "name": str, "reply": …, "watch": [...], "least": int}  see `probes`
    {"op": "notebook" | "cell" | "fetch", …}                         see `notebook`
    {"op": "saved", "path": str}                                     see `nb_saved`
    {"op": "mend", "do": "open" | "list" | "run" | "install", …}     see `mending`

A reply is {"ok": True, "value": …, "changed": [argument numbers], "probed": …, "notes": [...]} or
{"ok": False, "kind": "raised" | "import" | "absent" | "unsendable", "type", "text", "file", "line",
"function"}.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import random
import socket
import sys
import types
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from . import compat, probes, shared
from .loader import GoneFinder, PlotFinder, Sources, submission_path
from .wire import ObjectRef, SharedArray, Unsendable, WireError, read_frame, write_frame

__all__ = ["Bench", "Workbench", "answer", "line_of", "serve"]

MAX_TEXT = 2000
_MOST_LINES = 1_000_000
_MAX_DEPTH = 6
#: numpy's scalars travel as Python's: a loss history of 1,500 of them would be as many arrays.
_PYTHON: dict[str, Callable[[Any], Any]] = {"b": bool, "i": int, "u": int, "f": float}


class Bench(Protocol):
    """Does what the judge asks."""

    def handle(self, request: dict[str, Any]) -> dict[str, Any]:
        """The reply to one request."""


def serve(channel: socket.socket, bench: Bench | None = None) -> None:
    """Answer requests on `channel` until the judge closes it."""
    bench, reader = bench or Workbench(), channel.makefile("rb", buffering=1 << 16)
    with contextlib.suppress(EOFError, WireError):
        while True:
            answer(reader, channel, bench)


def answer(reader: io.IOBase, channel: socket.socket, bench: Bench) -> None:
    """Read one request from `reader`, and send the reply on `channel`.

    Raises:
        EOFError, WireError: there is no request.
    """

    def receive(size: int) -> bytes:
        data: bytes = reader.read(size)
        if len(data) < size:
            raise EOFError
        return data

    request = read_frame(receive, max_bytes=1 << 40)
    number = request.pop("id")
    pieces: list[bytes | memoryview] = []
    try:
        write_frame({**bench.handle(request), "id": number}, pieces.append)
    except Unsendable as error:
        pieces.clear()
        write_frame({"ok": False, "kind": "unsendable", "text": str(error), "id": number}, pieces.append)
    for piece in pieces:
        channel.sendall(piece)


class Workbench:
    """Holds one submission's modules and objects, and does what the judge asks with them."""

    def __init__(self, live: Mapping[str, Any] | None = None) -> None:
        """`live` maps names to functions and classes that exist already (a notebook's namespace)."""
        self.live = dict(live or {})
        self.notes: list[str] = []
        self.objects: list[Any] = []
        self.sources: Sources | None = None
        self.notebook: Any = None
        self.mending: Any = None

    def handle(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do one request; never raises for what the student's code does."""
        operation: Callable[[dict[str, Any]], dict[str, Any]] = getattr(self, "do_" + request["op"])
        self.notes = []
        try:
            return {"ok": True, **operation(request), "notes": self.notes}
        except Unsendable as error:
            return {"ok": False, "kind": "unsendable", "text": str(error), "notes": self.notes}
        except _Absent as error:
            return {"ok": False, "kind": "absent", "text": str(error), "notes": self.notes}
        except BaseException as error:  # noqa: BLE001 - SystemExit and a student's own BaseException as well
            return {"ok": False, **describe_exception(error), "notes": self.notes}

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text[:MAX_TEXT])

    def do_load(self, request: dict[str, Any]) -> dict[str, Any]:
        files, start = {}, 0
        blob = request["blob"].tobytes()
        for path, size in zip(request["paths"], request["sizes"], strict=True):
            files[path] = blob[start : start + size]
            start += size
        # The reply hides warnings of old code: they are no mistakes.
        warnings.simplefilter("ignore")
        np.seterr(all="ignore")
        compat.install_names(self.note)
        if not request["real_plots"]:
            sys.meta_path.insert(0, PlotFinder())
        sys.meta_path.insert(0, GoneFinder())
        self.sources = Sources(files, self.note)
        self.sources.install()
        return {"value": None}

    def do_call(self, request: dict[str, Any]) -> dict[str, Any]:
        function = self._target(request["target"])
        if request.get("method"):
            function = getattr(function, request["method"])
        args = [self._resolve(value) for value in request["args"]]
        kwargs = {name: self._resolve(value) for name, value in request["kwargs"].items()}
        # Shared arrays are read-only, so they need no watching (nor room for a copy).
        before = [value.copy() if _may_change(value) else None for value in args]
        random.seed(request["seed"])
        np.random.seed(request["seed"])
        probe = probes.make(request.get("probe"))
        with probe:
            value = function(*args, **kwargs)
        changed = [i for i, old in enumerate(before) if old is not None and not _same(old, args[i])]
        if request["keep"]:
            value = self._keep(value)
        return {"value": to_plain(value), "changed": changed, "probed": probe.result()}

    def do_get(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"value": to_plain(getattr(self._target(request["target"]), request["name"]))}

    def do_set(self, request: dict[str, Any]) -> dict[str, Any]:
        setattr(self._target(request["target"]), request["name"], self._resolve(request["value"]))
        return {"value": None}

    def do_notebook(self, request: dict[str, Any]) -> dict[str, Any]:
        """Open a notebook over the loaded submission, see `notebook`."""
        from .notebook import Notebook

        if self.sources is None:
            raise _Absent("nothing was loaded")
        self.notebook = Notebook(request, self.sources, self.note, self._keep)
        return {"value": None}

    def do_cell(self, request: dict[str, Any]) -> dict[str, Any]:
        reply: dict[str, Any] = self.notebook.run(
            request["number"], request["limit_s"], pictures=request["pictures"]
        )
        return reply

    def do_fetch(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"value": self.notebook.fetch(request["names"])}

    def do_saved(self, request: dict[str, Any]) -> dict[str, Any]:
        """The content of a saved model among the submission's files, see `nb_saved`."""
        from .nb_saved import read_saved
        from .notebook import plain

        if self.sources is None:
            raise _Absent("nothing was loaded")
        return {"value": plain(read_saved(self.sources.files[request["path"]]))}

    def do_mend(self, request: dict[str, Any]) -> dict[str, Any]:
        """Make and try candidates for a mend of a function, see `mending`."""
        from .mending import Mending

        if request["do"] == "open":
            if self.sources is None:
                raise _Absent("nothing was loaded")
            file = request["file"]
            module = self.sources.import_file(file)
            self.mending = Mending(request, self.sources.files[file], module, self._import)
            return {"value": self.mending.open()}
        asked = {name: request[name] for name in ("chain", "chains", "picks", "scene", "limit_s") if name in request}
        return {"value": getattr(self.mending, request["do"])(**asked)}

    def do_spy(self, request: dict[str, Any]) -> dict[str, Any]:
        """Put a spy in the place of a method; the spy is an object whose `calls` can be fetched."""
        target = self._target(request["target"])
        spy = probes.Spy(target, request["name"], request["reply"], request["watch"], request.get("least", 0))
        spy.install(request["name"])
        return {"value": self._keep(spy)}

    def _target(self, target: Any) -> Any:
        if isinstance(target, ObjectRef):
            return self.objects[target.number]
        if target["file"] is None:
            found: Any = self.live.get(target["name"])
        else:
            found = self._import(target["file"], target["name"])
        if found is None:
            raise _Absent(f"{target['name']} is not defined")
        return found

    def _import(self, file: str, name: str) -> Any:
        if self.sources is None:
            raise _Absent("nothing was loaded")
        try:
            module = self.sources.import_file(file)
        except BaseException as error:
            raise _ImportFailed from error
        return getattr(module, name, None)

    def _keep(self, value: Any) -> ObjectRef:
        self.objects.append(value)
        return ObjectRef(len(self.objects) - 1)

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, ObjectRef):
            return self.objects[value.number]
        if isinstance(value, SharedArray):
            array = shared.array(value.name)[: value.rows]
            return array.T if value.transposed else array
        if type(value) in (list, tuple):
            return type(value)(self._resolve(item) for item in value)
        if type(value) is dict:
            return {name: self._resolve(item) for name, item in value.items()}
        return value


class _Absent(Exception):  # noqa: N818 - a finding
    pass


class _ImportFailed(Exception):  # noqa: N818 - carries the student's own error as its cause
    pass


def _may_change(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.flags.writeable


def _same(a: np.ndarray[Any, Any], b: Any) -> bool:
    return type(b) is np.ndarray and a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def to_plain(value: Any, depth: int = 0) -> Any:
    """The value with numpy's scalars and subclasses turned into plain arrays, containers into plain ones.

    Raises:
        Unsendable: something in it is neither number, text, array nor a container of them.
    """
    if depth > _MAX_DEPTH:
        raise Unsendable(f"a value nested more than {_MAX_DEPTH} deep")
    kind = type(value)
    if value is None or kind in (bool, int, float, str, ObjectRef):
        return value
    if isinstance(value, np.generic) and value.dtype.kind in _PYTHON:
        return _PYTHON[value.dtype.kind](value)
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain_array(value)
    if issubclass(kind, dict):
        return {to_plain(k, depth + 1): to_plain(v, depth + 1) for k, v in dict.items(value)}
    if issubclass(kind, (list, tuple)):
        items = [
            to_plain(item, depth + 1) for item in (list if issubclass(kind, list) else tuple).__iter__(value)
        ]
        return items if issubclass(kind, list) else tuple(items)
    raise Unsendable(f"a value of type {_type_name(value)}")


def _plain_array(value: Any) -> np.ndarray[Any, Any]:
    array = np.array(value, subok=False, copy=True)
    if type(array) is not np.ndarray or array.dtype.kind not in "biufc":
        raise Unsendable(f"an array of dtype {array.dtype}")
    return array


def _type_name(value: Any) -> str:
    name = type.__getattribute__(type(value), "__name__")
    return name if type(name) is str else "unknown"


def describe_exception(error: BaseException) -> dict[str, Any]:
    """What a person needs of an exception: its type, text, and the place in the student's own files."""
    importing = isinstance(error, _ImportFailed)
    if importing and error.__cause__ is not None:
        error = error.__cause__
    file, line, function = _place(error)
    return {
        "kind": "import" if importing else "raised",
        "type": _type_name(error)[:200],
        "text": _text(error),
        "file": file,
        "line": line,
        "function": function,
    }


def _text(error: BaseException) -> str:
    try:
        if isinstance(error, SyntaxError):
            return str(error.msg)[:MAX_TEXT]
        return str(str(error))[:MAX_TEXT]
    except BaseException:  # noqa: BLE001 - a student's __str__ may itself raise
        return ""


def line_of(error: SyntaxError) -> int | None:
    """Its line; a submission may raise one of its own, with anything for a line."""
    line = error.lineno
    return line if type(line) is int and 0 < line < _MOST_LINES else None


def _place(error: BaseException) -> tuple[str | None, int | None, str | None]:
    if isinstance(error, SyntaxError) and type(error.filename) is str:
        file = submission_path(error.filename)
        if file is not None:
            return file, line_of(error), None
    place: tuple[str | None, int | None, str | None] = (None, None, None)
    trace: types.TracebackType | None = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        file = submission_path(code.co_filename)
        if file is not None:
            place = (file, trace.tb_lineno, code.co_name)
        trace = trace.tb_next
    return place


# Loaded before the fork, so that the first use in a child costs nothing.
importlib.import_module("numpy.linalg")
importlib.import_module("numpy.random")
