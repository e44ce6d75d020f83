"""Functions in which a size of CIFAR-10 is written: judged at that size, where they are right."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Collection

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.catalogue import CATALOGUE
from grader.assignment1.knn.problems import NeighbourProblem
from grader.assignment1.knn.proxy import DistanceFunction
from grader.assignment1.linear.problems import LinearProblem
from grader.assignment1.linear.proxy import LossFunction
from grader.assignment1.linear.training import LinearTraining
from grader.assignment1.nets.training import NetTraining
from grader.assignment1.training.spied import StepBatch
from grader.checking.compare import agree
from grader.diagnosis.attribution import WRONG, Attributed, Attribution, Case
from grader.diagnosis.lines import function_of
from grader.result import Where
from grader.student.answers import BadResult
from grader.student.calls import StudentError, StudentMissing, StudentTimeout
from reference import knn, linear

__all__ = ["explain_distance_sizes", "explain_loss_sizes", "explain_training_sizes"]

(_MISTAKE,) = CATALOGUE.require("hard-coded-size")
#: Of test and training images, as the notebooks take them, and of pixels, with a bias and without.
_IMAGES, _PIXELS = (500, 1000, 5000, 10_000, 49_000, 50_000), (3072, 3073)
#: What one array may hold: more would be sent for a minute.
_MOST = 1_500_000
_FAILURES = (StudentError, StudentMissing, StudentTimeout, BadResult)


def explain_distance_sizes(case: Case) -> Attribution:
    """Name the size in a way to the distances that is right at that size alone."""
    ways = case.subject.ways.values()
    parts = [_explained(case, way.role, functools.partial(_right_distances, way)) for way in ways]
    return sum(parts, start=Attribution())


def explain_loss_sizes(case: Case) -> Attribution:
    """Name the size in a loss that is right at that size alone."""
    losses = (case.subject.naive, case.subject.vectorized)
    parts = [_explained(case, loss.role, functools.partial(_right_loss, loss)) for loss in losses]
    return sum(parts, start=Attribution())


def explain_training_sizes(case: Case) -> Attribution:
    """Name the number of images in a `train` that runs as it should with that many alone."""
    training = case.subject.training
    return _explained(case, training.role, functools.partial(_right_training, training))


def _explained(case: Case, role: str, is_right: Callable[[Collection[int]], bool]) -> Attribution:
    wrong = [one for one in case.results if one.role == role and one.verdict in WRONG and not one.mistakes]
    written = _written(case, role) if wrong else {}
    sizes = set(written.values())
    if not sizes or not is_right(sizes):
        return Attribution()
    where = min(written, key=lambda place: place.line or 0)
    fact = f"it is right only with the size written into it: {' and '.join(map(str, sorted(sizes)))}"
    said = Attributed(mistakes=(_MISTAKE,), message=fact, help=CATALOGUE[_MISTAKE].remedy, where=where)
    proved = case.proved(_MISTAKE, role, fact, where=where)
    return Attribution(checks={one.id: said for one in wrong}, diagnoses=(proved,))


def _written(case: Case, role: str) -> dict[Where, int]:
    """The sizes of CIFAR-10 that are written in a role's function, and where."""
    site = case.student.sites.get(role)
    text = case.source(site.where.file) if site is not None and site.where is not None else None
    function = function_of(site, text) if site is not None and text is not None else None
    if function is None or site is None or site.where is None:
        return {}
    sizes = {*_IMAGES, *_PIXELS}
    return {
        Where(site.where.file, node.lineno): node.value
        for node in ast.walk(function.node)
        if isinstance(node, ast.Constant) and type(node.value) is int and node.value in sizes
    }


def _size(sizes: Collection[int], among: Collection[int], otherwise: int) -> int:
    return max((size for size in sizes if size in among), default=otherwise)


def _right_distances(way: DistanceFunction, sizes: Collection[int]) -> bool:
    """Whether the distances are right for that many test or training points, or pixels."""
    images, pixels = sorted(size for size in sizes if size in _IMAGES), _size(sizes, _PIXELS, 11)
    few, many = (images[0], images[-1]) if images else (7, 23)
    shapes = [(few, many)] if few < many else [(7, many), (few, 23)]
    return any(_right_at(way, tests, trains, pixels) for tests, trains in shapes)


def _right_at(way: DistanceFunction, tests: int, trains: int, pixels: int) -> bool:
    if max(tests * trains, tests * pixels, trains * pixels) > _MOST:
        return False
    rng = np.random.default_rng(0)
    X, X_train = rng.standard_normal((tests, pixels)), rng.standard_normal((trains, pixels))
    name = f"sizes {tests}, {trains}, {pixels}"
    try:
        given = way(NeighbourProblem(X_train, np.arange(trains) % 4, X, name))
    except _FAILURES:
        return False
    return agree(given, knn.distances_no_loops(X, X_train))


def _right_loss(loss: LossFunction, sizes: Collection[int]) -> bool:
    """Whether loss and gradient are right for that many examples or pixels."""
    count, pixels = _size(sizes, _IMAGES, 12), _size(sizes, _PIXELS, 21)
    if count * pixels > _MOST:
        return False
    rng = np.random.default_rng(0)
    W, X = 0.1 * rng.standard_normal((pixels, 10)), rng.standard_normal((count, pixels))
    problem = LinearProblem(W, X, rng.integers(0, 10, count), 0.37, f"sizes {count}, {pixels}")
    function = linear.svm_loss_vectorized if loss.kind == "svm" else linear.softmax_loss_vectorized
    try:
        result = loss(*problem)
        given = np.append(result.gradient.ravel(), result.loss)
    except _FAILURES:
        return False
    right = [function(W, X, problem.y, problem.reg, l2=l2) for l2 in (1.0, 0.5)]
    return any(agree(given, np.append(dW.ravel(), value)) for value, dW in right)


def _right_training(training: LinearTraining | NetTraining, sizes: Collection[int]) -> bool:
    """Whether the batches hold examples with their labels, of that many and in the notebooks' size."""
    count = _size(sizes, _IMAGES, 0)
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((count, 5)), np.arange(count) % 4
    X[:, 0] = np.arange(count)
    settings = {"learning_rate": 0.1, "reg": 0.1, "num_iters": 2, "batch_size": 200, "verbose": False}
    try:
        spied = training.with_spied_loss(X, y, rng.standard_normal((5, 4)), 0, **settings)
    except _FAILURES:
        return False
    return all(_holds(batch, y) for batch in spied.batches)


def _holds(batch: StepBatch, y: NDArray[np.int64]) -> bool:
    """Whether the labels of a batch are those of the examples with the numbers that its rows bear."""
    numbers = np.rint(batch.X[:, 0]).astype(np.int64)
    known = bool(np.all((numbers >= 0) & (numbers < len(y))))
    return known and np.array_equal(y[numbers], batch.y)
