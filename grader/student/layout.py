"""Where a course has its modules and data, and what its trainings are called: facts for the worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Layout"]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Plain data that an assignment hands to the worker, which knows no course.

    package: the name of the course's package; as it is for work that lies in none.
    loose: the package in it to which modules that were handed in without a folder belong.
    folders: made in a notebook's working directory before it runs.
    trainings: their names and the steps that a quick run leaves them, see `wall.nb_quick`.
    """

    package: str = "work_of_one"
    loose: str = "work_of_one"
    folders: tuple[str, ...] = ()
    trainings: Mapping[str, Any] = field(default_factory=dict)
