"""The layers that the nets of 2021 and later are made of: forward, backward, and the two losses."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.layers.mistakes import (
    BIAS_FORMS,
    bias_form,
    name_bias_gradient,
    name_relu_backward,
    name_scaled,
)
from grader.assignment1.layers.proxy import Layer, LayerLoss
from grader.assignment1.stability import Measured, expect_stable, far_scores
from grader.checking.check import check
from grader.checking.compare import agree
from grader.checking.expect import Expect
from grader.student.answers import BadResult, as_array, describe
from reference import layers as reference

__all__ = ["Affine"]

Floats = NDArray[np.floating[Any]]
LOSSES = ["layers.svm_loss", "layers.softmax_loss"]
FORWARD = ["layers.affine_forward", "layers.relu_forward"]
#: Images, and rows that are flat already.
INPUT_SHAPES = ((5, 2, 3, 4), (6, 7))
OUTPUTS = 8
#: (N, C): ten classes as in the assignment, and another number.
SCORE_SHAPES = ((13, 10), (9, 4))
FLAT_HELP = "read x as rows: x.reshape(x.shape[0], -1)"


class Affine(NamedTuple):
    """x of any shape (N, d_1, …), w (D, M), b (M,) and the gradient of the output, dout (N, M)."""

    x: Floats
    w: Floats
    b: Floats
    dout: Floats


@functools.lru_cache(maxsize=16)
def _affine(seed: int, shape: tuple[int, ...]) -> Affine:
    rng = np.random.default_rng([seed, 31, *shape])
    dim = int(np.prod(shape[1:]))
    return Affine(
        rng.standard_normal(shape),
        rng.standard_normal((dim, OUTPUTS)),
        rng.standard_normal(OUTPUTS),
        rng.standard_normal((shape[0], OUTPUTS)),
    )


def _words(shape: tuple[int, ...]) -> str:
    return f"for x of shape {shape}"


@check("output", of=["layers.affine_forward"])
def affine_output(affine_forward: Layer, expect: Expect, seed: int) -> None:
    """The output of an affine layer matches the reference."""
    for shape in INPUT_SHAPES:
        given = _affine(seed, shape)
        expected, _ = reference.affine_forward(given.x, given.w, given.b)
        out = affine_forward.forward(expected.shape, given.x, given.w, given.b)
        mistake = "bias-missing-in-forward" if agree(out, expected - given.b) else None
        expect.close(out, expected, f"out {_words(shape)}", help=FLAT_HELP, mistake=mistake)


@check("gradient_x", of=["layers.affine_backward"])
def affine_gradient_x(affine_backward: Layer, expect: Expect, seed: int) -> None:
    """The gradient of an affine layer's input matches the reference."""
    for shape in INPUT_SHAPES:
        given = _affine(seed, shape)
        raw, right = _gradients(affine_backward, given)[0], _expected(given)[0]
        if len(shape) > 2 and agree(raw, right.reshape(len(right), -1)):
            fact = f"dx has the shape {np.shape(raw)}, not {shape}: rows, where x came otherwise"
            of_cache = np.shape(_gradients_of(affine_backward.after(*_cached(given)))[0]) == shape
            mistake = "cache-holds-flattened-x" if of_cache else None
            expect.fail(fact, help="keep x in the cache as it came, and give dx its shape", mistake=mistake)
            return
        dx = as_array(raw, shape, "dx")
        mistake = name_scaled(dx, right, len(given.x))
        expect.close(dx, right, f"dx {_words(shape)}", help="dout.dot(w.T) in x's shape", mistake=mistake)


@check("gradient_w", of=["layers.affine_backward"])
def affine_gradient_w(affine_backward: Layer, expect: Expect, seed: int) -> None:
    """The gradient of an affine layer's weights matches the reference."""
    for shape in INPUT_SHAPES:
        given = _affine(seed, shape)
        dw = as_array(_gradients(affine_backward, given)[1], given.w.shape, "dw")
        right = _expected(given)[1]
        mistake = name_scaled(dw, right, len(given.x))
        expect.close(dw, right, f"dw {_words(shape)}", help=FLAT_HELP, mistake=mistake)


@check("gradient_b", of=["layers.affine_backward"])
def affine_gradient_b(affine_backward: Layer, expect: Expect, seed: int) -> None:
    """The gradient of an affine layer's bias matches the reference."""
    for shape in INPUT_SHAPES:
        given = _affine(seed, shape)
        db = _gradients(affine_backward, given)[2]
        named = name_bias_gradient(db, given.dout)
        advice = "db is the sum of dout over the examples: dout.sum(axis=0)"
        if "bias-gradient-shape" in named and (form := bias_form(np.shape(db), *given.dout.shape)):
            for mistake in named:
                expect.fail(f"db {BIAS_FORMS[form].format(units='M')}", help=advice, mistake=mistake)
            continue
        values, found = as_array(db, given.b.shape, "db"), next(iter(named), None)
        expect.close(values, _expected(given)[2], f"db {_words(shape)}", help=advice, mistake=found)


def _cached(given: Affine) -> tuple[Floats, tuple[Floats, Floats, Floats]]:
    """What the course's own forward pass hands to the backward pass."""
    return given.dout, (given.x, given.w, given.b)


def _gradients(affine_backward: Layer, given: Affine) -> Any:
    return _gradients_of(affine_backward.backward(given.dout, given.x, given.w, given.b))


