"""How a batch goes on: a bar in a terminal, a line now and then elsewhere; and why nothing happens yet."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from grader.intake.submission import Entry
from grader.report.text import clean
from grader.result import Report

__all__ = ["DRAWING", "BatchProgress", "progress_bar", "saying"]

DRAWING = "preparing images to train on; this is done once"

_EVERY_S = 15.0
_PATIENCE_S = 1.0


@contextlib.contextmanager
def saying(console: Console, sentence: str) -> Iterator[None]:
    """Say it if what is done meanwhile takes long enough for somebody to wonder."""
    timer = threading.Timer(_PATIENCE_S, lambda: console.print(Text(sentence)))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def progress_bar(console: Console, *columns: ProgressColumn) -> Progress:
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


class Pace(ProgressColumn):
    """`2.3/s · 1 min left`, or how long one takes."""

    def render(self, task: Task) -> Text:
        return Text(pace(task.speed, task.total and task.total - task.completed))


def pace(speed: float | None, left: float | None) -> str:
    if not speed:
        return ""
    told = f"{speed:.1f}/s" if speed >= 1 else f"{1 / speed:.1f} s each"
    return told if not left else f"{told} · {duration(left / speed)} left"


def duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


class BatchProgress:
    """Told by a batch what is begun, under way and done. A context manager."""

    def __init__(self, console: Console, total: int) -> None:
        self._console, self._total = console, total
        self._at: dict[str, str] = {}
        self._done = 0
        self._started = self._last = time.monotonic()
        columns = [TextColumn("{task.description}"), BarColumn(bar_width=20), MofNCompleteColumn(), Pace()]
        self._bar = progress_bar(console, *columns)
        self._task = self._bar.add_task("starting", total=total)

    def begun(self, entry: Entry) -> None:
        self.at(entry, "")

    def at(self, entry: Entry, title: str) -> None:
        """`title`: what is being checked."""
        self._at[entry.id] = title
        who, what = next(iter(self._at.items()))
        others = f" +{len(self._at) - 1}" if len(self._at) > 1 else ""
        told = clean(f"{who}{others}" + (f": {what}" if what else ""), 40)
        self._bar.update(self._task, description=escape(f"{told:<40}"))

    def done(self, entry: Entry, report: Report) -> None:
        self._at.pop(entry.id, None)
        self._done += 1
        self._bar.update(self._task, advance=1)
        now = time.monotonic()
        if not self._console.is_terminal and now - self._last > _EVERY_S:
            self._last = now
            told = pace(self._done / (now - self._started), self._total - self._done)
            self._console.print(Text(f"{self._done} of {self._total} graded · {told}"))

    def __enter__(self) -> BatchProgress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
