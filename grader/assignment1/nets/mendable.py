"""Small problems on which the loss of a net is mended."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from grader.assignment1.nets import problems
from grader.assignment1.nets.problems import NetProblem
from grader.diagnosis.mending.scenes import SEED, Measure, Mendable, Output, Scene, Steps
from grader.intake.site import Site
from reference import nets as reference

__all__ = ["net_losses", "net_predictions", "net_starts"]

REG = 0.45
#: (N, D, H, …, C) of each scene.
SHAPES = ((6, 5, 4, 3), (8, 4, 6, 5), (9, 7, 5, 4))
DEEP_SHAPES = ((6, 5, 4, 3), (9, 5, 6, 4, 3), (12, 4, 5, 6, 7, 5))
#: The scale of the first weights in each.
STDS = (0.37, 1e-2, 0.8)
COURSE_SHAPES = ((8, 5, 7, 10), (9, 6, 8, 10), (11, 7, 6, 10))
#: What the spread scores of an example are moved by, at least half and at most twice.
SHIFT = 1000.0
ASIDE = frozenset(["numeric_stability", "no_python_loops", "inputs_unchanged"])


def net_losses(role: str, sites: Mapping[str, Site]) -> list[Mendable]:
    """The loss of the two-layer net, in either form, or of the deep one."""
    question, _, name = role.partition(".")
    if name != "loss" or question not in ("two_layer_net", "fully_connected"):
        return []
    deep = question == "fully_connected"
    takes_reg = _takes_reg(sites[role], deep)
    plain = [
        [problems.net(77, shape) for shape in shapes]
        for shapes in ((DEEP_SHAPES if deep else SHAPES), COURSE_SHAPES)
    ]
    sets = plain if deep else [*plain, [_spread(problem) for problem in plain[0]]]
    return [
        Mendable(
            role,
            (sites[role],),
            [_scene(sites[role], one, deep, takes_reg) for one in problems_of_way],
            ASIDE,
        )
        for problems_of_way in sets
    ]


def _spread(problem: NetProblem) -> NetProblem:
    """The problem with a hidden unit that moves all scores of an example, each by another amount."""
    params = {name: np.array(value) for name, value in problem.params.items()}
    X = np.array(problem.X)
    X[:, -1] = np.linspace(0.5, 2.0, len(X))
    params["W1"][:, 0], params["W1"][-1, 0], params["b1"][0] = 0.0, 1.0, 0.0
    params["W2"][0] = SHIFT
    return NetProblem(params, X, problem.y, f"{problem.name}, spread")


def net_predictions(role: str, sites: Mapping[str, Site]) -> list[Mendable]:
    """`predict` of the two-layer net."""
    if role != "two_layer_net.predict":
        return []
    takes_reg = _takes_reg(sites[role], False)
    scenes = [_prediction(sites[role], _lowered(problems.net(77, shape)), takes_reg) for shape in SHAPES]
    return [Mendable(role, (sites[role],), scenes)]


def net_starts(role: str, sites: Mapping[str, Site]) -> list[Mendable]:
    """The parameters with which a net begins: as NumPy's random numbers are asked for, W1 first."""
    question, _, name = role.partition(".")
    if name != "init" or question not in ("two_layer_net", "fully_connected"):
        return []
    deep = question == "fully_connected"
    sets = zip((DEEP_SHAPES if deep else SHAPES), STDS, strict=True)
    return [
        Mendable(role, (sites[role],), [_start(sites[role], sizes, std, deep) for (_, *sizes), std in sets])
    ]


def _start(site: Site, sizes: Sequence[int], std: float, deep: bool) -> Scene:
    steps, outputs, right = Steps(), [], []
    model = _new(steps, site, sizes, std, 0.0, deep, _takes_reg(site, deep))
    numbers = np.random.RandomState(SEED)
    for layer, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
        outputs += [
            Output(f"W{layer}", model, ("params", f"W{layer}"), (fan_in, fan_out)),
            Output(f"b{layer}", model, ("params", f"b{layer}"), (fan_out,)),
        ]
        right += [std * numbers.standard_normal((fan_in, fan_out)), np.zeros(fan_out)]
    return Scene(steps.written, outputs, [right])


