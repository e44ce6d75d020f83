"""CS231n's Assignment 1: questions, checks, mistakes, editions and support files."""

from __future__ import annotations

import sys
from importlib import resources

from grader.assignment import Assignment
from grader.assignment1.catalogue import CATALOGUE
from grader.assignment1.editions import EDITIONS
from grader.assignment1.features.question import FEATURES
from grader.assignment1.knn.question import KNN
from grader.assignment1.layout import LAYOUT
from grader.assignment1.linear.question import SOFTMAX, SVM
from grader.assignment1.lines.finders import locate
from grader.assignment1.nets.question import FULLY_CONNECTED, TWO_LAYER_NET
from grader.assignment1.training.data import TrainingData
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

_TOPICS = tuple(f"{__name__}.{topic}." for topic in ("knn", "layers", "linear", "nets", "optim", "training"))
CATALOGUE.require(*named_in(*(module for name, module in sys.modules.items() if name.startswith(_TOPICS))))

ASSIGNMENT = Assignment(
    package=__name__,
    name="assignment1",
    title="CS231n Assignment 1",
    questions=(KNN, SVM, SOFTMAX, TWO_LAYER_NET, FEATURES, FULLY_CONNECTED),
    catalogue=CATALOGUE,
    locate=locate,
    modules=frozenset([*(f"cs231n.{name}" for name in _SUPPORT), *_LIBRARIES]),
    editions=EDITIONS,
    layout=LAYOUT,
    training=TrainingData,
    operators=load_operators(resources.files(__name__) / "mends.toml"),
)
