"""The assignments that come with the grader. A new one is a package of its own and one line here."""

from __future__ import annotations

from grader.assignment1 import ASSIGNMENT as ASSIGNMENT1
from grader.assignment1 import data as datasets

__all__ = ["ASSIGNMENT", "datasets"]

#: The one to grade by.
ASSIGNMENT = ASSIGNMENT1
