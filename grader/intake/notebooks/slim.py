"""Make notebooks small before anything parses them: 100 MB of saved pictures cost 300 MB as Python objects.

`slim_notebook` works on the bytes, from quotation mark to quotation mark, in bounded steps: no nesting can
exhaust it.
"""

from __future__ import annotations

import re

__all__ = ["slim_notebook"]

#: An output this small stays as it is.
_KEPT = 64 << 10
#: A longer string in a larger output is a picture.
_LONG = 8 << 10
#: More strings and brackets than any real notebook has; one that has more is left alone.
_MAX_STEPS = 2_000_000

_KEY = b'"outputs"'
_OPENS = re.compile(rb"\s*:\s*\[")
_BRACKETS = re.compile(rb"[\[\]]")


class _Endless(Exception):  # noqa: N818 - ends the walk, never leaves this module
    """The text ends inside of a string or list, or has too many of them."""


def slim_notebook(data: bytes) -> bytes:
    """`data` without the pictures in its saved outputs; the short texts that cells printed stay.

    What is not JSON comes back as it was.
    """
    walk = _Walk(data)
    pieces: list[bytes] = []
    done = at = 0
    try:
        while (at := data.find(_KEY, at)) >= 0:
            at += len(_KEY)
            opens = _OPENS.match(data, at)
            # Within a string the key's quotation mark is escaped.
            if opens is None or data[at - len(_KEY) - 1 : at - len(_KEY)] == b"\\":
                continue
            long_strings, end = walk.list_from(opens.end())
            pieces += [data[done : opens.end()], _slim(data, opens.end(), end, long_strings)]
            done = at = end
    except _Endless:
        pass
    return b"".join([*pieces, data[done:]])


def _slim(data: bytes, start: int, end: int, long_strings: list[tuple[int, int]]) -> bytes:
    """The inside of an `outputs` list with its long strings emptied; nothing, if it is still large."""
    if end - start <= _KEPT:
        return data[start:end]
    pieces = []
    for opening, closing in long_strings:
        pieces.append(data[start:opening])
        start = closing
    slim = b"".join([*pieces, data[start:end]])
    return slim if len(slim) <= _KEPT else b""


class _Walk:
    """Steps through JSON text; the steps of one notebook are counted together."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.steps = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps > _MAX_STEPS:
            raise _Endless

    def list_from(self, at: int) -> tuple[list[tuple[int, int]], int]:
        """The insides of the long strings in the list that opened just before `at`, and where its `]` is.

        Raises:
            _Endless: the list does not close.
        """
        depth = 1
        long_strings: list[tuple[int, int]] = []
        while True:
            self.step()
            quote = self.data.find(b'"', at)
            stop = len(self.data) if quote < 0 else quote
            for bracket in _BRACKETS.finditer(self.data, at, stop):
                self.step()
                depth += 1 if bracket[0] == b"[" else -1
                if depth == 0:
                    return long_strings, bracket.start()
            if quote < 0:
                raise _Endless
            closing = self.string_from(quote + 1)
            if closing - quote > _LONG:
                long_strings.append((quote + 1, closing))
            at = closing + 1

    def string_from(self, at: int) -> int:
        """Where the quotation mark is that closes the string whose inside begins at `at`."""
        start = at
        while (at := self.data.find(b'"', at)) >= 0:
            self.step()
            before = at
            while before > start and self.data[before - 1] == 0x5C:
                before -= 1
            if (at - before) % 2 == 0:  # an even number of backslashes escapes nothing
                return at
            at += 1
        raise _Endless
