"""Exercises to CS231n's notes: what people write while they read, and get stuck on. NumPy only."""

from __future__ import annotations

import sys
from importlib import resources

from grader.assignment import Assignment, questions_of
from grader.diagnosis.named import named_in
from grader.exercises.catalogue import CATALOGUE
from grader.exercises.editions import EDITIONS
from grader.exercises.softmax.problems import SpiralPoints

__all__ = ["ASSIGNMENT"]

QUESTIONS = questions_of(__name__)

_NAMING = [module for name, module in sys.modules.items() if name.startswith(f"{__name__}.")]
CATALOGUE.require(*named_in(*_NAMING))

ASSIGNMENT = Assignment(
    package=__name__,
    name="exercises",
    title="Exercises to CS231n's notes",
    questions=QUESTIONS,
    catalogue=CATALOGUE,
    editions=EDITIONS,
    training=SpiralPoints,
    starter=resources.files(__name__) / "starter",
)