def _gradients_of(value: Any) -> Any:
    if not isinstance(value, (tuple, list)) or len(value) != 3:
        raise BadResult(f"it returned {describe(value)}", "return (dx, dw, db)")
    return value


def _expected(given: Affine) -> tuple[Floats, Floats, Floats]:
    return reference.affine_backward(given.dout, (given.x, given.w, given.b))


@check("output", of=["layers.relu_forward"])
def relu_output(relu_forward: Layer, expect: Expect, seed: int) -> None:
    """The output of a ReLU matches the reference."""
    x, _ = _relu(seed)
    out = relu_forward.forward(x.shape, x)
    mistake = "relu-missing-in-forward" if agree(out, x) else None
    expect.close(out, np.maximum(0, x), "out", mistake=mistake)


@check("gradient", of=["layers.relu_backward"])
def relu_gradient(relu_backward: Layer, expect: Expect, seed: int) -> None:
    """A ReLU passes the gradient where its input was positive."""
    x, dout = _relu(seed)
    dx = as_array(relu_backward.backward(dout, x), x.shape, "dx")
    expect.close(
        dx,
        reference.relu_backward(dout, x),
        "dx",
        help="dx = dout * (x > 0)",
        mistake=name_relu_backward(dx, dout, x),
    )


@functools.lru_cache(maxsize=8)
def _relu(seed: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng([seed, 32])
    return rng.standard_normal((6, 12)), rng.standard_normal((6, 12))


class Scores(NamedTuple):
    """Scores x (N, C) with no margin near its kink, and labels y (N,), of the second shape none the last."""

    x: Floats
    y: NDArray[np.int64]


@functools.lru_cache(maxsize=16)
def _scores(seed: int, shape: tuple[int, int]) -> Scores:
    count, classes = shape
    for attempt in range(1000):
        rng = np.random.default_rng([seed, 33, attempt, *shape])
        present = classes - (shape != SCORE_SHAPES[0])
        x, y = 2 * rng.standard_normal(shape), rng.integers(0, present, count)
        margins = x - x[np.arange(count), y][:, np.newaxis] + 1
        if np.abs(margins).min() > 1e-3:
            return Scores(x, y)
    raise RuntimeError(f"no scores of shape {shape} away from kinks were found from seed {seed}")


def _right(kind: str, scores: Scores) -> tuple[float, Floats]:
    return (reference.svm_loss if kind == "svm" else reference.softmax_loss)(*scores)


@check("loss", of=LOSSES)
def loss_value(layer_loss: LayerLoss, expect: Expect, seed: int) -> None:
    """The loss of given scores matches the reference."""
    for shape in SCORE_SHAPES:
        scores = _scores(seed, shape)
        what = f"the loss of {shape[0]} examples and {shape[1]} classes"
        expect.close(layer_loss(*scores).loss, _right(layer_loss.kind, scores)[0], what)


@check("gradient", of=LOSSES)
def loss_gradient(layer_loss: LayerLoss, expect: Expect, seed: int) -> None:
    """The gradient of the loss matches the reference."""
    for shape in SCORE_SHAPES:
        scores = _scores(seed, shape)
        what = f"dx for {shape[0]} examples and {shape[1]} classes"
        expect.close(layer_loss(*scores).gradient, _right(layer_loss.kind, scores)[1], what)


@check("inputs_unchanged", of=[*FORWARD, *LOSSES])
def inputs_unchanged(layer: Layer | LayerLoss, expect: Expect, seed: int) -> None:
    """What it is given is left as it was."""
    given: dict[str, tuple[Any, ...]] = {
        "layers.affine_forward": _affine(seed, INPUT_SHAPES[0])[:3],
        "layers.relu_forward": _relu(seed)[:1],
    }
    arguments = given.get(layer.role, _scores(seed, SCORE_SHAPES[0]))
    names = " and ".join(_ARGUMENTS[layer.role][i] for i in layer.changes(*arguments))
    expect.true(
        not names,
        f"{names} changed during the call",
        help=f"work on a copy: {names} belongs to the caller, and a numeric gradient calls again with it",
        mistake="inputs-modified",
    )


#: What the parameters are called.
_ARGUMENTS = {
    "layers.affine_forward": "xwb",
    "layers.relu_forward": "x",
    "layers.svm_loss": "xy",
    "layers.softmax_loss": "xy",
}


@check("numeric_stability", of=["layers.softmax_loss"], needs=loss_value)
def numeric_stability(softmax_loss: LayerLoss, expect: Expect, seed: int) -> None:
    """Large scores do not overflow."""
    scores = _scores(seed, SCORE_SHAPES[0])
    for trial in far_scores(scores.y, scores.x.shape[1]):
        moved = Scores(scores.x + trial.offsets, scores.y)
        expect_stable(expect, trial, functools.partial(_measured, softmax_loss, moved, scores))
        if expect.failed:
            return


def _measured(softmax_loss: LayerLoss, moved: Scores, usual: Scores) -> Iterator[Measured]:
    """The loss, and dx: against the right one if that of the usual scores is right."""
    result, (loss, dx) = softmax_loss(*moved), _right("softmax", moved)
    yield Measured("the loss", result.loss, loss, is_loss=True)
    is_right = agree(softmax_loss(*usual).gradient, _right("softmax", usual)[1])
    yield Measured("dx", result.gradient, dx if is_right else None)
