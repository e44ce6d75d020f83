"""Small problems on which a k-nearest-neighbour classifier is mended."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from grader.assignment1.knn import problems
from grader.assignment1.knn.problems import NeighbourProblem
from grader.diagnosis.mending.scenes import Mendable, Output, Scene, Steps
from grader.intake.site import Site
from reference import knn as reference

__all__ = ["neighbours"]

#: (num_test, num_train, D) of each scene.
SHAPES = ((4, 7, 5), (7, 13, 4), (8, 7, 5))
VOTE_SHAPES = ((8, 23, 6), (21, 29, 4), (18, 27, 5))
ASIDE = frozenset(["no_python_loops", "identical_points", "ties"])
_WAYS = ("two_loops", "one_loop", "no_loops")


def neighbours(role: str, sites: Mapping[str, Site]) -> list[Mendable]:
    """The distances in any of the three ways, and the vote."""
    family, _, name = role.partition(".")
    if family != "knn":
        return []
    if name in _WAYS:
        scenes = [_distances(sites[role], problems.neighbours(77, shape)) for shape in SHAPES]
    elif name == "predict_labels":
        scenes = [_votes(sites[role], problems.neighbours(77, shape)) for shape in VOTE_SHAPES]
    elif name == "predict":
        scenes = [_predictions(sites[role], problems.neighbours(77, shape)) for shape in VOTE_SHAPES]
    else:
        return []
    return [Mendable(role, (sites[role],), tuple(scenes), ASIDE)]


def _distances(site: Site, problem: NeighbourProblem) -> Scene:
    steps = Steps()
    model = steps.call(site)
    steps.call(model, problem.X_train, problem.y_train, method="train")
    found = steps.call(model, problem.X, method=site.method)
    right = reference.distances_two_loops(problem.X, problem.X_train)
    return Scene(steps.written, [Output("the distances", found, (), right.shape)], [[right]])


def _votes(site: Site, problem: NeighbourProblem) -> Scene:
    """The labels for some numbers of neighbours, also such with which votes are tied."""
    steps, outputs, right = Steps(), [], []
    distances = reference.distances_two_loops(problem.X, problem.X_train)
    for k in (1, 2, 3, 4, 5, 7):
        model = steps.call(site)
        steps.call(model, np.zeros((len(problem.y_train), 1)), problem.y_train, method="train")
        found = steps.call(model, distances, method=site.method, k=k)
        outputs.append(Output(f"the labels for k = {k}", found, (), (len(distances),)))
        right.append(reference.predict_labels(distances, problem.y_train, k))
    return Scene(steps.written, outputs, [right])


def _predictions(site: Site, problem: NeighbourProblem) -> Scene:
    """The labels by each of the three ways."""
    steps, outputs, right = Steps(), [], []
    distances = reference.distances_two_loops(problem.X, problem.X_train)
    for num_loops, k in ((0, 1), (1, 5), (2, 3)):
        model = steps.call(site)
        steps.call(model, problem.X_train, problem.y_train, method="train")
        found = steps.call(model, problem.X, method=site.method, k=k, num_loops=num_loops)
        outputs.append(Output(f"the labels with num_loops = {num_loops}", found, (), (len(distances),)))
        right.append(reference.predict_labels(distances, problem.y_train, k))
    return Scene(steps.written, outputs, [right])
