"""The kinds of edit by which a function is mended: what the worker gets of them, and our own words."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal

import msgspec

__all__ = ["Operator", "load_operators"]


class Operator(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One kind of edit; the fields are explained at the head of `operators.toml`."""

    id: str
    hint: str
    plainness: int = 0
    tell: Literal["kind", "topic"] = "kind"
    change: tuple[str, ...] = ()
    where: str = ""
    of: str = ""
    everywhere: bool = False
    insert: tuple[str, ...] = ()
    begin: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    structure: str = ""
    swap: tuple[tuple[str, ...], ...] = ()
    functions: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    then: str = ""

    def row(self) -> dict[str, Any]:
        """What the worker has to know of it: not what is told."""
        row: dict[str, Any] = msgspec.to_builtins(self)
        return {name: value for name, value in row.items() if name not in ("id", "hint", "plainness", "tell")}


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    operator: list[Operator]


def load_operators(own: Traversable) -> Sequence[Operator]:
    """The operators of every course, then the assignment's own, from its file.

    Raises:
        msgspec.ValidationError: a row has a field that means nothing.
    """
    general = resources.files("grader.diagnosis.mending") / "operators.toml"
    tables = [msgspec.toml.decode(file.read_bytes(), type=_Table) for file in (general, own)]
    return tuple(row for table in tables for row in table.operator)
