"""The warm process behind the wall: loads numpy once, then forks one hardened child per worker.

It never holds the reference, the rubric or a submission, so a child finds no secret in the memory that it
inherits. Runs inside the wall: the standard library and numpy only. It speaks JSON lines with the judge:

    {"op": "fork", "number": n, "plan": {...}}    with two descriptors: the channel and the output pipe
    {"op": "kill", "number": n}
    {"op": "cpu", "number": n}
    {"event": "ready", "address_space": bytes}
    {"event": "cpu", "number": n, "seconds": t}     of the child so far; null where the system cannot tell
    {"event": "exit", "number": n, "status": s, "cpu_s": t, "rss_kb": m}
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import traceback
from typing import Any

from . import filesystem, harden, linux, shared
from .greeting import BROKEN, READY

__all__ = ["main"]

_CHANNEL, _FIRST_FREE = 3, 4


def main(control: socket.socket, settings: dict[str, Any]) -> None:
    """Serve the judge until it closes `control`, then end with every child."""
    linux.die_with_parent()
    if settings["file_system"]:
        filesystem.enter(settings["file_system"], control)
    # Set by bubblewrap.
    os.environ.pop("PWD", None)
    shared.keep(settings["shared"])
    sys.path.append(settings["packages"])
    for name in settings["preload"]:
        importlib.import_module(name)
    Zygote(control, settings).run()
    os._exit(0)


class Zygote:
    """Forks, reaps and kills children on the judge's word."""

    def __init__(self, control: socket.socket, settings: dict[str, Any]) -> None:
        self.control = control
        self.settings = settings
        self.children: dict[int, int] = {}  # pid -> the judge's number
        #: Our own namespace of process ids, to come back to after each fork into a new one.
        self.own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY) if settings["own_pids"] else None
        self.woken, self._wake = socket.socketpair()

    def run(self) -> None:
        linux.adopt_orphans()
        for end in (self.woken, self._wake):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        # Later collections must not touch, and so copy, the pages shared with the children.
        gc.collect()
        gc.freeze()
        self.tell(event="ready", address_space=linux.address_space())
        pending, descriptors = b"", []
        while True:
            readable, _, _ = select.select([self.control, self.woken], [], [])
            if self.woken in readable:
                self.woken.recv(4096)
                self.reap()
            if self.control not in readable:
                continue
            data, received, _, _ = socket.recv_fds(self.control, 1 << 16, 16)
            if not data:
                return self.kill_all()
            descriptors += received
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                self.obey(json.loads(line), descriptors)

    def tell(self, **message: Any) -> None:
        self.control.sendall(json.dumps(message).encode() + b"\n")

    def obey(self, order: dict[str, Any], descriptors: list[int]) -> None:
        if order["op"] == "fork":
            self.fork(order, descriptors.pop(0), descriptors.pop(0))
        elif order["op"] == "cpu":
            self.tell(event="cpu", number=order["number"], seconds=self.cpu_seconds(order["number"]))
        else:
            self.kill(order["number"])

    def fork(self, order: dict[str, Any], channel: int, output: int) -> None:
        plan = {**order["plan"], "level": self.settings["level"], "view": self.settings["view"]}
        parent = os.getpid()
        if self.own_pids is not None:
            linux.unshare(linux.NEW_PIDS)
        pid = os.fork()
        if pid == 0:
            _become_worker(plan, parent, channel, output)
        if self.own_pids is not None:
            linux.set_namespace(self.own_pids, linux.NEW_PIDS)
        os.close(channel)
        os.close(output)
        self.children[pid] = order["number"]

    def cpu_seconds(self, number: int) -> float | None:
        """What that child has used so far, by the kernel's account of all its threads."""
        pid = next((pid for pid, known in self.children.items() if known == number), None)
        return linux.cpu_seconds(pid) if pid is not None else None

    def kill(self, number: int) -> None:
        for pid in [pid for pid, known in self.children.items() if known == number]:
            linux.kill_group(pid)

    def kill_all(self) -> None:
        for pid in list(self.children):
            linux.kill_group(pid)
        self.children.clear()
        self.kill_orphans()

    def reap(self) -> None:
        """Report every child that ended, and end what it left behind."""
        while self.children:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            number = self.children.pop(pid, None)
            if number is None:
                continue
            linux.kill_group(pid)
            self.kill_orphans()
            self.tell(
                event="exit",
                number=number,
                status=os.waitstatus_to_exitcode(status),
                cpu_s=usage.ru_utime + usage.ru_stime,
                rss_kb=usage.ru_maxrss,
            )

    def kill_orphans(self) -> None:
        """A dead child's descendants are handed to us; living children keep their own."""
        for _ in range(1000):
            orphans = [pid for pid in linux.children() if pid not in self.children]
            if not orphans:
                return
            for pid in orphans:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)


def _become_worker(plan: dict[str, Any], parent: int, channel: int, output: int) -> None:
    """In the child: arrange descriptors, harden, serve. Never returns."""
    status = BROKEN
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _arrange_descriptors(channel, output)
        harden.harden(plan, parent)
        link = socket.socket(fileno=_CHANNEL)
        link.sendall(READY)
        from . import counting
        from .worker import serve

        counting.install()
        serve(link)
        status = 0
    except BaseException:  # noqa: BLE001 - nothing may unwind into the zygote's loop
        with contextlib.suppress(BaseException):
            os.write(2, traceback.format_exc().encode()[-4000:])
    os._exit(status)


def _arrange_descriptors(channel: int, output: int) -> None:
    """0 is /dev/null, 1 and 2 the output pipe, 3 the channel; everything else is closed."""
    # Out of the way first: the numbers may overlap.
    channel, output = (os.dup2(fd, target) for fd, target in ((channel, 200), (output, 201)))
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (output, 1), (output, 2), (channel, _CHANNEL)):
        os.dup2(source, target, inheritable=target < _CHANNEL)
    os.closerange(_FIRST_FREE, 4096)
