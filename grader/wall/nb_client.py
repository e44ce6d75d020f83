"""nbclient for one notebook whose output nobody keeps: a bounded part of what is printed, and counts.

Runs inside the wall, beside a kernel; needs nbclient and ipykernel.
"""

from __future__ import annotations

import base64
import contextlib
import os
from collections.abc import Mapping, Sequence
from typing import Any

import nbformat.v4
from nbclient import NotebookClient
from traitlets.config import Config

from .notebook import PICTURE_BYTES, PICTURES, Printed

__all__ = ["Client"]

_START_S = 60
_forms: Any = nbformat.v4  # published without type information


class Client(NotebookClient):
    """A kernel and its client."""

    def __init__(self) -> None:
        # Sockets in the sandbox's file system: there is no network to listen on.
        config = Config({"KernelManager": {"transport": "ipc"}})
        super().__init__(_forms.new_notebook(), kernel_name="python3", config=config)
        self.allow_errors = self.interrupt_on_timeout = True
        self.startup_timeout = _START_S
        self.shell_timeout_interval = 1  # how often it is asked whether the kernel lives
        self.shown = Shown()

    def start(self, descriptors: Sequence[int], opening: str) -> None:
        """Start the kernel, which inherits the descriptors, and run `opening` in it.

        Raises:
            RuntimeError: it does not start, or that code fails.
        """
        self.create_kernel_manager()
        self.start_new_kernel(pass_fds=descriptors, env=dict(os.environ))
        self.start_new_kernel_client()
        self.silently(opening)

    def set_cells(self, sources: Sequence[str]) -> None:
        self.nb.cells = [_forms.new_code_cell(source) for source in sources]

    def run(self, number: int, limit_s: float) -> Shown:
        """Run a cell, counted from 1, interrupting it at its limit. What it raises is shown by the kernel.

        Raises:
            DeadKernelError: the kernel ended.
        """
        self.timeout = max(int(limit_s), 1)
        self.shown = Shown()
        self.execute_cell(self.nb.cells[number - 1], number - 1)
        return self.shown

    def silently(self, code: str) -> None:
        """Run code that neither counts as a cell nor prints.

        Raises:
            DeadKernelError: the kernel ended.
            RuntimeError: the code failed.
        """
        assert self.kc is not None
        self.timeout = None
        reply = self.wait_for_reply(self.kc.execute(code, silent=True, store_history=False))
        if reply is None or reply["content"]["status"] != "ok":
            raise RuntimeError(f"the kernel refused: {reply and reply['content'].get('evalue')}")

    def output(self, outs: object, msg: Mapping[str, Any], display_id: object, cell_index: int) -> None:
        """Called for all that a cell shows, in order."""
        self.shown.take(msg["msg_type"], msg["content"])

    def handle_comm_msg(self, outs: object, msg: object, cell_index: int) -> None:
        """Widgets have nobody to talk to."""


class Shown:
    """What a cell showed: its text as a shell would print it, how many pictures, and the first ones' PNG."""

    def __init__(self) -> None:
        self.printed = Printed()
        self.figures = 0
        self.pictures: list[bytes] = []

    def take(self, kind: str, content: Mapping[str, Any]) -> None:
        if kind == "stream":
            self.printed.write(content["text"])
        data = content.get("data", {})
        if "image/png" in data:
            self.figures += 1
            self._keep(data["image/png"])
        elif "text/plain" in data:
            self.printed.write(f"{data['text/plain']}\n")

    def _keep(self, encoded: object) -> None:
        if isinstance(encoded, str) and len(self.pictures) < PICTURES:
            with contextlib.suppress(ValueError):
                data = base64.b64decode(encoded[: 2 * PICTURE_BYTES])
                if len(data) <= PICTURE_BYTES:
                    self.pictures.append(data)
