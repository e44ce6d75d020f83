"""k nearest neighbours: the distances three ways, the vote, and both together."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.knn.mistakes import name_distances, name_ties, name_votes
from grader.assignment1.knn.problems import NeighbourProblem, neighbours
from grader.assignment1.knn.proxy import DistanceFunction, LabelFunction, NeighbourQuestion, Prediction
from grader.assignment1.vectorized import (
    WITNESSED,
    expect_no_hidden_loop,
    expect_no_loop,
    processor_s,
    sizes,
)
from grader.checking.check import check
from grader.checking.compare import agree
from grader.checking.expect import Expect
from grader.student.calls import StepCount
from reference import knn as reference

__all__: list[str] = []  # `declared_in` finds the checks

WAYS = ["two_loops", "one_loop", "no_loops"]
#: (num_test, num_train, D): fewer test points than training points, and more.
SHAPES = ((7, 23, 11), (9, 6, 4))
ROOT_HELP = "the Euclidean distance is the square root of the summed squared differences"
SHAPE_HELP = "row i belongs to test point i and column j to training point j: (num_test, num_train)"
CROSS_HELP = "|a - b|² = |a|² - 2·a·b + |b|²"
VOTE_HELP = "the neighbours are right; their most frequent label counts: np.bincount(closest_y).argmax()"
NEAREST_HELP = "np.argsort(dists[i])[:k] are the indices of test point i's k nearest training points"


@check("distances", of=WAYS)
def distances(way: DistanceFunction, expect: Expect, seed: int) -> None:
    """The distances match the reference."""
    for shape in SHAPES:
        problem = neighbours(seed, shape)
        named = name_distances(way.raw(problem), problem.X, problem.X_train)
        for mistake in named:
            expect.fail(_FACTS[mistake][0], help=_FACTS[mistake][1], mistake=mistake)
        if named and named != ("squared-distances",):
            continue
        what = f"the distances of {shape[0]} test from {shape[1]} training points"
        root = "the root of " if named else ""
        expect.close(_rooted(way(problem), problem), _expected(problem), root + what, help=ROOT_HELP)


_FACTS = {
    "distances-not-symmetric-in-shape": (
        "the distances come as (num_train, num_test), not (num_test, num_train)",
        SHAPE_HELP,
    ),
    "squared-distances": ("the distances are the squares of the Euclidean ones", ROOT_HELP),
    "root-taken-twice": ("the distances are the roots of the Euclidean ones", ROOT_HELP),
    "square-of-the-sum": (
        "the differences are summed first and then squared, so that they cancel",
        "square each difference, then sum: np.sum((a - b) ** 2)",
    ),
    "manhattan-distances": ("the distances are sums of absolute differences (L1)", ROOT_HELP),
    "cross-term-wrong": ("the term x·x′ is missing, or has another factor than −2", CROSS_HELP),
}


def _rooted(distances: NDArray[Any], problem: NeighbourProblem) -> NDArray[Any]:
    """The distances, or their roots where they are the squares of the right ones."""
    squared = name_distances(distances, problem.X, problem.X_train) == ("squared-distances",)
    return np.sqrt(distances) if squared else distances


@functools.lru_cache(maxsize=64)
def _expected(problem: NeighbourProblem) -> NDArray[np.floating[Any]]:
    return reference.distances_two_loops(problem.X, problem.X_train)


@check("identical_points", of=["no_loops"], needs=distances)
def identical_points(way: DistanceFunction, expect: Expect, seed: int) -> None:
    """Identical points have a distance, not NaN."""
    points = _points(seed, 40, 45)
    same = NeighbourProblem(points.X_train, points.y_train, points.X_train[:40], "identical points")
    lost = int(np.isnan(way(same)).sum())
    expect.true(
        lost == 0,
        f"{lost} of 40 points have the distance NaN from themselves: rounding leaves a square below zero",
        what="distances that are NaN",
        measured=lost,
        expected=0,
        help="np.sqrt(np.maximum(squared, 0)) keeps rounding from going below zero",
        mistake="negative-under-root",
    )


@functools.lru_cache(maxsize=16)
def _points(seed: int, num_test: int, num_train: int) -> NeighbourProblem:
    """Points in 11 dimensions, with nothing asked of their distances."""
    rng = np.random.default_rng([seed, 12, num_test, num_train])
    X_train, X = rng.standard_normal((num_train, 11)), rng.standard_normal((num_test, 11))
    return NeighbourProblem(X_train, np.arange(num_train) % 4, X, f"{num_test} and {num_train} points")


@check("no_python_loops", of=["no_loops"])
def no_python_loops(way: DistanceFunction, expect: Expect, seed: int) -> None:
    """No Python loop runs over test or training points."""
    many = sizes(np.random.default_rng([seed, 13]))
    advice = "|a - b|² = |a|² - 2·a·b + |b|²: two sums of squares and one matrix product"
    usual = neighbours(seed, SHAPES[0])
    is_right = _agrees(way.raw(usual), usual)
    for kind, turn in (("test points", 1), ("training points", -1)):
        steps = [_counted(way, expect, _points(seed, *(n, 8)[::turn]), is_right) for n in many]
        expect_no_loop(expect, kind, many, steps, advice)
    if not expect.failed:

        def take(count: int) -> StepCount:
            return _counted(way, expect, _points(seed, count, 8), is_right)

        expect_no_hidden_loop(expect, way.student, way.role, "test points", take, _reference_s(seed))


def _counted(way: DistanceFunction, expect: Expect, problem: NeighbourProblem, is_right: bool) -> StepCount:
    """The steps for these points, whose distances must be right where those of fewer are."""
    given, steps = way.counted(problem)
    fact = f"the distances of {problem.name} are wrong, though those of fewer are right"
    expect.true(
        not is_right or _agrees(given, problem), fact, help="the same work must serve any number of points"
    )
    return steps


def _agrees(distances: Any, problem: NeighbourProblem) -> bool:
    """Whether they are right, or their squares."""
    right = np.linalg.norm(problem.X[:, np.newaxis] - problem.X_train, axis=2)
    return any(agree(distances, one) for one in (right, right**2))


@functools.lru_cache(maxsize=8)
def _reference_s(seed: int) -> list[float]:
    """Seconds on the processor that the reference takes for few and for many test points."""
    problems = [_points(seed, n, 8) for n in WITNESSED]
    return [processor_s(functools.partial(reference.distances_no_loops, p.X, p.X_train)) for p in problems]


@check("distances", about="agreement")
def agreement(question: NeighbourQuestion, expect: Expect, seed: int) -> None:
    """The three ways give the same distances."""
    problem = neighbours(seed, SHAPES[0])
    given = {name: way(problem) for name, way in question.ways.items()}
    rooted = {name: _rooted(distances, problem) for name, distances in given.items()}
    squared = [name for name in given if rooted[name] is not given[name]]
    if 0 < len(squared) < len(given):
        names = " and ".join(f"compute_distances_{name}" for name in squared)
        fact = f"squares come from {names}, distances from the others"
        # Where squares are no more than a note, that they differ from the others is.
        expect.fail(fact, help=ROOT_HELP)
    for name in ("one_loop", "no_loops"):
        expect.close(rooted[name], rooted["two_loops"], f"{name} against two_loops")


class Vote(NamedTuple):
    """Distances (num_test, num_train), the labels of the training points, and how many of them vote."""

    distances: NDArray[np.floating[Any]]
    y_train: NDArray[np.int64]
    k: int


@check("votes", of=["predict_labels"])
def votes(predict_labels: LabelFunction, expect: Expect, seed: int) -> None:
    """The most common label among the k nearest is predicted."""
    problem = neighbours(seed, SHAPES[0])
    cases = [(Vote(_expected(problem), problem.y_train, k), f"the labels for k = {k}") for k in (1, 5)]
    cases.append((_outnumbered(), "the labels where one stands nearest, or farthest, and another more often"))
    given = [predict_labels(*vote) for vote, _ in cases]
    mistake = name_votes(given, [vote for vote, _ in cases])
    for labels, (vote, what) in zip(given, cases, strict=True):
        # With one neighbour right, the neighbours are.
        advice = NEAREST_HELP if vote.k == 1 or expect.failed else VOTE_HELP
        expect.close(labels, reference.predict_labels(*vote), what, help=advice, mistake=mistake)


def _outnumbered() -> Vote:
    """Rows in which three votes outnumber the nearest, the farthest or one of each."""
    y_train = np.array([3, 1, 3, 1, 3, 2])
    far_and_near = [[4, 5, 50, 6, 60, 99], [1, 8, 2, 9, 3, 99], [4, 1, 5, 50, 6, 99]]
    nearness = np.array([*far_and_near, [2, 18, 3, 19, 20, 99], [5, 1, 6, 2, 7, 99]])
    return Vote(nearness.astype(np.float64), y_train, 5)


@check("ties", of=["predict_labels"], needs=votes)
def ties(predict_labels: LabelFunction, expect: Expect) -> None:
    """The smaller label wins a tie."""
    vote = _tied()
    given = predict_labels(*vote)
    expect.close(
        given,
        reference.predict_labels(*vote),
        "the labels where two have equally many votes",
        help="np.argmax(np.bincount(closest_y)) takes the smallest of the labels with the most votes",
        mistake=name_ties(given, *vote),
    )


def _tied() -> Vote:
    """Four of six training points vote, two for each of two labels, in different orders of nearness."""
    y_train = np.array([1, 3, 1, 3, 2, 2])
    order = np.array([[1, 3, 0, 2, 4, 5], [0, 1, 3, 2, 5, 4], [4, 0, 5, 2, 1, 3], [1, 4, 5, 3, 0, 2]])
    return Vote(np.argsort(order, axis=1) + 1.5, y_train, 4)


@check("labels", of=["predict"], topic="prediction")
def labels(predict: Prediction, expect: Expect, seed: int) -> None:
    """`predict` votes among the nearest neighbours, whichever way the distances are computed."""
    problem = neighbours(seed, SHAPES[0])
    for num_loops in (0, 1, 2):
        for k in (1, 5):
            given = predict(problem, k, num_loops)
            expected = reference.predict_labels(_expected(problem), problem.y_train, k)
            expect.close(given, expected, f"the labels for k = {k}, num_loops = {num_loops}")
