"""The one form that the exercises have."""

from __future__ import annotations

from importlib import resources

from grader.intake.editions import Editions

__all__ = ["EDITIONS"]

EDITIONS = Editions(resources.files(__package__), resources.files("grader.exercises.support"))
