"""What runs beside the student's code: a counter of executed lines, a spy on a method. Sent no secret.

Runs inside the wall: the standard library and numpy only.
"""

from __future__ import annotations

import sys
import threading
import types
from typing import Any

import numpy as np

__all__ = ["LineCounter", "NoProbe", "Spy", "make"]

MAX_SPIED_CALLS = 400


class NoProbe:
    """Observes nothing."""

    def __enter__(self) -> NoProbe:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def result(self) -> Any:
        return None


class LineCounter(NoProbe):
    """Counts the Python lines and calls executed, in every file: a loop hidden in a helper counts too."""

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
        self.count += 1
        return self._trace

    def result(self) -> int:
        return self.count


def make(name: str | None) -> NoProbe:
    """The probe of that name."""
    return LineCounter() if name == "count_lines" else NoProbe()


class Spy:
    """Stands in for a method: keeps copies of its arguments and of watched attributes, and gives a set reply.

    With `reply` None the method itself answers. `calls` is a list of
    {"args": tuple, "kwargs": dict, "watched": dict, "reply": …}.
    """

    def __init__(self, owner: Any, name: str, reply: Any, watch: list[str]) -> None:
        self.owner = owner
        self.method = getattr(owner, name, None)
        self.reply = reply
        self.watch = watch
        self.calls: list[dict[str, Any]] = []

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(self.calls) < MAX_SPIED_CALLS:
            self.calls.append(
                {
                    "args": _copied(args),
                    "kwargs": _copied(kwargs),
                    "watched": {name: _copied(getattr(self.owner, name, None)) for name in self.watch},
                }
            )
        if self.reply is None and self.method is not None:
            return self.method(*args, **kwargs)
        return _copied(self.reply)


def _copied(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return np.array(value, copy=True)
    if isinstance(value, dict):
        return {name: _copied(item) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        return tuple(_copied(item) for item in value)
    return value
