"""`python warm_command.py DESCRIPTOR`: has the commands imported, and becomes one in a fork for each order.

An order is JSON on the socket at the descriptor, with the files for its output; its exit status is answered.
"""

from __future__ import annotations

import json
import os
import socket
import sys

from grader.cli import commands, main


def await_order(channel: socket.socket) -> None:
    """Return in a process that is to run the command, once for each order; end when nobody can give any."""
    while True:
        text, files, _, _ = socket.recv_fds(channel, 1 << 20, 2)
        if not text:
            sys.exit()
        if not (pid := os.fork()):
            channel.close()
            become(json.loads(text), files)
            return
        for file in files:
            os.close(file)
        channel.send(b"%d" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


def become(order: dict[str, object], files: list[int]) -> None:
    """What a process is that was started for the order."""
    for number, file in enumerate(files, 1):
        os.dup2(file, number)
        os.close(file)
    sys.argv[1:] = order["args"]
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["cwd"])


if __name__ == "__main__":
    assert commands.main
    with socket.socket(fileno=int(sys.argv[1])) as orders:
        await_order(orders)
    sys.argv[0] = "grader"
    main()
