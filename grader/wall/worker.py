"""The student's side of the wall: load code, answer calls. Knows no answer, no rubric, no score.

Runs inside the wall: the standard library and numpy only. Requests and replies are dicts (see `wire`):

    {"op": "load", "paths": [...], "sizes": [...], "blob": u1 array, "package": str,
     "loose": str, "supplied": [...], "real_plots": bool}
    {"op": "call", "target": {"file", "name"} | ObjectRef, "method": str | None, "args": tuple,
     "kwargs": dict, "keep": bool, "probe": str | None, "seed": int, "spare": [...],  see `arguments`
     "room": bytes}                                                                   see `wire`
    {"op": "all", "requests": [...], "room": bytes}     the value is a reply to each, as if it came alone
    {"op": "get" | "set", "target": ObjectRef, "name": str, "value": …}
    {"op": "spy", "target": ObjectRef, "name": str, "reply": …, "asks": bool, "watch": [...], "least": int}
    {"op": "notebook" | "cell" | "fetch", …}                         see `notebook`
    {"op": "saved", "file": u1 array, "keys": [...] | None}          see `saved`
    {"op": "mend", "do": "open" | "listed" | "run" | "install", …}     see `mending`

A reply is {"ok": True, "value": …, "changed": [argument numbers], "changed_names": [keywords], "probed": …,
"untaken": [names], "notes": [...]} or
{"ok": False, "kind": "raised" | "import" | "absent" | "unsendable", "type", "text", "file", "line",
"function"}.

While a call runs, a spy that asks sends {"asked": {"args", "kwargs", "watched"}, "id": …} for each call that
it stands in for, and gets {"answer": …}, see `probes.Spy`: so the record is where no student's code reaches.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import random
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from . import arguments, compat, errors, gone, probes, shared, supplied, wire
from .loader import Sources, StandInFinder
from .mending import Mending
from .notebook import RunningNotebook
from .plain import to_plain
from .saved import MAX_BYTES, read_saved
from .wire import ObjectRef, SharedArray, Unsendable, WireError, read_frame, write_frame

__all__ = ["Ask", "Workbench", "answer", "serve"]

#: By these names nothing of the submission runs, whatever it puts in their place.
_seed_python, _seed_numpy = random.seed, np.random.seed
_PLOTTING = ("matplotlib", "pylab", "seaborn", "IPython")


#: Puts a question to the judge, who waits for the reply to a request, and gives the answer.
Ask = Callable[[dict[str, Any]], Any]


def nobody(question: dict[str, Any]) -> Any:
    """Where there is no judge to ask."""
    raise RuntimeError("the call that this belonged to is over")


class Bench(Protocol):
    """Does what the judge asks."""

    def handle(self, request: dict[str, Any], ask: Ask = nobody) -> dict[str, Any]:
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
    asked = threading.Lock()

    def ask(question: dict[str, Any]) -> Any:
        with asked:  # a student's threads may ask at a time
            write_frame({"asked": question, "id": number}, channel.sendall)
            return read_frame(receive, max_bytes=1 << 40)["answer"]

    try:
        write_frame({**bench.handle(request, ask), "id": number}, pieces.append)
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
        self.notebook: RunningNotebook | None = None
        self.mending: Mending | None = None
        self._ask: Ask = nobody

    def handle(self, request: dict[str, Any], ask: Ask = nobody) -> dict[str, Any]:
        """Do one request; never raises for what the student's code does."""
        operation: Callable[[dict[str, Any]], dict[str, Any]] = getattr(self, "do_" + request["op"])
        self.notes, self._ask = [], ask
        try:
            reply = {"ok": True, **operation(request)}
        except Unsendable as error:
            reply = {"ok": False, "kind": "unsendable", "text": str(error)}
        except _Absent as error:
            reply = {"ok": False, "kind": "absent", "text": str(error)}
        except BaseException as error:  # noqa: BLE001 - SystemExit and a student's own BaseException as well
            reply = {"ok": False, **describe_exception(error)}
        finally:
            self._ask = nobody
        return {**reply, "notes": self.notes, "absent": self.sources.absent if self.sources else []}

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text[: errors.MAX_TEXT])

    def do_load(self, request: dict[str, Any]) -> dict[str, Any]:
        files, start = {}, 0
        blob = request["blob"].tobytes()
        for path, size in zip(request["paths"], request["sizes"], strict=True):
            files[path] = blob[start : start + size]
            start += size
        # The reply hides warnings of old code: they are no mistakes.
        warnings.simplefilter("ignore")
        np.seterr(all="ignore")
        supplied.install(self.note)
        gone.install()
        compat.install(self.note)
        if not request["real_plots"]:
            # Where only functions are called, plots cost more than the work.
            sys.meta_path.insert(0, StandInFinder(*_PLOTTING, harmless=True))
        # It remains as an empty shell: scipy.misc lost its image functions.
        sys.meta_path.insert(0, StandInFinder("scipy.misc", harmless=False))
        self.sources = Sources(files, self.note, request["package"], request["loose"])
        self.sources.install()
        errors.pass_over(request["supplied"])
        return {"value": None}

    def do_call(self, request: dict[str, Any]) -> dict[str, Any]:
        function = self._target(request["target"])
        if request.get("method"):
            function = getattr(function, request["method"])
        args = [self._resolve(value) for value in request["args"]]
        given = {name: self._resolve(value) for name, value in request["kwargs"].items()}
        placed, untaken = arguments.placed(function, len(args), given, request.get("spare", ()))
        # Shared arrays are read-only, so they need no watching (nor room for a copy).
        before = [value.copy() if _may_change(value) else None for value in args]
        named = {name: value.copy() for name, value in given.items() if _may_change(value)}
        _seed_python(request["seed"])
        _seed_numpy(request["seed"])
        probe = probes.make(request.get("probe"))
        with probe:
            value = function(*args, **placed)
        changed = [i for i, old in enumerate(before) if old is not None and not _same(old, args[i])]
        if request["keep"] and value is not None:  # nothing is not worth keeping
            value = self._keep(value)
        value = to_plain(
            value, largest=request.get("room", wire.MAX_BYTES) + wire.TIMES_ASKED * _size(request["args"])
        )
        by_name = [name for name, old in named.items() if not _same(old, given[name])]
        told = {"changed": changed, "changed_names": by_name, "untaken": untaken}
        return {"value": value, "probed": probe.result(), **told}

    def do_all(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"value": [self.handle(one) for one in request["requests"]]}

    def do_get(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"value": to_plain(getattr(self._target(request["target"]), request["name"]))}

    def do_set(self, request: dict[str, Any]) -> dict[str, Any]:
        setattr(self._target(request["target"]), request["name"], self._resolve(request["value"]))
        return {"value": None}

    def do_notebook(self, request: dict[str, Any]) -> dict[str, Any]:
        """Open a notebook over the loaded submission, see `notebook`."""
        self.notebook = RunningNotebook(request, self._loaded(), self.note, self._keep)
        return {"value": None}

    def do_cell(self, request: dict[str, Any]) -> dict[str, Any]:
        return self.opened().run(request["number"], request["limit_s"], pictures=request["pictures"])

    def do_fetch(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"value": self.opened().fetch(request["names"])}

    def do_saved(self, request: dict[str, Any]) -> dict[str, Any]:
        """The content of a file with arrays, see `saved`."""
        found = read_saved(request["file"].tobytes(), request["keys"])
        return {"value": to_plain(found, largest=MAX_BYTES)}

    def do_mend(self, request: dict[str, Any]) -> dict[str, Any]:
        """Make and try candidates for a mend of a function, see `mending`."""
        if request["do"] == "open":
            if self.sources is None:
                raise _Absent("nothing was loaded")
            file = request["file"]
            module = self.sources.import_file(file)
            self.mending = Mending(request, self.sources.files[file], module, self._import)
            return {"value": self.mending.open()}
        asked = {
            name: request[name]
            for name in ("chain", "chains", "picks", "scene", "limit_s")
            if name in request
        }
        return {"value": getattr(self.mending, request["do"])(**asked)}

    def do_spy(self, request: dict[str, Any]) -> dict[str, Any]:
        """Put a spy in the place of a method, see `probes`; what it `asks` the judge answers."""
        answer = self._told if request["asks"] else probes.Recorder(request["reply"])
        target = self._target(request["target"])
        spy = probes.Spy(target, request["name"], answer, request["watch"], request["least"])
        spy.install(request["name"])
        return {"value": None}

    def _told(self, call: dict[str, Any]) -> Any:
        """The judge's answer to a call that a spy stands in for."""
        return self._ask(to_plain(call, largest=wire.MAX_BYTES))

    def _loaded(self) -> Sources:
        if self.sources is None:
            raise _Absent("nothing was loaded")
        return self.sources

    def opened(self) -> RunningNotebook:
        """The notebook that was opened."""
        if self.notebook is None:
            raise _Absent("no notebook was opened")
        return self.notebook

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
        sources = self._loaded()
        try:
            module = sources.import_file(file)
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


def _size(args: tuple[Any, ...]) -> int:
    """Bytes of the arrays among the arguments."""
    return sum(arg.nbytes for arg in args if isinstance(arg, np.ndarray))


def _may_change(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.flags.writeable


def _same(a: np.ndarray[Any, Any], b: Any) -> bool:
    return type(b) is np.ndarray and a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def describe_exception(error: BaseException) -> dict[str, Any]:
    """What a reply says of an exception."""
    importing = isinstance(error, _ImportFailed)
    if importing and error.__cause__ is not None:
        error = error.__cause__
    return {
        "kind": "import" if importing else "raised",
        "type": errors.type_name(error),
        "text": errors.text(error),
        **errors.place(error)._asdict(),
        "module": errors.absent_module(error),
        "library": errors.absent_library(error),
    }


# Loaded before the fork, so that the first use in a child costs nothing.
importlib.import_module("numpy.linalg")
importlib.import_module("numpy.random")
