"""The picture of the house in CONTRIBUTING.md, from the imports: `python docs/house.py` draws it anew."""

from __future__ import annotations

import tomllib
from pathlib import Path

import grimp

__all__ = ["CONTRIBUTING", "drawn", "with_picture"]

ROOT = Path(__file__).parents[1]
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
_BEGIN, _END = "```mermaid\n", "```\n"


def drawn() -> str:
    """The rooms as a flowchart in Mermaid's language, an arrow for each import that no other path shows."""
    arrows = _arrows()
    lines = [
        f"    {room} --> {taken}"
        for room in _rooms()
        for taken in sorted(arrows.get(room, ()), key=_rooms().index)
        if not _reached(arrows, room, taken)
    ]
    return "\n".join(["flowchart TD", *lines]) + "\n"


def _rooms() -> list[str]:
    """The rooms from the top floor down, as the import contract in pyproject.toml has them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(each["layers"] for each in contracts["contracts"] if each["type"] == "layers")
    return [*(room for layer in layers for room in layer.split(" | ")), "reference"]


def _arrows() -> dict[str, set[str]]:
    """Which rooms each room takes something from."""
    graph = grimp.build_graph("grader", "reference")
    arrows: dict[str, set[str]] = {}
    for module in graph.modules:
        for taken in graph.find_modules_directly_imported_by(module):
            ends = _room(module), _room(taken)
            if ends[0] != ends[1] and "grader" not in ends:
                arrows.setdefault(ends[0], set()).add(ends[1])
    return arrows


def _room(module: str) -> str:
    package, _, inside = module.partition(".")
    return inside.partition(".")[0] if package == "grader" and inside else package


def _reached(arrows: dict[str, set[str]], room: str, taken: str) -> bool:
    """Whether a longer way leads from one room to the other."""
    ways, seen = list(arrows.get(room, set()) - {taken}), set[str]()
    while ways:
        way = ways.pop()
        if taken in arrows.get(way, ()):
            return True
        if way not in seen:
            seen.add(way)
            ways += arrows.get(way, ())
    return False


def with_picture(text: str) -> str:
    """The text of CONTRIBUTING.md with the picture as the code is now."""
    before, rest = text.split(_BEGIN, 1)
    return before + _BEGIN + drawn() + _END + rest.split(_END, 1)[1]


if __name__ == "__main__":
    CONTRIBUTING.write_text(with_picture(CONTRIBUTING.read_text(encoding="utf-8")), encoding="utf-8")
