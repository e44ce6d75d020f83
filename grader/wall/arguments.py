"""Where keyword arguments go in a student's function, which may have other names for them.

Runs inside the wall: the standard library only.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any

__all__ = ["placed"]


def placed(
    function: Callable[..., Any], before: int, given: Mapping[str, Any], spare: Collection[str]
) -> tuple[dict[str, Any], list[str]]:
    """Each argument under its own name, however that is written (`batchSize`), else under the one
    in its place; what is left out.

    Args:
        before: how many positional arguments come first.
        given: by the course's names, in the course's order.
        spare: those to leave out where there is no place for them.
    """
    names = _names(function) if given else None
    if names is None:
        return dict(given), []
    free, placed, left_out = names[before:], dict[str, Any](), list[str]()
    alike = {_bare(name): name for name in reversed(free)}
    own = {name: name if name in free else alike[_bare(name)] for name in given if _bare(name) in alike}
    for position, (name, value) in enumerate(given.items()):
        there = own.get(name) or (free[position] if position < len(free) else name)
        if name in own or (there in free and there not in own.values()):
            placed[there] = value
        elif name in spare:
            left_out.append(name)
        else:
            placed[name] = value  # for the function to complain
    return placed, left_out


def _bare(name: str) -> str:
    return name.replace("_", "").lower()


def _names(function: Callable[..., Any]) -> list[str] | None:
    """The names of the parameters that take a keyword; None where any does, or none can be told."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except Exception:  # noqa: BLE001 - a student's object may answer anything
        return None
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        return None
    return [one.name for one in parameters if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]
