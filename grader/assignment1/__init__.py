"""CS231n's Assignment 1: questions, checks, mistakes, editions and support files."""

from __future__ import annotations

import sys
from importlib import resources

from grader.assignment import Assignment, questions_of
from grader.assignment1.catalogue import CATALOGUE
from grader.assignment1.editions import EDITIONS
from grader.assignment1.layout import LAYOUT
from grader.assignment1.lines.finders import locate
from grader.assignment1.notebooks.material import CourseMaterial
from grader.assignment1.training.data import TrainingData
from grader.diagnosis import observe, problems, search
from grader.diagnosis.mending.operators import load_operators
from grader.diagnosis.named import named_in

__all__ = ["ASSIGNMENT"]

_SUPPORT = (
    "classifiers",
    "data_utils",
    "features",
    "gradient_check",
    "layer_utils",
    "layers",
    "optim",
    "solver",
)
_LIBRARIES = (
    *("numpy", "numpy.linalg", "numpy.random", "matplotlib", "matplotlib.pyplot"),
    *("scipy", "scipy.spatial", "scipy.special", "scipy.stats", "past.builtins", "future.utils", "six"),
    *("builtins", "collections", "itertools", "math", "os", "pickle", "platform", "random", "sys", "time"),
)


QUESTIONS = questions_of(__name__)

#: Where words joined by hyphens are no mistakes.
_OTHERS = (f"{__name__}.data.", f"{__name__}.lines.")
_NAMING = [
    module
    for name, module in sys.modules.items()
    if name.startswith(f"{__name__}.") and not name.startswith(_OTHERS)
]
# The search for mistakes of a loss names some itself.
CATALOGUE.require(*named_in(*_NAMING, observe, problems, search))

ASSIGNMENT = Assignment(
    package=__name__,
    name="assignment1",
    title="CS231n Assignment 1",
    questions=QUESTIONS,
    catalogue=CATALOGUE,
    locate=locate,
    modules=frozenset([*(f"cs231n.{name}" for name in _SUPPORT), *_LIBRARIES]),
    editions=EDITIONS,
    layout=LAYOUT,
    material=CourseMaterial,
    training=TrainingData,
    operators=load_operators(resources.files(__name__) / "mends.toml"),
)
