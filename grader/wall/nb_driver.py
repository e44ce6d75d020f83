"""Drives a real Jupyter kernel behind the wall: starts it, and runs cells in it with nbclient.

Answers the judge as a worker does (see `worker`, `notebook`). {"op": "start"} comes first, before anything of
a submission. What only the kernel can answer is passed on, see `nb_kernel`. Runs inside the wall, where that
permits processes; needs nbclient and ipykernel.
"""

from __future__ import annotations

import os
import socket
import time
import traceback
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from .harden import harden_kernel
from .wire import WireError, exchange
from .worker import Ask, nobody, serve

__all__ = ["main"]

#: Where the wall's modules lie for the kernel, and where it runs.
_MODULES, _HOME = Path("/tmp/.wall"), Path("/tmp/home")
_ASK = "get_ipython().wall()"
_ATTEND = "__import__('wall.nb_kernel', fromlist=['attend']).attend(get_ipython(), {channel}, {files})"
#: Once the kernel is idle again, its answer is on the way.
_ANSWERED_S = 5.0
_SIGNALLED = 128


def main(channel: socket.socket, settings: dict[str, Any]) -> None:
    """Harden the sandbox, and serve the judge until it closes `channel`. Never returns."""
    harden_kernel(settings["plan"])
    channel.set_inheritable(False)
    for folder in (_MODULES / "wall", _HOME):
        folder.mkdir(parents=True)
    for name, source in {**settings["modules"], "__init__": ""}.items():
        (_MODULES / "wall" / f"{name}.py").write_text(source, encoding="utf-8")
    # A kernel draws its pictures inline.
    os.environ.pop("MPLBACKEND", None)
    os.environ.update(HOME=str(_HOME), JUPYTER_RUNTIME_DIR=str(_HOME / ".run"))
    os.environ["PYTHONPATH"] = f"{settings['packages']}:{_MODULES}"
    os.chdir(_HOME)
    driver = _Driver(settings["shared"])
    try:
        serve(channel, driver)
    except BaseException:  # noqa: BLE001 - whatever the kernel sent, or its death
        traceback.print_exc()
    # The sandbox ends with this process, which ends as the kernel did.
    os._exit(driver.status())


class _Driver:
    """One notebook in one kernel."""

    def __init__(self, files: Mapping[str, int]) -> None:
        """`files`: descriptors of what all submissions may read."""
        self._files = dict(files)
        self._ours, self._theirs = socket.socketpair()
        self._reader = self._ours.makefile("rb", buffering=1 << 16)
        self._post = ThreadPoolExecutor(1)
        self._client: Any = None

    def handle(self, request: dict[str, Any], ask: Ask = nobody) -> dict[str, Any]:
        """Do one request, as `Workbench.handle` does."""
        if request["op"] == "start":
            return self._start()
        if request["op"] == "cell":
            return self._run(request["number"], request["limit_s"], pictures=request["pictures"])
        if request["op"] == "notebook":
            self._client.set_cells(request["sources"])
        return self._ask(request)

    def status(self) -> int:
        """The exit status that says how the kernel ended, as a shell would; 1 if it runs."""
        kernel = self._client and self._client.km and self._client.km.provisioner.process
        code = kernel.poll() if kernel else None
        return 1 if code is None else _SIGNALLED - code if code < 0 else 0

    def _start(self) -> dict[str, Any]:
        from .nb_client import Client

        self._client = Client()
        descriptors = [self._theirs.fileno(), *self._files.values()]
        self._client.start(descriptors, _ATTEND.format(channel=descriptors[0], files=self._files))
        self._theirs.close()
        for descriptor in self._files.values():
            os.close(descriptor)
        return {"ok": True, "value": None, "notes": []}

    def _run(self, number: int, limit_s: float, *, pictures: bool) -> dict[str, Any]:
        started = time.monotonic()
        shown = self._client.run(number, limit_s)
        seconds = time.monotonic() - started
        outcome = self._ask({"op": "outcome", "number": number})
        value = outcome["value"]
        error = value["error"]
        if error and error["type"] == "KeyboardInterrupt" and seconds >= limit_s:
            error["type"] = "CellTimeout"
        return {
            "ok": True,
            "text": shown.printed.text,
            "cut": shown.printed.cut,
            "figures": shown.figures,
            "pictures": [np.frombuffer(data, np.uint8) for data in shown.pictures] if pictures else [],
            "seconds": seconds,
            "error": error,
            "shortened": value["shortened"],
            "notes": outcome["notes"],
        }

    def _ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Have the kernel answer a request, which is sent while a silent cell of its own runs."""
        answer = self._post.submit(exchange, request, self._ours.sendall, self._receive)
        self._client.silently(_ASK)
        return answer.result(_ANSWERED_S)

    def _receive(self, size: int) -> bytes:
        data: bytes = self._reader.read(size)
        if len(data) < size:
            raise WireError("half a reply")
        return data
