"""Where the submission seems to lie. Runs inside the wall: the standard library only."""

from __future__ import annotations

__all__ = ["ROOT", "submission_path"]

#: The prefix of `__file__` and of traceback entries.
ROOT = "/submission/"


def submission_path(filename: str) -> str | None:
    """`folder/module.py` for a file of the submission, None for any other."""
    return filename[len(ROOT) :] if filename.startswith(ROOT) else None
