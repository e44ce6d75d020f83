"""Small problems on which the losses of the linear classifiers are mended."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from grader.diagnosis.mending.scenes import Measure, Mendable, Output, Scene, Steps
from grader.diagnosis.problems import LossProblem, linear_problems
from grader.intake.site import Site
from reference import linear as reference

__all__ = ["linear_losses"]

REG = 0.45
#: (N, D, C) of each scene: all differ. Ten classes and fewer features where a function knows no others.
SHAPES = ((5, 4, 3), (9, 6, 5), (12, 4, 7))
#: For functions that run only with the course's own sizes.
COURSE_SHAPES = ((12, 14, 10), (13, 16, 10), (11, 15, 10))
#: Matters of their own: a mend need not set them right.
ASIDE = frozenset(["no_python_loops", "numeric_stability", "inputs_unchanged"])
#: What is added to all scores of an example, from the first to the last, where exp must not overflow.
SHIFTS = (-800.0, 900.0)

_LOSSES: Mapping[str, Callable[..., tuple[float, np.ndarray]]] = {
    "svm": reference.svm_loss_vectorized,
    "softmax": reference.softmax_loss_vectorized,
}


def linear_losses(role: str, sites: Mapping[str, Site]) -> list[Mendable]:
    """The ways to mend a loss: on problems of sizes that all differ, then on the course's own."""
    kind, _, name = role.partition(".")
    if kind not in _LOSSES or name not in ("naive", "vectorized"):
        return []
    sets = [linear_problems(shapes, 77) for shapes in (SHAPES, COURSE_SHAPES)]
    if kind == "softmax":
        sets.append(tuple(_shifted(problem) for problem in sets[0]))
    return [
        Mendable(role, (sites[role],), tuple(_scene(kind, sites[role], p) for p in problems), ASIDE)
        for problems in sets
    ]


def _shifted(problem: LossProblem) -> LossProblem:
    """The problem with scores far from 0, and far apart between the examples."""
    assert problem.W is not None
    assert problem.X is not None
    X, W = np.array(problem.X), np.array(problem.W)
    X[:, -1], W[-1] = np.linspace(*SHIFTS, len(X)), 1.0
    return LossProblem(X @ W, problem.y, W, X)


def _scene(kind: str, site: Site, problem: LossProblem) -> Scene:
    """The loss without and with regularization."""
    W, X = (problem.W, problem.X)
    assert W is not None
    assert X is not None
    steps = Steps()
    for reg in (0.0, REG):
        given = (np.ascontiguousarray(W.T), np.ascontiguousarray(X.T)) if site.transposed else (W, X)
        steps.call(site, *given, problem.y, reg)
    shape = W.shape[::-1] if site.transposed else W.shape
    outputs = [
        Output(name, step, (place,), size)
        for step in (0, 1)
        for name, place, size in (("loss", 0, ()), ("dW", 1, shape))
    ]
    measures = (
        Measure("the loss at reg = 0", 0),
        Measure("the gradient at reg = 0", 1),
        Measure("the regularization of the loss", 2, 0),
        Measure("the gradient of the regularization", 3, 1),
    )
    return Scene(steps.written, outputs, [_expected(kind, site, problem, l2) for l2 in (1.0, 0.5)], measures)


def _expected(kind: str, site: Site, problem: LossProblem, l2: float) -> list[object]:
    found: list[object] = []
    for reg in (0.0, REG):
        loss, dW = _LOSSES[kind](problem.W, problem.X, problem.y, reg, l2)
        found += [loss, dW.T if site.transposed else dW]
    return found