def _takes_reg(site: Site, deep: bool) -> bool:
    """Whether the loss takes the strength of the regularization, which else is the constructor's."""
    return not deep and posixpath.basename(site.file or "") == "neural_net.py"


def _lowered(problem: NetProblem) -> NetProblem:
    """The problem with scores that are all negative for some of its examples, not for all."""
    params = dict(problem.params)
    largest = reference.fully_connected_scores(params, problem.X).max(axis=1)
    params["b2"] = params["b2"] - np.median(largest)
    return NetProblem(params, problem.X, problem.y, f"{problem.name}, lowered")


def _prediction(site: Site, problem: NetProblem, takes_reg: bool) -> Scene:
    steps = Steps()
    found = steps.call(_made(steps, site, problem, 0.0, False, takes_reg), problem.X, method="predict")
    right = reference.predict(dict(problem.params), problem.X)
    return Scene(steps.written, [Output("the labels", found, (), right.shape)], [[right]])


def _scene(site: Site, problem: NetProblem, deep: bool, takes_reg: bool) -> Scene:
    """The scores, and the loss without and with regularization."""
    steps, outputs, regs = Steps(), [], (0.0, REG)
    names = sorted(problem.params)
    scores = steps.call(_made(steps, site, problem, 0.0, deep, takes_reg), problem.X, method="loss")
    outputs.append(Output("scores", scores, (), (len(problem.X), problem.sizes[-1])))
    for reg in regs:
        given: dict[str, Any] = {"reg": reg} if takes_reg else {}
        model = _made(steps, site, problem, reg, deep, takes_reg)
        found = steps.call(model, problem.X, problem.y, method="loss", **given)
        outputs.append(Output("loss", found, (0,), ()))
        outputs += [Output(name, found, (1, name), problem.params[name].shape) for name in names]
    return Scene(
        steps.written, outputs, [_expected(problem, l2, regs, names) for l2 in (1.0, 0.5)], _measures(names)
    )


def _made(steps: Steps, site: Site, problem: NetProblem, reg: float, deep: bool, takes_reg: bool) -> int:
    """A net with the problem's parameters."""
    model = _new(steps, site, problem.sizes, 1e-2, reg, deep, takes_reg)
    steps.set(model, "params", dict(problem.params))
    return model


def _new(
    steps: Steps, site: Site, sizes: Sequence[int], std: float, reg: float, deep: bool, takes_reg: bool
) -> int:
    given: dict[str, Any] = {} if takes_reg else {"reg": reg}
    if deep:
        dim, *hidden, classes = sizes
        given |= {"input_dim": dim, "num_classes": classes, "weight_scale": std, "dtype": "float64"}
        return steps.call(site, hidden, **given)
    return steps.call(site, *sizes, std, **given)


def _measures(names: list[str]) -> list[Measure]:
    """The scores, every data part, and what regularization adds to it."""
    data = [Measure("the scores", 0), Measure("the loss at reg = 0", 1)]
    data += [Measure(f"the gradient of {name} at reg = 0", 2 + i) for i, name in enumerate(names)]
    first = 2 + len(names)
    added = [Measure("the regularization of the loss", first, 1)]
    return (
        data
        + added
        + [
            Measure(f"the regularization in the gradient of {name}", first + 1 + i, 2 + i)
            for i, name in enumerate(names)
        ]
    )


def _expected(problem: NetProblem, l2: float, regs: tuple[float, ...], names: list[str]) -> list[Any]:
    params = dict(problem.params)
    right: list[Any] = [reference.fully_connected_scores(params, problem.X)]
    for reg in regs:
        loss, gradients = reference.fully_connected_loss(params, problem.X, problem.y, reg, l2)
        right += [loss, *(gradients[name] for name in names)]
    return right
