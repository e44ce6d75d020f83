"""Where a course has its modules and data, and what its trainings are called: facts for the worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Layout"]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Plain data that an assignment hands to the worker, which knows no course.

    package: the name of the course's package.
    loose: the package in it to which modules that were handed in without a folder belong.
    folders: made in a notebook's working directory before it runs.
    trainings: their names and the steps that a quick run leaves them, see `wall.nb_quick`.
    """

    package: str
    loose: str
    folders: tuple[str, ...]
    trainings: Mapping[str, Any]
