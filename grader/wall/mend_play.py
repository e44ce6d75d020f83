"""Small scenes of calls, played anew for every candidate, and the numbers that come of them.

A step is a request as `worker` knows it: {"op": "call" | "get" | "set" | "spy" | "part", …}. `ObjectRef(n)`
in it stands for what step n gave. Nothing crosses the wall in between, and every array is copied for every
call, so that a candidate that overwrites its input spoils nothing for the next. Runs inside the wall: the
standard library and numpy only.
"""

from __future__ import annotations

import contextlib
import io
import random
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .probes import Recorder, Spy
from .wire import ObjectRef

__all__ = ["OutOfTimeError", "Player", "limited", "quiet"]

#: How often a candidate that catches the alarm is told again, and when the process is given up.
_AGAIN_S, _MOST_ALARMS = 0.01, 30
#: What sleeps is let be for so many times its limit: on a busy machine all seem to sleep.
_ASLEEP = 20
#: The end of a process whose code cannot be stopped.
_UNSTOPPABLE = 70


class OutOfTimeError(BaseException):
    """One candidate ran too long. No Exception, so that `except Exception` cannot keep it."""


@contextlib.contextmanager
def limited(seconds: float, give_up: Callable[[int], None]) -> Iterator[None]:
    """Raise `OutOfTimeError` in what runs longer than that on the processor, or sleeps for much longer.

    `give_up` ends what goes on all the same.
    """
    alarms = 0

    def ring(*_: object) -> None:
        nonlocal alarms
        alarms += 1
        if alarms > _MOST_ALARMS:
            give_up(_UNSTOPPABLE)
        raise OutOfTimeError

    before = [(number, signal.signal(number, ring)) for number in (signal.SIGPROF, signal.SIGALRM)]
    try:
        signal.setitimer(signal.ITIMER_REAL, _ASLEEP * seconds, _AGAIN_S)
        signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN_S)
        yield
        _silence()
    finally:
        _silence()
        for number, handler in before:
            signal.signal(number, handler)


def _silence() -> None:
    for timer in (signal.ITIMER_PROF, signal.ITIMER_REAL):
        signal.setitimer(timer, 0)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Thousands of candidates print the same; nobody reads it."""
    own = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = _Nothing()
    try:
        yield
    finally:
        sys.stdout, sys.stderr = own


class _Nothing(io.TextIOBase):
    def write(self, text: str) -> int:
        return len(text)


class Player:
    """Plays one scene and writes the numbers asked for, `size` of them, into a row."""

    def __init__(self, scene: Mapping[str, Any], find: Callable[[str, str], Any]) -> None:
        """`find` gives what a file defines under a name."""
        self._steps: Sequence[Mapping[str, Any]] = scene["steps"]
        self.size = 0
        self._takes: dict[int, list[tuple[Any, tuple[int, ...], slice]]] = {}
        for take in scene["takes"]:
            end = self.size + int(np.prod(take["shape"], dtype=int))
            place = slice(self.size, end)
            self._takes.setdefault(take["step"], []).append((take["paths"], tuple(take["shape"]), place))
            self.size = end
        self._seed, self._find = scene["seed"], find

    def play(self, row: np.ndarray[Any, Any]) -> None:
        """Play the scene. What a candidate raises is raised; what is of another shape stays NaN."""
        row[:] = np.nan
        random.seed(self._seed)
        np.random.seed(self._seed)
        results: list[Any] = []
        for number, step in enumerate(self._steps):
            results.append(self._do(step, results))
            # At once: a later step may change what an earlier one gave.
            for paths, shape, place in self._takes.get(number, ()):
                for path in paths[::-1]:
                    with contextlib.suppress(Exception):
                        row[place] = _numbers(results[number], path, shape)

    def _do(self, step: Mapping[str, Any], results: list[Any]) -> Any:
        target = step["target"]
        if isinstance(target, ObjectRef):
            target = results[target.number]
        else:
            target = self._find(target["file"], target["name"])
        match step["op"]:
            case "call":
                return _call(target, step, results)
            case "set":
                return setattr(target, step["name"], _copied(step["value"], results))
            case "get":
                return getattr(target, step["name"])
            case "part":
                return _part(target, step["path"])
        record = Recorder(_copied(step["reply"], results))
        Spy(target, step["name"], record, step["watch"], step["least"]).install(step["name"])
        return record


def _call(target: Any, step: Mapping[str, Any], results: list[Any]) -> Any:
    function = getattr(target, step["method"]) if step["method"] else target
    args = [_copied(value, results) for value in step["args"]]
    kwargs = {name: _copied(value, results) for name, value in step["kwargs"].items()}
    return function(*args, **kwargs)


def _copied(value: Any, results: list[Any]) -> Any:
    """A value of the request for one call: nothing of it is shared with the next."""
    if isinstance(value, ObjectRef):
        return results[value.number]
    if isinstance(value, np.ndarray):
        return np.array(value)
    if type(value) in (list, tuple):
        return type(value)(_copied(item, results) for item in value)
    if type(value) is dict:
        return {name: _copied(item, results) for name, item in value.items()}
    return value


def _part(value: Any, path: Sequence[Any]) -> Any:
    for key in path:
        if type(key) is tuple:
            value = np.asarray(value)[tuple(slice(None) if k is None else k for k in key)]
        elif type(key) is int or isinstance(value, dict):
            value = value[key]
        else:
            value = getattr(value, key)
    return value


def _numbers(value: Any, path: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """The flat numbers at a path, of that shape.

    Raises:
        Exception: there are none such.
    """
    found = np.asarray(_part(value, path), dtype=np.float64)
    if found.shape != shape and not (found.size == 1 and not shape):
        raise ValueError
    return found.ravel()
