"""Roles as a check sees them: call `svm.naive(W, X, y, reg)` as if it were a local function."""

from __future__ import annotations

from collections.abc import Callable

from grader.assignment1.features.proxy import FeaturesQuestion
from grader.assignment1.knn.proxy import NeighbourQuestion
from grader.assignment1.linear.proxy import LinearQuestion, LossFunction, LossResult
from grader.assignment1.nets.proxy import FullyConnectedQuestion, TwoLayerQuestion
from grader.student.answers import BadResult, as_array, as_scalar
from grader.student.calls import Student

__all__ = [
    "BadResult",
    "FeaturesQuestion",
    "FullyConnectedQuestion",
    "LinearQuestion",
    "LossFunction",
    "LossResult",
    "NeighbourQuestion",
    "TwoLayerQuestion",
    "as_array",
    "as_scalar",
    "subject",
]


def subject(student: Student, question: str) -> object:
    """The proxy of a question; its attributes are the proxies of its roles.

    Raises:
        KeyError: no such question.
    """
    return _PROXIES[question](student, question)


_PROXIES: dict[str, Callable[[Student, str], object]] = {
    "knn": NeighbourQuestion,
    "svm": LinearQuestion,
    "softmax": LinearQuestion,
    "two_layer_net": TwoLayerQuestion,
    "features": FeaturesQuestion,
    "fully_connected": FullyConnectedQuestion,
}
