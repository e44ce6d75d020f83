"""Read a text of Python, whatever it holds: as a syntax tree, or without its strings and comments."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

__all__ = ["MOST_CHARACTERS", "code_only", "computing_lines", "parsed"]

#: Longer than any hand-written assignment file by far; parsing takes memory in proportion.
MOST_CHARACTERS = 400_000

#: A line that computes: an assignment with an operator or a call, or a return of one.
_COMPUTING = re.compile(r"[-+*/@]=|=.{0,500}?(?:[-+*/@%<>]|\w\()|^\s{0,80}return\b.{0,500}?[-+*/@(]")
#: What starters hold in place of the work: empty arrays, sizes, and settings with their defaults.
_GIVEN = re.compile(
    r"\b(?:np|numpy)\.(?:zeros|ones|empty)|\.shape\b|\.(?:get|setdefault|pop)\(|^\s{0,80}(?:def|class)\b"
)

_OPENING = re.compile(r'"""|\'\'\'|["\'#]')
#: What a string or comment holds, by what opens it. So many pieces at a time, because the matcher keeps a way
#: back for each; a possessive group keeps none, but Python before 3.11.5 loses its matches.
_HELD = {
    '"""': re.compile(r'(?:[^"\\]++|\\.|"(?!"")){1,1000}', re.S),
    "'''": re.compile(r"(?:[^'\\]++|\\.|'(?!'')){1,1000}", re.S),
    '"': re.compile(r'(?:[^"\\\n]++|\\.){1,1000}', re.S),
    "'": re.compile(r"(?:[^'\\\n]++|\\.){1,1000}", re.S),
    "#": re.compile(r"[^\n]++"),
}


def parsed(source: str) -> ast.Module | None:
    """The syntax tree of a text; None when it is too long, or no Python 3."""
    if len(source) > MOST_CHARACTERS:
        return None
    try:
        # Python warns of escapes like "\d" on the terminal, and names no file.
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(source)
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        return None


def computing_lines(code: str) -> list[int]:
    """The numbers of the lines that compute something, in code without strings and comments."""
    return [
        number
        for number, line in enumerate(code.split("\n"), 1)
        if _COMPUTING.search(line) and not _GIVEN.search(line)
    ]


def code_only(source: str) -> str:
    """`source` without its strings (also unfinished ones) and comments, line for line."""
    return "".join(_outside(source))


def _outside(source: str) -> Iterator[str]:
    """The text between strings and comments, and the line ends within them."""
    position = 0
    while opening := _OPENING.search(source, position):
        yield source[position : opening.start()]
        position = _end(source, opening[0], opening.end())
        yield "\n" * source.count("\n", opening.start(), position)
    yield source[position:]


def _end(source: str, opening: str, position: int) -> int:
    """Where the string or comment ends that `opening` began before `position`."""
    while held := _HELD[opening].match(source, position):
        position = held.end()
    return position + len(opening) if source.startswith(opening, position) else position
