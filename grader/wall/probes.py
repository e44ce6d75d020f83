"""What runs beside the student's code: a counter of lines or of steps, a spy on a method. Sent no secret.

Runs inside the wall: the standard library and numpy only.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
import threading
import types
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np

from . import counting

__all__ = ["FunctionWatcher", "Recorder", "Spy", "make"]

#: A call of a net's loss keeps six arrays, and a frame holds 512. Further calls are only counted.
MAX_SPIED_CALLS = 80
#: Of functions that are followed line by line, which makes them fifty times slower.
MAX_WATCHED_LINES = 20_000
#: Where the standard library, numpy and its neighbours, and the wall itself lie.
_LIBRARIES = tuple(
    f"{folder}{os.sep}"
    for folder in (Path(os.__file__).parent, Path(np.__file__).parents[1], Path(__file__).parent)
)


class NoProbe:
    """Observes nothing."""

    def __enter__(self) -> NoProbe:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def result(self) -> Any:
        return None


class LineCounter(NoProbe):
    """Counts the Python lines and calls executed in the student's own code: a loop in a helper counts too.

    What a library runs for one call is no loop of the student's; what it calls back is theirs again.
    """

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> LineCounter:
        threading.settrace(self._trace)  # a loop that runs in a thread counts too
        sys.settrace(self._trace)
        return self

    def __exit__(self, *exc: object) -> None:
        sys.settrace(None)
        threading.settrace(None)

    def _trace(self, frame: types.FrameType, event: str, arg: Any) -> Any:
        if _is_library(frame.f_code.co_filename):
            return None
        self.count += 1
        return self._trace

    def result(self) -> int:
        return self.count


@functools.cache
def _is_library(filename: str) -> bool:
    return filename.startswith((*_LIBRARIES, "<frozen", "<__array_function__"))


class StepCounter(NoProbe):
    """The steps of code that counts them itself, and how often code was built so far that does not."""

    def __enter__(self) -> StepCounter:
        self._before, _ = counting.steps()
        return self

    def result(self) -> tuple[int, int]:
        after, built = counting.steps()
        return after - self._before, built


class TooManyLinesError(BaseException):
    """A function that is followed runs more lines than one waits for."""


class FunctionWatcher(NoProbe):
    """Follows some functions only: the lines that they run, in order, and what they hold when they end.

    Beyond `MAX_WATCHED_LINES` it ends them.
    """

    def __init__(
        self, codes: Collection[types.CodeType], ended: Callable[[types.CodeType, dict[str, Any]], None]
    ) -> None:
        self.codes = frozenset(codes)
        self.ended = ended
        self.lines: list[int] = []

    def __enter__(self) -> FunctionWatcher:
        sys.settrace(self._trace)
        return self

    def __exit__(self, *exc: object) -> None:
        sys.settrace(None)

    def _trace(self, frame: types.FrameType, event: str, arg: Any) -> Any:
        if frame.f_code not in self.codes:
            return None
        if event == "line":
            self.lines.append(frame.f_lineno)
            if len(self.lines) > MAX_WATCHED_LINES:
                raise TooManyLinesError
        if event == "return":
            self.ended(frame.f_code, frame.f_locals)
        return self._trace


def make(name: str | None) -> NoProbe:
    """The probe of that name."""
    return {"count_lines": LineCounter, "count_steps": StepCounter}.get(name or "", NoProbe)()


class Recorder:
    """Answers every call alike, and keeps what it was asked: for what one's own side judges.

    `calls` is a list of {"args": tuple, "kwargs": dict, "watched": dict}, copies all.
    """

    def __init__(self, reply: Any) -> None:
        self.reply = reply
        self.calls: list[dict[str, Any]] = []

    def __call__(self, call: dict[str, Any]) -> Any:
        if len(self.calls) < MAX_SPIED_CALLS:
            self.calls.append(_copied(call))
        return _copied(self.reply)


class Spy:
    """Stands in for a method: tells `answer` of each call, and gives what it says.

    A call is {"args": tuple, "kwargs": dict, "watched": dict of attributes}. With the answer None the method
    itself gives the result, and so it does in a call with fewer than `least` arguments that are not None.
    """

    def __init__(
        self, owner: Any, name: str, answer: Callable[[dict[str, Any]], Any], watch: list[str], least: int = 0
    ) -> None:
        self.owner = owner
        self.method = getattr(owner, name, None)
        self.answer = answer
        self.watch = watch
        self.least = least

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        watched = {name: getattr(self.owner, name, None) for name in self.watch}
        reply = self.answer({"args": args, "kwargs": kwargs, "watched": watched})
        given = sum(value is not None for value in (*args, *kwargs.values()))
        if (reply is None or given < self.least) and self.method is not None:
            return self.method(*args, **kwargs)
        return reply

    def install(self, name: str) -> None:
        """Stand in for the owner's method, also in a call through its class: `type(self).loss(self)`."""
        written = inspect.getattr_static(type(self.owner), name, None)
        setattr(self.owner, name, self)
        if isinstance(written, types.FunctionType):
            setattr(type(self.owner), name, _shared(written, self))


def _shared(written: types.FunctionType, spy: Spy) -> Callable[..., Any]:
    """A method that is the spy for the spy's owner, and for all other objects what was written."""

    @functools.wraps(written)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        answer = spy if self is spy.owner else functools.partial(written, self)
        return answer(*args, **kwargs)

    return method


def _copied(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return np.array(value, copy=True)
    if isinstance(value, dict):
        return {name: _copied(item) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        return tuple(_copied(item) for item in value)
    return value
