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

from grader.batch.judge import Judge, Outcome, failed
from grader.batch.plan import Batch
from grader.intake.submission import Entry
from grader.sandbox.workplace import remove_tree

__all__ = ["Executor", "Processes", "Serial", "Watch"]


class Watch(Protocol):
    """Who is told what is at work."""

    def begun(self, entry: Entry) -> None: ...

    def at(self, entry: Entry, title: str) -> None:
        """`title`: the check that begins."""


#: A judge that is told to end removes its files meanwhile; what still lives after that is killed.
_FAREWELL_S = 1.2
_CHANCES = 2
_ENDED = "the process that graded it ended unexpectedly"
_START = "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from grader.batch.judge import main; "


class Executor(Protocol):
    """Grades entries in any order. Leaving the iterator ends all that was started."""

    def outcomes(
        self, batch: Batch, entries: Sequence[Entry], watch: Watch
    ) -> Generator[tuple[Entry, Outcome], None, None]:
        """Each entry with its outcome, as soon as there is one; `watch` hears of what is at work."""


class Serial:
    """One after the other, in this process."""

    def outcomes(
        self, batch: Batch, entries: Sequence[Entry], watch: Watch
    ) -> Generator[tuple[Entry, Outcome], None, None]:
        with Judge(batch) as judge:
            for entry in entries:
                watch.begun(entry)
                yield entry, judge.grade(entry, functools.partial(watch.at, entry))


class Processes:
    """`jobs` at a time. What a process was at when it ended unexpectedly gets one other chance."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def outcomes(
        self, batch: Batch, entries: Sequence[Entry], watch: Watch
    ) -> Generator[tuple[Entry, Outcome], None, None]:
        waiting, lost = deque(entries), Counter[str]()
        with _Team(batch, min(self.jobs, len(entries))) as team:
            while team.assign(waiting, watch):
                for entry, outcome in team.answers(watch):
                    if outcome is None and lost[entry.id] + 1 < _CHANCES:
                        lost[entry.id] += 1
                        waiting.appendleft(entry)
                    else:
                        yield entry, outcome or failed(entry, batch.job, _ENDED, {})


class _Team:
    """The judge processes of a batch, with one folder for all that they keep for a while."""

    def __init__(self, batch: Batch, size: int) -> None:
        self._batch, self._size = replace(batch, entries=()), size
        self._members: list[_Process] = []
        self._folder = Path(tempfile.mkdtemp(prefix="grader-batch-"))
        # The workers' users pass through to their own folders, but see no names.
        self._folder.chmod(0o711)

    def assign(self, waiting: deque[Entry], watch: Watch) -> bool:
        """Give every idle member an entry, as long as there are any; whether anybody is at work."""
        while waiting and (member := self._idle()) is not None:
            entry = waiting.popleft()
            watch.begun(entry)
            member.give(entry)
        return bool(self._busy())

    def answers(self, watch: Watch) -> Iterator[tuple[Entry, Outcome | None]]:
        """Wait until somebody says something; None is the outcome of one that is gone."""
        ready = wait([member.link for member in self._busy()])
        for member in [member for member in self._members if member.link in ready]:
            entry, said = member.hear()
            if isinstance(said, str):
                watch.at(entry, said)
                continue
            if said is None:
                self._members.remove(member)
                member.end(0)
            yield entry, said

    def _busy(self) -> list[_Process]:
        return [member for member in self._members if member.entry is not None]

    def _idle(self) -> _Process | None:
        for member in self._members:
            if member.entry is None:
                return member
        if len(self._members) == self._size:
            return None
        self._members.append(_Process(self._batch, self._folder))
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


class _Process:
    """A judge process, and the entry that it is at."""

    def __init__(self, batch: Batch, folder: Path) -> None:
        self.entry: Entry | None = None
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

    def give(self, entry: Entry) -> None:
        self.entry = entry
        self._send(entry)

    def hear(self) -> tuple[Entry, Outcome | str | None]:
        """The check that it is at, or what came of its entry; None if the process ended before."""
        entry = self.entry
        assert entry is not None
        try:
            said: Outcome | str | None = self.link.recv()
        except (EOFError, OSError):
            said = None
        if not isinstance(said, str):
            self.entry = None
        return entry, said

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
