"""Neighbours few enough to be counted by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.knn.problems import NeighbourProblem
from grader.assignment1.knn.proxy import DistanceFunction, LabelFunction, NeighbourQuestion, Prediction
from grader.checking.check import Setting
from grader.diagnosis.examples.digits import as_python
from grader.diagnosis.examples.posed import Posed
from grader.result import CheckResult
from reference import knn as reference

__all__ = ["neighbour_examples"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Voters:
    """Distances (num_test, num_train), the labels of the training points, and how many of them vote."""

    dists: Any
    y_train: Any
    k: int

    @property
    def winners(self) -> Array:
        return reference.predict_labels(np.array(self.dists, float), np.array(self.y_train), self.k)


#: Test points and training points, whose distances are whole numbers where there is one test point.
POINTS = (
    ([[1, 1]], [[4, 5], [1, 3]]),
    ([[1, 1]], [[4, 5], [1, 3], [7, 9]]),
    ([[1, 1], [4, 1]], [[4, 5], [1, 3], [7, 9]]),
)
#: No label is 0, which a starter's stub gives; every point has its own where one votes.
VOTES = (
    Voters([[3, 1, 2]], [2, 3, 1], 1),
    Voters([[3, 1, 2]], [1, 3, 1], 3),
    Voters([[3, 1, 2], [1, 3, 2]], [2, 3, 1], 1),
    Voters([[5, 1, 2, 3, 4]], [1, 1, 2, 2, 1], 3),
    Voters([[1, 2, 3, 4, 5]], [4, 1, 3, 1, 2], 5),
    Voters([[1, 2, 9]], [1, 1, 2], 3),
    Voters([[1, 8, 9]], [2, 1, 1], 3),
)
TIES = (
    Voters([[1, 2, 4]], [3, 1, 2], 2),
    Voters([[2, 1, 4]], [3, 1, 2], 2),
    Voters([[1, 2, 3]], [3, 1, 2], 3),
)


def neighbour_examples(subject: NeighbourQuestion, check: CheckResult, setting: Setting) -> Iterator[Posed]:
    """Problems for a failed check of distances, of votes, or of both together."""
    ways = {way.role: way for way in subject.ways.values()}
    if check.statement == "distances" and check.role in ways:
        yield from (_distances(ways[check.role], *points) for points in POINTS)
    elif check.role == subject.predict_labels.role and check.statement in ("votes", "ties"):
        tried = VOTES if check.statement == "votes" else TIES
        yield from (_votes(subject.predict_labels, voters) for voters in tried)
    elif check.role == subject.predict.role and check.statement == "labels":
        yield from (_prediction(subject.predict, num_loops) for num_loops in (0, 1, 2))


def _problem(X: Any, X_train: Any, y_train: Sequence[int]) -> NeighbourProblem:
    return NeighbourProblem(np.array(X_train, float), np.array(y_train), np.array(X, float), "tiny")


def _distances(way: DistanceFunction, X: Any, X_train: Any) -> Posed:
    problem = _problem(X, X_train, range(len(X_train)))
    return Posed(
        about="dists",
        given=[f"X = {as_python(X)}", f"X_train = {as_python(X_train)}"],
        ask=lambda: DistanceFunction(way.student, way.role).raw(problem),
        right=[reference.distances_two_loops(problem.X, problem.X_train)],
        columns=_points(len(X_train)),
        rows=[f"row of test point {number}" for number in range(len(X))] if len(X) > 1 else (),
    )


def _points(number: int) -> list[str]:
    return [f"point {index}" for index in range(number)]


def _votes(predict_labels: LabelFunction, voters: Voters) -> Posed:
    dists, y_train = np.array(voters.dists, float), np.array(voters.y_train)
    return _voting(
        voters,
        [f"dists = {as_python(dists)}", f"y_train = {as_python(y_train)}", f"k = {voters.k}"],
        lambda: predict_labels(dists, y_train, voters.k),
    )


def _prediction(predict: Prediction, num_loops: int) -> Posed:
    X, X_train = POINTS[1]
    voters = Voters([[5, 2, 10]], [2, 3, 1], 1)
    problem = _problem(X, X_train, voters.y_train)
    given = [
        f"X = {as_python(X)}",
        f"X_train = {as_python(X_train)}",
        f"y_train = {as_python(voters.y_train)}",
    ]
    return _voting(
        voters,
        [*given, f"k = {voters.k}", f"num_loops = {num_loops}"],
        lambda: predict(problem, voters.k, num_loops),
    )


def _voting(voters: Voters, given: Sequence[str], ask: Any) -> Posed:
    several = len(voters.dists) > 1
    rows = [f"distances of test {number}" for number in range(len(voters.dists))] if several else ["distance"]
    return Posed(
        about="the predicted label",
        given=given,
        ask=ask,
        right=[voters.winners],
        columns=_points(len(voters.y_train)),
        result=[f"test {number}" for number in range(len(voters.dists))] if several else ["predicted"],
        beside={**dict(zip(rows, voters.dists, strict=True)), "label": voters.y_train},
        relations={} if several else _owners(voters),
        are_labels=True,
    )


def _owners(voters: Voters) -> dict[str, int]:
    """Whose label it may be, where every point has its own."""
    if len(set(voters.y_train)) < len(voters.y_train):
        return {}
    order = np.argsort(voters.dists[0])
    names = {int(order[0]): ", the nearest", int(order[-1]): ", the farthest"}
    return {
        f"the label of point {number}{names.get(number, '')}": label
        for number, label in enumerate(voters.y_train)
    }
