"""The judge's end of a channel: what it does while it waits."""

from __future__ import annotations

import os
import socket
import threading
import time

import pytest

from grader.sandbox.link import Link


class Seen(Exception):  # noqa: N818 - what the watch finds
    pass


def test_a_worker_that_prints_all_the_time_is_watched_as_well() -> None:
    ours, theirs = socket.socketpair()
    reading, writing = os.pipe()

    def watch() -> None:
        raise Seen

    link = Link(ours, reading, 100, watch)
    done = threading.Event()

    def print_all_the_time() -> None:
        while not done.wait(0.005):
            os.write(writing, b"x")

    printer = threading.Thread(target=print_all_the_time)
    printer.start()
    try:
        with pytest.raises(Seen):
            link.receive(1, time.monotonic() + 10)
    finally:
        done.set()
        printer.join()
        link.close()
        theirs.close()
        os.close(writing)
