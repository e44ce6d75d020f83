"""The judge's end of a worker's channel: whole frames within a deadline, and bounded output.

While it waits, whatever the worker prints is drained, so that neither side can block the other.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import time
from collections.abc import Callable, Iterator

__all__ = ["Link", "OutputFlood", "linked"]

#: Output beyond what is kept is read and thrown away up to this; then the worker is stopped.
MAX_FLOOD = 64 << 20
_CHUNK = 1 << 20
_WATCH_S = 0.05


class OutputFlood(Exception):  # noqa: N818 - a finding about the worker
    """The worker printed without end."""


class Link:
    """A stream socket and an output pipe, neither of which may keep the judge waiting."""

    def __init__(self, channel: socket.socket, output: int, keep: int, watch: Callable[[], None]) -> None:
        """
        Args:
            keep: how many bytes of output are kept (the first ones).
            watch: called again and again while waiting; what it raises ends the wait.
        """
        self.watch = watch
        self._watched = 0.0
        self.channel = channel
        self.output = output
        self.keep = keep
        self.captured = bytearray()
        self._drained = 0
        self._arrived = bytearray()  # read but not yet asked for: a frame has many small parts
        self._selector = selectors.DefaultSelector()
        channel.setblocking(False)
        os.set_blocking(output, False)
        self._events = selectors.EVENT_READ
        try:
            self._selector.register(channel, self._events)
            self._selector.register(output, selectors.EVENT_READ)
        except BaseException:
            self._selector.close()
            raise

    def send(self, data: bytes | memoryview, deadline: float) -> None:
        """Send all of `data`.

        Raises:
            TimeoutError: the deadline (of time.monotonic) passed.
            ConnectionError: the worker is gone.
        """
        view = memoryview(data)
        while view:
            try:
                view = view[self.channel.send(view) :]
            except BlockingIOError:
                self._wait(selectors.EVENT_WRITE, deadline)

    def receive(self, size: int, deadline: float) -> bytearray:
        """Exactly `size` bytes. The buffer grows with what arrives, whatever was announced.

        Raises:
            TimeoutError: the deadline passed before the last byte came.
            ConnectionError: the worker is gone.
        """
        while len(self._arrived) < size:
            # Checked for each piece: a drip of single bytes meets the same deadline.
            if time.monotonic() >= deadline:
                raise TimeoutError
            try:
                piece = self.channel.recv(_CHUNK)
            except BlockingIOError:
                self._wait(selectors.EVENT_READ, deadline)
                continue
            if not piece:
                raise ConnectionResetError
            self._arrived += piece
        data = self._arrived[:size]
        del self._arrived[:size]
        return data

    def is_open(self) -> bool:
        """Whether the worker still holds its end."""
        try:
            return bool(self.channel.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def drain(self) -> None:
        """Take what was printed so far, keeping the first part."""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self.output, 1 << 16):
                self.captured += data[: self.keep - len(self.captured)]
                self._drained += len(data)
                if self._drained > MAX_FLOOD:
                    raise OutputFlood
            # Closed at the other end: always readable, so waiting for it would spin.
            with contextlib.suppress(KeyError):
                self._selector.unregister(self.output)

    def close(self) -> None:
        self._selector.close()
        self.channel.close()
        os.close(self.output)

    def _wait(self, events: int, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if events != self._events:
            self._events = events
            self._selector.modify(self.channel, events)
        ready = self._selector.select(min(left, _WATCH_S))
        if any(key.fd == self.output for key, _ in ready):
            self.drain()
        # By the clock: one that prints all the time would never be looked at otherwise.
        if time.monotonic() >= self._watched + _WATCH_S:
            self._watched = time.monotonic()
            self.watch()


@contextlib.contextmanager
def linked(keep: int, watch: Callable[[], None]) -> Iterator[tuple[Link, tuple[int, int]]]:
    """A new link, and the other ends of its channel and its output, to hand over within the block.

    Those are closed when the block ends; the link is as well, if it ends by an exception.
    """
    with contextlib.ExitStack() as theirs, contextlib.ExitStack() as ours:
        channel, inner = socket.socketpair()
        ours.enter_context(channel)
        theirs.enter_context(inner)
        output, writing = os.pipe()
        ours.callback(os.close, output)
        theirs.callback(os.close, writing)
        link = Link(channel, output, keep, watch)
        ours.pop_all()
        ours.callback(link.close)
        yield link, (inner.fileno(), writing)
        ours.pop_all()
