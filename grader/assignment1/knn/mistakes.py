"""Name the mistakes of a k-nearest-neighbour classifier from what its methods return."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.checking.compare import agree
from reference import knn as reference

__all__ = ["name_distances", "name_ties", "name_votes"]

Array = NDArray[Any]


def name_distances(measured: Any, X: Array, X_train: Array) -> tuple[str, ...]:
    """The mistakes that turn the distances of X (num_test, D) from X_train into `measured`.

    None when it is right, and when nothing known explains it.
    """
    if not isinstance(measured, np.ndarray) or measured.dtype.kind not in "iuf":
        return ()
    right = reference.distances_two_loops(X, X_train)
    products, squares = X @ X_train.T, (X**2).sum(axis=1)[:, np.newaxis] + (X_train**2).sum(axis=1)
    forms: dict[tuple[str, ...], Array] = {
        (): right,
        ("squared-distances",): right**2,
        ("distances-not-symmetric-in-shape",): right.T,
        ("distances-not-symmetric-in-shape", "squared-distances"): right.T**2,
        ("root-taken-twice",): np.sqrt(right),
        ("square-of-the-sum",): np.abs(_sums(X, X_train)),
        ("square-of-the-sum", "squared-distances"): _sums(X, X_train) ** 2,
        ("manhattan-distances",): np.abs(X[:, np.newaxis] - X_train).sum(axis=2),
    }
    if any(agree(measured, np.sqrt(np.maximum(0, squares + c * products))) for c in (-1, 0, 1, 2)):
        return ("cross-term-wrong",)
    return next((named for named, form in forms.items() if agree(measured, form)), ())


def _sums(X: Array, X_train: Array) -> Array:
    """The sum of the differences, for each pair of points."""
    sums: Array = X.sum(axis=1)[:, np.newaxis] - X_train.sum(axis=1)
    return sums


def name_votes(labels: Sequence[Array], votes: Sequence[tuple[Array, Array, int]]) -> str | None:
    """The one mistake that gives these labels for every vote; None when none is known or several are.

    A vote is distances (num_test, num_train), the labels of the training points, and how many of them vote.
    Few labels are alike by chance, those of all votes are not.
    """
    cases = zip(labels, votes, strict=True)
    return _only(set.intersection(*(_that_give(given, *vote) for given, vote in cases)))


def _only(found: set[str]) -> str | None:
    return found.pop() if len(found) == 1 else None


def _that_give(labels: Array, distances: Array, y_train: Array, k: int) -> set[str]:
    along_columns = np.argsort(distances, axis=0, kind="stable")[:k].T
    ranked = [y_train[np.argsort(row, kind="stable") < k] for row in distances]
    voting, near = y_train[reference.nearest(distances, k)], np.sort(distances, axis=1)[:, :k]
    known = [
        ("all-but-nearest-ignored", reference.predict_labels(distances, y_train, 1)),
        ("nearest-neighbour-skipped", _vote(y_train[reference.nearest(distances, k + 1)[:, 1:]])),
        ("farthest-neighbours", reference.predict_labels(-distances, y_train, k)),
        ("neighbours-across-wrong-axis", _vote(y_train[along_columns])),
        ("only-the-last-neighbour-votes", voting[:, -1]),
        ("votes-counted-in-runs", np.array(list(map(_longest_run, voting)))),
        ("votes-weighted-by-distance", _weighted(voting, near)),
        ("votes-weighted-by-distance", _weighted(voting, 1 / near)),
        ("ranks-taken-for-indices", np.array([np.bincount(row).argmax() for row in ranked])),
    ]
    return {mistake for mistake, simulated in known if _same_start(labels, simulated)}


def name_ties(labels: Array, distances: Array, y_train: Array, k: int) -> str | None:
    """`vote-tie-not-smallest-label` when all labels have the most votes, but are not the smallest such."""
    votes = y_train[reference.nearest(distances, k)]
    counts = [np.bincount(row, minlength=int(y_train.max()) + 1) for row in votes]
    tied = all(
        0 <= label < len(count) and count[int(label)] == count.max()
        for label, count in zip(labels, counts, strict=True)
    )
    right = np.array_equal(labels, reference.predict_labels(distances, y_train, k))
    return "vote-tie-not-smallest-label" if tied and not right else None


def _same_start(labels: Array, simulated: Array) -> bool:
    """Sorting along the columns gives a row for each training point; the first num_test of them are used."""
    return np.array_equal(labels, simulated[: len(labels)])


def _longest_run(labels: Array) -> Any:
    """The label that stands most often side by side; of equally long runs the first."""
    runs = [list(run) for _, run in itertools.groupby(labels)]
    return max(runs, key=len)[0]


def _weighted(labels: Array, weights: Array) -> Array:
    """The label whose votes weigh most in each row."""
    return np.array([np.bincount(row, weights=w).argmax() for row, w in zip(labels, weights, strict=True)])


def _vote(labels: Array) -> Array:
    return np.array([np.bincount(row).argmax() for row in labels])
