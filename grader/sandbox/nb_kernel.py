"""A real Jupyter kernel behind the wall: a driver runs its cells with nbclient, and a bench inside serves it.

The driver answers the judge as a worker does (see `worker`, `notebook`). What only the kernel can answer is
passed on: a frame in one file, a silent cell that reads it, a frame in another. Runs inside the wall, in a
room that permits processes; needs nbclient and ipykernel.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from . import shared
from .wire import read_frame, write_frame
from .worker import Workbench, serve

__all__ = ["Kernel", "attend", "main"]

#: Where driver and kernel exchange frames.
_EXCHANGE = Path("/tmp/.exchange")
_HOME = Path("/tmp/home")
_ASK = "get_ipython().wall()"
_ATTEND = "__import__('wall.nb_kernel', fromlist=['attend']).attend(get_ipython())"
_MAX_PRINTED = 20_000


def main(channel: socket.socket, settings: dict[str, Any]) -> None:
    """Serve the judge until it closes `channel`."""
    modules = Path(settings["folder"]) / "wall"
    for folder in (modules, _EXCHANGE, _HOME):
        folder.mkdir(parents=True)
    for name, source in {**settings["modules"], "__init__": ""}.items():
        (modules / f"{name}.py").write_text(source, encoding="utf-8")
    os.environ.update(HOME=str(_HOME), JUPYTER_RUNTIME_DIR=str(_HOME / ".run"))
    os.environ.pop("MPLBACKEND", None)
    os.chdir(_HOME)
    with Kernel() as kernel:
        serve(channel, kernel)


class Kernel:
    """One notebook in one kernel."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._client: Any = None
        self._load: dict[str, Any] = {}

    def __enter__(self) -> Kernel:
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def handle(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do one request, as `Workbench.handle` does."""
        if request["op"] == "load":
            self._load = request
            return {"ok": True, "value": None, "notes": []}
        if request["op"] == "notebook":
            return self._start(request)
        if request["op"] == "cpu":
            return {"ok": True, "value": time.process_time() + self._kernel_cpu(), "notes": []}
        if request["op"] == "cell":
            return self._run(request["number"], request["limit_s"])
        return self._ask(request)

    def _start(self, request: dict[str, Any]) -> dict[str, Any]:
        import nbformat
        from nbclient import NotebookClient

        forms: Any = nbformat.v4
        cells = [forms.new_code_cell(source) for source in request["sources"]]
        self._client = NotebookClient(
            forms.new_notebook(cells=cells),
            kernel_name="python3",
            allow_errors=True,
            interrupt_on_timeout=True,
            startup_timeout=60,
        )
        self._stack.enter_context(self._client.setup_kernel())
        self._silently(_ATTEND)
        loaded = self._ask(self._load)
        return self._ask(request) if loaded.get("ok") else loaded

    def _run(self, number: int, limit_s: float) -> dict[str, Any]:
        self._client.timeout = max(int(limit_s), 1)
        started = time.monotonic()
        cell = self._client.execute_cell(self._client.nb.cells[number - 1], number - 1)
        seconds = time.monotonic() - started
        text = "".join(_printed(output) for output in cell.outputs)
        told = self._ask({"op": "told", "number": number})
        error = told.get("value", {}).get("error")
        if error and error["type"] == "KeyboardInterrupt" and seconds >= limit_s:
            error["type"] = "CellTimeout"
        return {
            "ok": True,
            "text": text[:_MAX_PRINTED],
            "cut": max(len(text) - _MAX_PRINTED, 0),
            "figures": sum("image/png" in output.get("data", ()) for output in cell.outputs),
            "seconds": seconds,
            "error": error,
            "shortened": told.get("value", {}).get("shortened", False),
            "notes": told.get("notes", []),
        }

    def _kernel_cpu(self) -> float:
        """Seconds of CPU that the kernel used."""
        if self._client is None:
            return 0.0
        fields = Path(f"/proc/{self._client.km.provisioner.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Have the kernel answer a request."""
        with (_EXCHANGE / "request").open("wb") as file:
            write_frame(dict(request), file.write)
        self._silently(_ASK)
        with (_EXCHANGE / "reply").open("rb") as file:
            reply: dict[str, Any] = read_frame(file.read)
        return reply

    def _silently(self, code: str) -> None:
        """Run code that neither counts as a cell nor prints."""
        from jupyter_core.utils import run_sync

        ask = run_sync(self._client.kc.execute_interactive)
        reply = ask(code, silent=True, store_history=False, output_hook=_ignore)
        if reply["content"]["status"] != "ok":
            raise RuntimeError(str(reply["content"].get("evalue")))


def _ignore(message: object) -> None:
    pass


def _printed(output: Mapping[str, Any]) -> str:
    """What an output is in a shell: its text, with pictures left out."""
    if output["output_type"] == "stream":
        return str(output["text"])
    data = output.get("data", {})
    return "" if "image/png" in data or "text/plain" not in data else f"{data['text/plain']}\n"


def attend(shell: Any) -> None:
    """In the kernel: answer the driver's requests through `shell.wall()`."""
    for path in Path("/shared").glob("*"):
        shared.keep({path.name: os.open(path, os.O_RDONLY)})
    shell.wall = _Inside(shell)


class _Inside:
    """The bench that holds the submission, beside the shell that runs the cells."""

    def __init__(self, shell: Any) -> None:
        self.bench = Workbench()
        self.result: Any = None
        shell.events.register("pre_run_cell", self._before)
        shell.events.register("post_run_cell", self._after)

    def __call__(self) -> None:
        with (_EXCHANGE / "request").open("rb") as file:
            request = read_frame(file.read, max_bytes=1 << 40)
        reply = self._told(request["number"]) if request["op"] == "told" else self.bench.handle(request)
        with (_EXCHANGE / "reply").open("wb") as file:
            write_frame(reply, file.write)

    def _told(self, number: int) -> dict[str, Any]:
        """How the cell that ran last ended, and what the wall noted meanwhile."""
        notebook, result = self.bench.notebook, self.result
        error = result and (result.error_before_exec or result.error_in_exec)
        notes, self.bench.notes = self.bench.notes, []
        value = {
            "error": notebook.described(error, number) if error else None,
            "shortened": bool(notebook.short and notebook.short.shortened),
        }
        return {"ok": True, "value": value, "notes": notes}

    def _before(self, info: Any) -> None:
        if info.store_history:
            self.result = None
            if self.bench.notebook.short:
                self.bench.notebook.short.start_cell()

    def _after(self, result: Any) -> None:
        if result.info.store_history:
            self.result = result
