"""One notebook's run inside the wall: its cells, one request each, and what they leave in the namespace.

    {"op": "notebook", "name": str, "sources": [...], "python2": bool, "seed": int,
     "folders": [...], "short": {…} | None}               see `nb_files`, `nb_quick`
    {"op": "cell", "number": n, "limit_s": seconds, "pictures": bool}
    {"op": "fetch", "names": [...]}

Cells are numbered from 1, code cells only: as Jupyter would number them in a fresh run. A cell's reply holds
`text` (what it printed), `cut` (characters left out), `figures`, `pictures` (PNG files of the first of them,
as uint8 arrays, if they were asked for), `seconds` and `error`, None or
{"type", "text", "line", "file", "at", "function", "library"}: `line` in the cell, `at` the innermost line of
the submission and `file` its module or `name#number`. Runs inside the wall: the standard library and numpy
only.
"""

from __future__ import annotations

import io
import random
import signal
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from . import errors, nb_compat
from .loader import Sources
from .nb_files import Files
from .nb_quick import ShortTrainings
from .nb_shell import make_shell
from .plain import to_plain
from .wire import ObjectRef, Unsendable

__all__ = ["PICTURES", "PICTURE_BYTES", "Printed", "RunningNotebook"]

MAX_PRINTED = 20_000
#: Larger arrays are data, and stay here.
_MAX_VALUE_BYTES = 32 << 20
_AGAIN_S = 0.5
#: Kept of a cell's figures: small pictures of the first ones.
PICTURES, PICTURE_BYTES = 3, 400_000
_PICTURE_DPI, _DRAWING_S = 50, 5.0


class CellTimeout(BaseException):
    """The cell's time is over. No `Exception`, so that `except Exception` does not swallow it."""


class Printed(io.TextIOBase):
    """Standard output and error of one cell: the first part is kept, the rest is counted."""

    #: IPython writes µ and ± where they can be shown.
    encoding = "utf-8"

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.length = 0

    def write(self, text: str) -> int:
        if self.length < MAX_PRINTED:
            self.pieces.append(text[: MAX_PRINTED - self.length])
        self.length += len(text)
        return len(text)

    def writable(self) -> bool:
        return True

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    @property
    def cut(self) -> int:
        """How many characters were left out."""
        return max(self.length - MAX_PRINTED, 0)


class RunningNotebook:
    """A shell with the submission's modules, the course's data, and the cells of one notebook."""

    def __init__(
        self,
        request: dict[str, Any],
        sources: Sources,
        note: Callable[[str], None],
        keep: Callable[[Any], ObjectRef],
    ) -> None:
        self.name: str = request["name"]
        self.cells: list[str] = request["sources"]
        self.keep = keep
        python2 = request["python2"] or nb_compat.is_python2(self.cells)
        sources.python2 = python2
        if python2:
            note("the notebook was converted from Python 2")
        nb_compat.patch_libraries(note)
        Files(sources.files, note, request["folders"]).install()
        self.short = ShortTrainings(request["short"]) if request["short"] else None
        if self.short:
            self.short.install()
        floors = python2 and not any("import division" in cell for cell in self.cells)
        self.shell = make_shell(self.name, note, python2=python2, floors=floors)
        random.seed(request["seed"])
        np.random.seed(request["seed"])
        signal.signal(signal.SIGALRM, _time_is_over)

    def run(self, number: int, limit_s: float, *, pictures: bool) -> dict[str, Any]:
        """Run one cell; what it raises is part of the reply."""
        if self.short:
            self.short.start_cell()
        printed, started = Printed(), time.monotonic()
        own = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = printed
        error: BaseException | None
        try:
            signal.setitimer(signal.ITIMER_REAL, limit_s, _AGAIN_S)
            error = self.shell.run(self.cells[number - 1], number)
            signal.setitimer(signal.ITIMER_REAL, 0)
        except BaseException as raised:  # noqa: BLE001 - the alarm may ring in the shell's own code
            signal.setitimer(signal.ITIMER_REAL, 0)
            error = raised
        finally:
            sys.stdout, sys.stderr = own
        seconds = time.monotonic() - started
        drawn = _drawn() if pictures else []
        return {
            "text": printed.text,
            "cut": printed.cut,
            "figures": _close_figures(),
            "pictures": drawn,
            "seconds": seconds,
            "error": None if error is None else self.described(error, number),
            "shortened": bool(self.short and self.short.shortened),
        }

    def fetch(self, names: list[str]) -> dict[str, Any]:
        """What the namespace holds under these names.

        A name maps to {"value": …}, or to {"object": ObjectRef, "type": str} for what has to stay here; one
        that is not defined is left out.
        """
        found = {}
        for name in names:
            if name in self.shell.namespace:
                found[name] = self._sent(self.shell.namespace[name])
        return found

    def _sent(self, value: Any) -> dict[str, Any]:
        try:
            return {"value": to_plain(value, largest=_MAX_VALUE_BYTES)}
        except Unsendable:
            return {"object": self.keep(value), "type": errors.type_name(value)[:100]}

    def described(self, error: BaseException, number: int) -> dict[str, Any]:
        """What a cell's reply says of what it raised."""
        found = errors.place(error)
        return {
            "type": errors.type_name(error),
            "text": errors.text(error),
            "line": errors.last_line_in(f"{self.name}#{number}", error),
            "file": found.file,
            "at": found.line,
            "function": found.function,
            "library": errors.absent_library(error),
        }


def _time_is_over(*_: object) -> None:
    raise CellTimeout


def _drawn() -> list[np.ndarray[Any, Any]]:
    """The first figures as PNG files; drawing runs code of the submission's, so its time is limited."""
    found: list[np.ndarray[Any, Any]] = []
    pyplot = sys.modules.get("matplotlib.pyplot")
    try:
        signal.setitimer(signal.ITIMER_REAL, _DRAWING_S)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for number in pyplot.get_fignums()[:PICTURES]:  # type: ignore[union-attr]
                file = io.BytesIO()
                pyplot.figure(number).savefig(file, format="png", dpi=_PICTURE_DPI)  # type: ignore[union-attr]
                if file.tell() <= PICTURE_BYTES:
                    found.append(np.frombuffer(file.getvalue(), np.uint8))
    except BaseException:  # noqa: BLE001 - what cannot be drawn is not shown
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return found


def _close_figures() -> int:
    """Close every figure, and return how many there were."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    try:
        count = len(pyplot.get_fignums())  # type: ignore[union-attr]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pyplot.close("all")  # type: ignore[union-attr]
    except Exception:  # noqa: BLE001 - no pyplot, or one that the notebook replaced
        return 0
    return count
