"""Small problems on which the layers are mended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from grader.diagnosis.mending.scenes import Mendable, Output, Scene, Steps
from grader.diagnosis.problems import layer_problems
from grader.intake.site import Site
from grader.wall.wire import ObjectRef
from reference import layers as reference

__all__ = ["layer_passes"]

#: The examples (N, …) and the number of outputs of each scene.
AFFINE_SHAPES = (((5, 2, 3), 4), ((7, 3, 4), 5), ((6, 9), 8))
RELU_SHAPES = ((5, 7), (3, 4, 6), (9, 2))
LOSS_SHAPES = ((7, 5), (11, 7), (13, 10))
ASIDE = frozenset(["inputs_unchanged", "numeric_stability", "no_python_loops"])


def layer_passes(role: str, sites: Mapping[str, Site]) -> list[Mendable]:
    """A layer's forward or backward pass, or a loss. A backward pass gets the student's own cache."""
    family, _, name = role.partition(".")
    if family != "layers" or name not in _SCENES:
        return []
    forward = sites.get(role.replace("_backward", "_forward"))
    functions = [sites[role]]
    if forward is not None and forward not in functions:
        functions.append(forward)
    if len({site.file for site in functions}) > 1 or forward is None:
        return []
    return [
        Mendable(
            role,
            tuple(functions),
            tuple(make(functions, shape, np.random.default_rng([77, n])) for n, shape in enumerate(shapes)),
            ASIDE,
        )
        for make, shapes in _SCENES[name]
    ]


def _affine(
    functions: list[Site], shape: tuple[tuple[int, ...], int], rng: np.random.Generator
) -> tuple[Steps, tuple[Any, ...]]:
    examples, units = shape
    x = rng.standard_normal(examples)
    w, b = rng.standard_normal((int(np.prod(examples[1:])), units)), rng.standard_normal(units)
    steps = Steps()
    steps.call(functions[-1], x, w, b)
    return steps, (x, w, b)


def _affine_forward(functions: list[Site], shape: Any, rng: np.random.Generator) -> Scene:
    steps, given = _affine(functions, shape, rng)
    out, _ = reference.affine_forward(*given)
    return Scene(steps.written, [Output("out", 0, (0,), out.shape)], [[out]])


def _affine_backward(functions: list[Site], shape: Any, rng: np.random.Generator) -> Scene:
    steps, given = _affine(functions, shape, rng)
    out, cache = reference.affine_forward(*given)
    dout = rng.standard_normal(out.shape)
    kept = steps.part(0, 1)
    steps.call(functions[0], dout, ObjectRef(kept))
    right = reference.affine_backward(dout, cache)
    names = ("dx", "dw", "db")
    outputs = [Output(name, 2, (i,), right[i].shape) for i, name in enumerate(names)]
    return Scene(steps.written, [*outputs, Output("out", 0, (0,), out.shape)], [[*right, out]])


def _relu_forward(functions: list[Site], shape: tuple[int, ...], rng: np.random.Generator) -> Scene:
    x, steps = rng.standard_normal(shape), Steps()
    steps.call(functions[0], x)
    return Scene(steps.written, [Output("out", 0, (0,), shape)], [[np.maximum(0, x)]])


def _relu_backward(functions: list[Site], shape: tuple[int, ...], rng: np.random.Generator) -> Scene:
    x, dout, steps = rng.standard_normal(shape), rng.standard_normal(shape), Steps()
    steps.call(functions[-1], x)
    kept = steps.part(0, 1)
    steps.call(functions[0], dout, ObjectRef(kept))
    outputs = [Output("dx", 2, (), shape), Output("out", 0, (0,), shape)]
    return Scene(steps.written, outputs, [[dout * (x > 0), np.maximum(0, x)]])


def _loss(right: Callable[..., Any], far: float = 0.0) -> Callable[..., Scene]:
    """The scene of a loss; with `far` the scores lie far from 0, and far apart between the examples and,
    in every other one, between its own class and the rest."""

    def make(functions: list[Site], shape: tuple[int, int], rng: np.random.Generator) -> Scene:
        (problem,) = layer_problems((shape,), 77)
        x = problem.scores + np.linspace(-far, far, shape[0])[:, np.newaxis]
        x[::2] += far * np.eye(shape[1])[problem.y[::2]]
        steps = Steps()
        steps.call(functions[0], x, problem.y)
        loss, dx = right(x, problem.y)
        outputs = [Output("the loss", 0, (0,), ()), Output("dx", 0, (1,), dx.shape)]
        return Scene(steps.written, outputs, [[loss, dx]])

    return make


#: For each role the ways to mend it.
_SCENES: Mapping[str, tuple[tuple[Callable[..., Scene], tuple[Any, ...]], ...]] = {
    "affine_forward": ((_affine_forward, AFFINE_SHAPES),),
    "affine_backward": ((_affine_backward, AFFINE_SHAPES),),
    "relu_forward": ((_relu_forward, RELU_SHAPES),),
    "relu_backward": ((_relu_backward, RELU_SHAPES),),
    "svm_loss": ((_loss(reference.svm_loss), LOSS_SHAPES),),
    "softmax_loss": (
        (_loss(reference.softmax_loss), LOSS_SHAPES),
        (_loss(reference.softmax_loss, 900.0), LOSS_SHAPES),
    ),
}
