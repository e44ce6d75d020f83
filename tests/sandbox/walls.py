"""Ask for a function of some source text behind a wall."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from grader.sandbox.host import Sandbox, WorkerFailure

__all__ = ["Asked", "ask", "call_message", "load_message"]


@dataclass
class Asked:
    """What came of a call: a value; or the type and text of an exception; or how the worker ended."""

    value: Any = None
    error: str | None = None
    text: str = ""
    ended: str | None = None
    output: bytes = b""
    cpu_s: float = 0.0


@functools.cache
def attacks_source() -> str:
    return Path(__file__).with_name("attacks.py").read_text()


def load_message(source: str) -> dict[str, Any]:
    data = source.encode()
    return {
        "op": "load",
        "paths": ["student.py"],
        "sizes": [len(data)],
        "blob": np.frombuffer(data, dtype=np.uint8),
        "package": "course",
        "loose": "course.work",
        "supplied": [],
        "real_plots": True,
    }


def call_message(name: str, *arguments: Any) -> dict[str, Any]:
    return {
        "op": "call",
        "target": {"file": "student.py", "name": name},
        "args": arguments,
        "kwargs": {},
        "keep": False,
        "probe": None,
        "seed": 231,
    }


def ask(
    sandbox: Sandbox, source: str | None, name: str, *arguments: Any, timeout: float | None = None
) -> Asked:
    """Load `source` (the attacks by default) in a fresh worker and call `name` there."""
    worker, asked = sandbox.start(), Asked()
    try:
        assert worker.request(load_message(attacks_source() if source is None else source))["ok"]
        reply = worker.request(call_message(name, *arguments), timeout)
        if reply["ok"]:
            asked.value = reply["value"]
        else:
            asked.error, asked.text = reply.get("type", reply["kind"]), reply.get("text", "")
    except WorkerFailure as failure:
        asked.ended = str(failure)
    finally:
        worker.close()
    asked.output, asked.cpu_s = worker.output, worker.cpu_s
    return asked
