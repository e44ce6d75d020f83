"""Which notes of the worker are told as the grader's own words.

What ours may say, of a line that is there, is. But the submission's code runs in the same process and can
write notes that say anything: they are told as its words.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping

from grader.result import Where
from grader.wall import compat, gone, supplied

__all__ = ["as_told", "has_line"]

_FILE = r"(?P<file>[^\n]{1,300}?)"
#: Of a file as a whole, or one of its lines.
_OF_FILES = re.compile(
    rf"{_FILE}: (a name it imports does not exist here; a stand-in was supplied|converted from Python 2"
    r"|its mixed tabs were expanded"
    r"|passed over the NUL bytes at its end; save it without them, Python 3\.12 refuses them)"
    r"|(?P<init>[^\n]{1,300}?):(?P<line>\d{1,7}) was passed over \(\w{1,80}\)"
)
_AT_LINES = re.compile(rf"({_FILE}:(?P<line>\d{{1,7}})|cell \d{{1,5}}, line \d{{1,7}}): (?P<what>[^\n]+)")
_OF_MISC = re.compile(
    r"imported scipy\.misc\.\w{1,60}, which SciPy no longer has; write the same with PIL\.Image"
)
#: What is between `` is the submission's own.
_OTHERS = re.compile(
    r"the module [\w.]{1,120} (was supplied|is not available here; a stand-in was supplied)"
    r"|np\.\w{1,20} could not write its file, which was passed over"
    r"|the notebook was converted from Python 2|IPython is not available here: magics were passed over"
    r"|`[^`]{1,120}` was (passed over|written to the run's own folder)"
    r"|the (shell )?command `[^`]{0,80}` was not run"
)


def as_told(note: str, reads: Callable[[Where], bool]) -> str:
    """The note as a report tells it.

    Args:
        reads: whether there is such a line among what was loaded.
    """
    return note if _is_ours(note, reads) else f"a note that the submission's own code wrote: “{note}”"


def has_line(files: Mapping[str, bytes], where: Where) -> bool:
    """Whether one of the files is that one, and has that line or one line fewer."""
    text = files.get(where.file)
    return text is not None and (where.line is None or 0 < where.line <= len(text.splitlines()) + 1)


def _is_ours(note: str, reads: Callable[[Where], bool]) -> bool:
    if found := _OF_FILES.fullmatch(note):
        line = found["line"]
        return reads(Where(found["file"] or found["init"], int(line) if line else None))
    if found := _AT_LINES.fullmatch(note):
        there = found["file"] is None or reads(Where(found["file"], int(found["line"])))
        return there and (found["what"] in _things() or _OF_MISC.fullmatch(found["what"]) is not None)
    return note in _things() or _OTHERS.fullmatch(note) is not None


@functools.cache
def _things() -> frozenset[str]:
    return frozenset([*gone.notes(), *supplied.notes(), *compat.notes()])
