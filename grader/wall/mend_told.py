"""What a mend changed, as text.

Runs inside the wall: the standard library only.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

__all__ = ["told_change"]

_MOST_LINES, _LONGEST_LINE = 12, 160


def told_change(before: Sequence[str], after: Sequence[str]) -> tuple[list[str], int]:
    """The changed lines with - and +, and how many words and signs go, and twice how many come."""
    lines: list[str] = []
    for old, new in zip(before, after, strict=True):
        for line in difflib.unified_diff(old.split("\n"), new.split("\n"), n=0, lineterm=""):
            if line[:3] not in ("---", "+++", "@@ "):
                lines.append(line[:_LONGEST_LINE])
    old_words, new_words = (re.findall(r"\w+|[^\w\s]", "\n".join(texts)) for texts in (before, after))
    steps = difflib.SequenceMatcher(None, old_words, new_words, autojunk=False).get_opcodes()
    size = sum(i2 - i1 + 2 * (j2 - j1) for tag, i1, i2, j1, j2 in steps if tag != "equal")
    return lines[:_MOST_LINES], size
