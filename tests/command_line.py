"""Runs the commands as people do, in a process of their own."""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from grader.cli import commands as cli

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "submissions"
#: Training has tests of its own and would take minutes here.
LINEAR = ["--question", "svm", "--question", "softmax", "--no-train"]


def grader(
    *args: str | Path, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """The command, in a fork of a process that has it imported already."""
    env = {**os.environ, "COLUMNS": "80", **environment}
    order = {"args": [*map(str, args)], "env": env, "cwd": str(cwd or Path.cwd())}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            socket.send_fds(warm := _warm(), [json.dumps(order).encode()], [out.fileno(), err.fileno()])
            status = int(warm.recv(20))
        except BaseException:
            _warm.cache_clear()  # what it answers late is for no other order
            raise
        told = [file.seek(0) or file.read().decode() for file in (out, err)]
    return subprocess.CompletedProcess(order["args"], status, *told)


@cache
def _warm() -> socket.socket:
    """The channel to `warm_command.py`."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(600)
    with theirs:
        script = Path(__file__).with_name("warm_command.py")
        process = subprocess.Popen(
            [sys.executable, "-P", script, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    @atexit.register
    def end() -> None:
        ours.close()
        process.wait()

    return ours


def started(
    *args: str | Path, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """The command as a shell starts it; `grader` is the same and quicker, but for what is read at a start."""
    command = [sys.executable, "-m", "grader.cli", *map(str, args)]
    env = {**os.environ, "COLUMNS": "80", **environment}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env, timeout=600, check=False)


def checked(*args: str | Path) -> dict[str, Any]:
    """The report of `grader check`."""
    result = grader("check", *args, "--format", "json")
    assert "Traceback" not in result.stderr
    report: dict[str, Any] = json.loads(result.stdout)
    return report


class Told(NamedTuple):
    """What a command left: its exit status and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def run_here(capsys: pytest.CaptureFixture[str], *args: str | Path) -> Told:
    """The command in this process, which is quick; nothing is graded so."""
    argv, sys.argv = sys.argv, ["grader", *map(str, args)]
    try:
        cli.main()
        status = 0
    except SystemExit as left:
        status = int(left.code or 0)
    finally:
        sys.argv = argv
    return Told(status, *capsys.readouterr())


def refused(result: subprocess.CompletedProcess[str] | Told) -> str:
    """The one sentence that a command ended with, which did nothing else."""
    assert result.returncode == 2, result
    assert result.stdout == ""
    (sentence,) = result.stderr.splitlines()
    assert sentence.startswith("grader: ")
    return sentence.removeprefix("grader: ")
