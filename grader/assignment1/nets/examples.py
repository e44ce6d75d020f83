"""Nets of two or three units a layer, for pen and paper."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, starmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.layers.examples import APART, FAR, from_scores, highest_scores, numbered
from grader.assignment1.nets.problems import NetProblem
from grader.assignment1.nets.proxy import Net, NetResult
from grader.checking.check import Setting
from grader.diagnosis.examples.digits import as_python, plain
from grader.diagnosis.examples.posed import Posed
from grader.diagnosis.table import CONVENTIONS
from grader.result import CheckResult
from reference import nets as reference

__all__ = ["label_examples", "net_examples"]

Array = NDArray[Any]
REG = 0.1


def _tiny(X: Any, y: Any, *layers: tuple[Any, Any]) -> NetProblem:
    params = {}
    for number, (weights, bias) in enumerate(layers, start=1):
        params[f"W{number}"], params[f"b{number}"] = np.array(weights, float), np.array(bias, float)
    return NetProblem(params, np.array(X, float), np.array(y), "tiny")


#: A hidden unit's output is no factor that means something by itself.
_FIRST, _LAST = ([[2, -2], [1, 0]], [1, 1]), ([[0.5, 0], [2, 1]], [-2, 1])
_WIDER = ([[2, -2, 1], [1, 0, -1]], [1, 1, 0.5]), ([[0.5, 0], [2, 1], [-1, 1]], [-2, 1])
#: Of one example, of which one hidden unit is on; of two; with more hidden units; and a deeper one.
TINY = (
    _tiny([[1, 2]], [0], _FIRST, _LAST),
    _tiny([[1, 2]], [1], _FIRST, _LAST),
    _tiny([[1, 2], [-2, 1]], [0, 1], _FIRST, _LAST),
    _tiny([[1, 2], [-2, 1]], [0, 1], *_WIDER),
)
DEEPER = (_tiny([[1, 2]], [0], _FIRST, ([[0.5, -0.4], [1, -1]], [-1, 0.5]), ([[0.5, -1], [1, 1]], [-2, 1])),)


def label_examples(subject: Net, check: CheckResult, setting: Setting) -> Iterator[Posed]:
    """Problems for a failed check of `predict`."""
    if check.role == f"{subject.question}.predict" and check.statement == "argmax":
        yield from (_labels(subject, problem) for problem in (TINY[0], TINY[2]))


def _labels(net: Net, problem: NetProblem) -> Posed:
    return highest_scores(_given(problem), _right_scores(problem), lambda: net.predict(problem))


def net_examples(subject: Net, check: CheckResult, setting: Setting) -> Iterator[Posed]:
    """Problems for a failed check of a net's scores, its loss, or a gradient."""
    if check.role != subject.role:
        return
    deep = () if check.statement.endswith(("1", "2")) else DEEPER
    problems = (*TINY, *(deep if len(subject.shapes[-1]) > len(subject.shapes[0]) else ()))
    own = setting.penalties.get(subject.question, 1.0)
    if check.statement == "scores":
        yield from (_scores(subject, problem) for problem in problems)
    elif check.statement == "loss":
        yield from (_loss(subject, problem, reg, own) for reg in (0.0, REG) for problem in problems)
    elif check.statement.startswith("gradient_"):
        asked = check.statement.removeprefix("gradient_")
        for problem in problems:
            names = [name for name in problem.params if name.startswith(asked)]
            yield from (_gradient(subject, problem, name) for name in names)
    elif check.statement == "regularization_gradient":
        for problem in problems:
            yield from (_added(subject, problem, name, own) for name in problem.params)
    elif check.statement == "numeric_stability":
        for problem in starmap(_scored, FAR):
            yield from (_loss(subject, problem, 0.0, own), _gradient(subject, problem, "W2"))
        yield from (_gradient(subject, problem, "W2") for problem in starmap(_scored, APART))


def _scored(scores: Array, y: Array) -> NetProblem:
    """A net whose hidden units tell the examples apart, and whose last weights are their scores."""
    units, classes = np.eye(len(scores)), scores.shape[1]
    return _tiny(units, y, (units, np.zeros(len(units))), (scores, np.zeros(classes)))


def _given(problem: NetProblem, reg: float | None = None) -> list[str]:
    arrays = {"X": problem.X, **problem.params, **({} if reg is None else {"y": problem.y})}
    written = [f"{name} = {as_python(array)}" for name, array in arrays.items()]
    return [*written, *([] if reg is None else [f"reg = {plain(reg)}"])]


