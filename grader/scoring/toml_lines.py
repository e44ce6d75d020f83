"""The line of a TOML file that a key such as `question[1].checks[0].points` is on; tomllib keeps none."""

from __future__ import annotations

import re

__all__ = ["place"]


def place(text: str, where: str, key: str) -> str:
    """`file.toml:12: `: where the key is, or as much of it as there is."""
    lines = text.splitlines()
    start, end = 0, len(lines)
    for name, index in re.findall(r"([A-Za-z_][\w-]*)(?:\[(\d+)\])?", key):
        found = _nth_line(lines, start, end, name, int(index) if index else None)
        if found is None:
            break
        start = found
    return f"{where}:{start + 1}: "


def _nth_line(lines: list[str], start: int, end: int, name: str, index: int | None) -> int | None:
    """The line on which `name`, or the index-th of that name, begins.

    It may be a [[…name]] heading, an inline table, or `name =`.
    """
    headings = [i for i in range(start, end) if re.match(rf"\s*\[\[?(\w+\.)*{name}\]\]?", lines[i])]
    if len(headings) > (index or 0):
        return headings[index or 0]
    assigned = next((i for i in range(start, end) if re.search(rf"(^|[{{,\s]){name}\s*=", lines[i])), None)
    if assigned is None or index is None:
        return assigned
    items = [i for i in range(assigned, end) for _ in re.findall(r"\{", lines[i].partition("#")[0])]
    return items[index] if len(items) > index else assigned
