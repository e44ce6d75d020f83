"""Who grades the entries of a batch: this process, or judge processes beside it."""

from __future__ import annotations

import contextlib
import functools
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Protocol

from grader.batch.judge import GradedEntry, Handed, Judge, failed
from grader.batch.plan import Batch
from grader.intake.submission import Entry
from grader.sandbox.workplace import remove_tree

__all__ = [
    "ENDED",
    "Executor",
    "ExecutorError",
    "JudgeProcess",
    "Listener",
    "Processes",
    "Serial",
    "judges_folder",
]


class ExecutorError(Exception):
    """Nobody grades there; the text says why."""


class Listener(Protocol):
    """Who is told what is at work."""

    def begun(self, entry: Entry) -> None: ...

    def at(self, entry: Entry, title: str) -> None:
        """`title`: the check that begins."""


#: A judge that is told to end removes its files meanwhile; what still lives after that is killed.
_FAREWELL_S = 1.2
_CHANCES = 2
ENDED = "the process that graded it ended unexpectedly"
#: What is imported stays: nobody looks through it for what can be let go.
_START = (
    "import gc, json, sys; sys.path[:] = json.loads(sys.argv[1]); gc.disable(); "
    "from grader.batch.judge import main; gc.freeze(); gc.enable(); "
)


class Executor(Protocol):
    """Grades entries in any order. Leaving the iterator ends all that was started."""

    def outcomes(
        self, batch: Batch, entries: Sequence[Entry], watch: Listener
    ) -> Generator[tuple[Entry, GradedEntry], None, None]:
        """Each entry with its outcome, as soon as there is one; `watch` hears of what is at work."""


class Serial:
    """One after the other, in this process."""

    def outcomes(
        self, batch: Batch, entries: Sequence[Entry], watch: Listener
    ) -> Generator[tuple[Entry, GradedEntry], None, None]:
        with Judge(batch) as judge:
            for entry in entries:
                watch.begun(entry)
                yield entry, judge.grade(entry, functools.partial(watch.at, entry))


class Processes:
    """`jobs` at a time. What a process was at when it ended unexpectedly gets one other chance."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def outcomes(
        self, batch: Batch, entries: Sequence[Entry], watch: Listener
    ) -> Generator[tuple[Entry, GradedEntry], None, None]:
        waiting, lost = deque(entries), Counter[str]()
        with _Team(batch, min(self.jobs, len(entries))) as team:
            while team.assign(waiting, watch):
                for entry, outcome in team.answers(watch):
                    if outcome is None and lost[entry.id] + 1 < _CHANCES:
                        lost[entry.id] += 1
                        waiting.appendleft(entry)
                    else:
                        yield entry, outcome or failed(entry.id, batch.job, ENDED, {})


class _Team:
    """The judge processes of a batch, with one folder for all that they keep for a while."""

    def __init__(self, batch: Batch, size: int) -> None:
        self._batch, self._size = replace(batch, entries=()), size
        self._members: list[JudgeProcess] = []
        #: What each of the busy is at.
        self._at: dict[JudgeProcess, Entry] = {}
        self._folder = judges_folder()

    def assign(self, waiting: deque[Entry], watch: Listener) -> bool:
        """Give every idle member an entry, as long as there are any; whether anybody is at work."""
        while waiting and (member := self._idle()) is not None:
            entry = waiting.popleft()
            watch.begun(entry)
            member.give(entry)
            self._at[member] = entry
        return bool(self._at)

    def answers(self, watch: Listener) -> Iterator[tuple[Entry, GradedEntry | None]]:
        """Wait until somebody says something; None is the outcome of one that is gone."""
        ready = wait([member.link for member in self._at])
        for member in [member for member in self._at if member.link in ready]:
            said = member.hear()
            if isinstance(said, str):
                watch.at(self._at[member], said)
                continue
            entry = self._at.pop(member)
            if said is None:
                self._members.remove(member)
                member.end(0)
            yield entry, said

    def _idle(self) -> JudgeProcess | None:
        for member in self._members:
            if member not in self._at:
                return member
        if len(self._members) == self._size:
            return None
        self._members.append(JudgeProcess(self._batch, self._folder))
        return self._members[-1]

    def __enter__(self) -> _Team:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for member in self._members:
            member.dismiss()
        latest = time.monotonic() + _FAREWELL_S
        for member in self._members:
            member.end(max(latest - time.monotonic(), 0))
        with contextlib.suppress(OSError):  # what a killed judge's workers are still writing
            remove_tree(self._folder)


def judges_folder() -> Path:
    """A new folder for all that judge processes keep for a while."""
    folder = Path(tempfile.mkdtemp(prefix="grader-batch-"))
    # The workers' users pass through to their own folders, but see no names.
    folder.chmod(0o711)
    return folder


class JudgeProcess:
    """A judge in a process of its own, which keeps its files in `folder`."""

    def __init__(self, batch: Batch, folder: Path) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", f"{_START}main({theirs.fileno()})", json.dumps(sys.path)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                # A terminal's Ctrl-C is for the batch alone.
                start_new_session=True,
            )
        self.link = Connection(ours.detach())
        self._send((batch, str(folder)))

    def give(self, handed: Handed) -> None:
        self._send(handed)

    def hear(self) -> GradedEntry | str | None:
        """The check that it is at, or what came of what it was given; None if the process ended before."""
        try:
            said: GradedEntry | str = self.link.recv()
        except (EOFError, OSError):
            return None
        return said

    def dismiss(self) -> None:
        """Tell it to end."""
        self.link.close()
        self._process.terminate()

    def end(self, seconds: float) -> None:
        """Wait until it has ended, and end it if it has not within that time."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, what: object) -> None:
        with contextlib.suppress(OSError):  # it is gone, as the answer will tell
            self.link.send(what)
