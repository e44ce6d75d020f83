"""The form of a worker's reply, checked before anybody reads it.

A submission can find the number of the question in its own process and answer in the worker's name. The
values are its own affair; the form must hold, or the judge would stumble over it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from grader.wall.wire import ObjectRef, WireError

__all__ = ["check_form"]

_MOST_NOTES = 1000
#: As long as the worker's own texts are at most.
_MOST_TEXT = 2000


def check_form(request: Mapping[str, Any], reply: dict[str, Any]) -> None:
    """Compare a reply with what `sandbox.worker` says of the request's operation; cut its texts short.

    Raises:
        WireError: a field is absent or of another kind.
    """
    for name in _required(request, reply):
        if name not in reply:
            raise WireError(f"a reply without {name}")
    for name, holds in _FORMS.items():
        if name in reply and not holds(reply[name]):
            raise WireError(f"a reply whose {name} is something else")
    keeps = request.get("op") == "call" and request.get("keep")
    if reply["ok"] and keeps and type(reply["value"]) not in (ObjectRef, type(None)):
        raise WireError("a reply without the object that was to be kept")
    if not all(0 <= number < len(request.get("args", ())) for number in reply.get("changed", ())):
        raise WireError("a reply about an argument that was not given")
    if request.get("op") == "all" and reply["ok"]:
        _check_each(request["requests"], reply["value"])
    _cut_texts(reply)


def _check_each(requests: Sequence[Mapping[str, Any]], replies: object) -> None:
    if type(replies) is not list or [type(one) for one in replies] != [dict] * len(requests):
        raise WireError("no reply to each request")
    for request, reply in zip(requests, replies, strict=True):
        check_form(request, reply)


def _cut_texts(reply: dict[str, Any]) -> None:
    # The text of a cell is what it printed, which has a bound of its own.
    names = (
        ("kind", "type", "file", "function") if reply["ok"] else ("kind", "type", "text", "file", "function")
    )
    for name in names:
        if type(reply.get(name)) is str:
            reply[name] = reply[name][:_MOST_TEXT]
    if "notes" in reply:
        reply["notes"] = [note[:_MOST_TEXT] for note in reply["notes"]]


def _required(request: Mapping[str, Any], reply: Mapping[str, Any]) -> tuple[str, ...]:
    if reply.get("ok") is not True:
        return ("ok", "kind", "text")
    if request.get("op") == "call":
        return ("ok", "value", "changed", "probed", "untaken", "notes")
    return ("ok", "notes") if request.get("op") == "cell" else ("ok", "value", "notes")


def _text_or_none(value: object) -> bool:
    return value is None or type(value) is str


def _natural_or_none(value: object) -> bool:
    return value is None or (type(value) is int and value >= 0)


def _list_of(kind: type) -> Callable[[Any], bool]:
    return lambda value: (
        type(value) is list and len(value) <= _MOST_NOTES and all(type(item) is kind for item in value)
    )


_FORMS: dict[str, Callable[[Any], bool]] = {
    "ok": lambda value: type(value) is bool,
    "notes": _list_of(str),
    "absent": _list_of(str),
    "changed": _list_of(int),
    "changed_names": _list_of(str),
    "untaken": _list_of(str),
    "kind": lambda value: type(value) is str,
    "type": lambda value: type(value) is str,
    "text": lambda value: type(value) is str,
    "file": _text_or_none,
    "function": _text_or_none,
    "module": _text_or_none,
    "library": _text_or_none,
    "line": _natural_or_none,
}
