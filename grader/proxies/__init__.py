"""Roles as a check sees them: call `svm.naive(W, X, y, reg)` as if it were a local function."""

from __future__ import annotations

from collections.abc import Callable

from grader.proxies.features import FeaturesQuestion
from grader.proxies.knn import NeighbourQuestion
from grader.proxies.linear import LinearQuestion, LossFunction, LossResult
from grader.proxies.nets import FullyConnectedQuestion, TwoLayerQuestion
from grader.proxies.result import BadResult, as_array, as_scalar
from grader.student import Student

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