def _anew(problem: NetProblem) -> Callable[[], NetProblem]:
    """The same problem under another name each time: answers are kept by it."""
    numbers = count()
    return lambda: dataclasses.replace(problem, name=f"{_given(problem, 0.0)}, {next(numbers)}")


def _right(problem: NetProblem, reg: float, l2: float) -> tuple[float, Mapping[str, Array]]:
    return reference.fully_connected_loss(dict(problem.params), problem.X, problem.y, reg, l2)


def _right_scores(problem: NetProblem) -> Array:
    return np.asarray(reference.fully_connected_scores(dict(problem.params), problem.X))


def _scores(net: Net, problem: NetProblem) -> Posed:
    anew = _anew(problem)
    return Posed(
        about="the array of scores",
        given=_given(problem),
        ask=lambda: net.scores(anew()),
        right=[_right_scores(problem)],
        columns=numbered("class", problem.sizes[-1]),
        rows=[f"the row of {name}" for name in numbered("example", len(problem.X))]
        if len(problem.X) > 1
        else (),
    )


def _loss(net: Net, problem: NetProblem, reg: float, own: float) -> Posed:
    anew, scores = _anew(problem), _right_scores(problem)
    return Posed(
        about="the loss",
        given=_given(problem, reg),
        ask=lambda: net.loss(anew(), reg).loss,
        right=[_right(problem, reg, l2)[0] for l2 in sorted(CONVENTIONS, key=lambda l2: l2 != own)],
        columns=numbered("class", problem.sizes[-1]),
        result=("loss",),
        beside=from_scores(scores),
    )


def _gradient(net: Net, problem: NetProblem, name: str) -> Posed:
    anew = _anew(problem)
    return Posed(
        about=f"grads['{name}']",
        given=_given(problem, 0.0),
        ask=lambda: net.loss(anew(), 0.0).gradients.get(name),
        right=[_right(problem, 0.0, 1.0)[1][name]],
        columns=_columns(problem, name),
        rows=_rows(problem, name),
        beside=_helpful(problem, name),
        relations=_mixed_up(problem, name),
    )


def _added(net: Net, problem: NetProblem, name: str, own: float) -> Posed:
    """What reg adds to a gradient: the data's part cancels."""
    anew = _anew(problem)

    def results() -> tuple[NetResult, NetResult]:
        return net.loss(anew(), 0.0), net.loss(anew(), REG)

    def ask() -> Any:
        without, regularized = (result.gradient(name) for result in results())
        return regularized - without

    plain_loss, loss = (result.loss for result in results())
    unit = REG * sum(float(np.sum(problem.params[weights] ** 2)) for weights in problem.weight_names)
    kept = [l2 for l2 in CONVENTIONS if abs(loss - plain_loss - l2 * unit) < 1e-6 * unit] or [own]
    is_weight = name in problem.weight_names
    return Posed(
        about=f"reg's part of grads['{name}']",
        given=_given(problem, REG),
        ask=ask,
        right=[2 * l2 * REG * problem.params[name] * is_weight for l2 in kept],
        columns=_columns(problem, name),
        rows=_rows(problem, name),
    )


def _layer(problem: NetProblem, name: str) -> int:
    return list(problem.params).index(name) // 2


def _columns(problem: NetProblem, name: str) -> Sequence[str]:
    """A parameter's columns: the units that its layer gives."""
    layer = _layer(problem, name)
    return numbered("class" if layer == problem.depth - 1 else "unit", problem.sizes[layer + 1])


def _rows(problem: NetProblem, name: str) -> Sequence[str]:
    if problem.params[name].ndim == 1:
        return ()
    layer = _layer(problem, name)
    return [f"row of {each}" for each in numbered("unit" if layer else "feature", problem.sizes[layer])]


def _helpful(problem: NetProblem, name: str) -> Mapping[str, Any]:
    """Of one example what stands in the same columns: a unit's sum before its ReLU, or probabilities."""
    if len(problem.X) > 1:
        return {}
    if _layer(problem, name) == problem.depth - 1:
        return from_scores(_right_scores(problem))
    if _layer(problem, name) == 0:
        return {"X·W1 + b1": (problem.X @ problem.params["W1"] + problem.params["b1"])[0]}
    return {}


def _mixed_up(problem: NetProblem, name: str) -> Mapping[str, Any]:
    """What the first layer's gradient is with a hidden unit's output in place of its ReLU's derivative."""
    if len(problem.X) > 1 or _layer(problem, name) or problem.depth != 2:
        return {}
    units = np.maximum(0, problem.X @ problem.params["W1"] + problem.params["b1"])[0]
    return {"the right one times its unit's output": _right(problem, 0.0, 1.0)[1][name] * units}
