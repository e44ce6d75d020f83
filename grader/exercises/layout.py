"""The exercises lie in no package, and no notebook of theirs is run."""

from __future__ import annotations

from grader.student.layout import Layout

__all__ = ["LAYOUT"]

LAYOUT = Layout(package="exercises_of_one", loose="exercises_of_one", folders=(), trainings={})
