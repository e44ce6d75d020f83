"""What the nets have in common: their parameters at the start, scores, loss and every gradient."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.layers.mistakes import name_initial_weights
from grader.assignment1.linear.checks import nearest_or_own
from grader.assignment1.nets.problems import NetProblem
from grader.assignment1.nets.problems import net as net_problem
from grader.assignment1.nets.proxy import Net, NetResult
from grader.assignment1.stability import SHIFT, FarScores, Measured, expect_stable, far_scores
from grader.checking.check import Setting, check
from grader.checking.compare import RTOL, agree
from grader.checking.expect import Expect
from grader.diagnosis.table import CONVENTIONS
from grader.student.answers import BadResult, as_array, as_numbers, is_zero, numbers
from grader.student.calls import StudentMissing
from reference import nets as reference

__all__: list[str] = []  # `declared_in` finds the checks

REG = 0.5
STRONG_REG = 50.0
#: (N, D, H, C) of the net with large scores: more inputs and hidden units than classes.
STABILITY_SHAPE = (13, 12, 11, 10)
#: Asked for, and asked for again: what does not follow is not scaled.
STDS = (1e-2, 0.37)
#: The standard deviation of 500 normal numbers is within 10 % of the one asked for in 998 of 1000 draws.
STD_RTOL = 0.2


def net_problems(net: Net, seed: int) -> list[NetProblem]:
    """The problems on which a question's net is judged; in a small batch a class may be absent."""
    *others, last = net.shapes
    return [*(net_problem(seed, shape) for shape in others), net_problem(seed, last, lacks_last=True)]


@functools.lru_cache(maxsize=128)
def right(problem: NetProblem, reg: float, l2: float) -> tuple[float, dict[str, NDArray[Any]]]:
    """The reference's loss and gradients."""
    return reference.fully_connected_loss(dict(problem.params), problem.X, problem.y, reg, l2)


def words(problem: NetProblem) -> str:
    """The sizes, for people."""
    dim, *hidden, classes = problem.sizes
    layers = " and ".join(map(str, hidden))
    return f"for {len(problem.X)} examples of {dim} features, {layers} hidden units, {classes} classes"


@check("shapes", about="init", topic="start values")
def init_shapes(net: Net, expect: Expect) -> None:
    """Every parameter has the right shape."""
    params = net.initial(net.first_sizes, STDS[0])
    fact, advice = 'the parameters are numbered from 0: "W0", "b0", …', 'the first layer\'s are "W1" and "b1"'
    expect.true(net.first == 1, fact, help=advice, mistake="parameters-numbered-from-0")
    fact, advice = "the constructor has no parameter `reg`", "the course's is __init__(self, …, reg=0.0)"
    expect.true(not net.lacks_reg, fact, help=advice, mistake="constructor-without-reg")
    for layer, (fan_in, fan_out) in enumerate(pairwise(net.first_sizes), start=1):
        for name, shape in ((f"W{layer}", (fan_in, fan_out)), (f"b{layer}", (fan_out,))):
            if name not in params:
                expect.fail(f'self.params["{name}"] is missing', help=f"{name} has the shape {shape}")
                continue
            found = as_numbers(params[name], f'self.params["{name}"]').shape
            fits = found == shape or (name.startswith("b") and _adds_as(found, fan_out))
            fact = f'self.params["{name}"] has shape {found}, not {shape}'
            expect.true(fits, fact, help=f"{name} has the shape {shape}")


def _adds_as(shape: tuple[int, ...], units: int) -> bool:
    """Whether a bias of this shape does what one of shape (units,) does: (1, units), or one number."""
    try:
        return np.broadcast_shapes((units + 1, units), shape) == (units + 1, units)
    except ValueError:
        return False


@check("scale", about="init", topic="start values", needs=init_shapes)
def init_scale(net: Net, expect: Expect) -> None:
    """The weights start as small random numbers of the scale asked for, the biases at zero."""
    small, large = (net.initial(net.first_sizes, std) for std in STDS)
    weights = _first_weights(net, small)
    mistake = name_initial_weights(weights, _first_weights(net, large), STDS)
    for layer in range(1, len(net.first_sizes)):
        expect.close(
            float(weights[f"W{layer}"].std()),
            STDS[0],
            f"the standard deviation of W{layer}",
            tolerance=STD_RTOL,
            help=f"W{layer} = weight_scale * np.random.randn(…), or std in neural_net.py",
            mistake=mistake,
        )
        zero = is_zero(small.get(f"b{layer}"))
        fact, advice = f"b{layer} does not start at zero", "biases start at zero: np.zeros"
        expect.true(zero, fact, help=advice, mistake="biases-not-zero-at-init")


def _first_weights(net: Net, params: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
    """W1, W2, … of a net of its first sizes."""
    names = [f"W{layer}" for layer in range(1, len(net.first_sizes))]
    shapes = zip(names, pairwise(net.first_sizes), strict=True)
    return {
        name: as_array(as_numbers(params.get(name), name), shape, f'self.params["{name}"]')
        for name, shape in shapes
    }


@check("scores", about="loss")
def scores(net: Net, expect: Expect, seed: int) -> None:
    """The scores match the reference."""
    for problem in net_problems(net, seed):
        expected = reference.fully_connected_scores(dict(problem.params), problem.X)
        if not expect.close(net.scores(problem), expected, f"the scores {words(problem)}"):
            return


@check("loss", about="loss")
def loss_matches(net: Net, expect: Expect, seed: int, setting: Setting) -> None:
    """The loss matches the reference."""
    excess = 0
    for problem in net_problems(net, seed):
        excess = net.loss(problem, 0.0).excess
        plain = net.loss(problem, 0.0).loss
        expect.close(plain, right(problem, 0.0, 1.0)[0], f"the loss at reg = 0 {words(problem)}")
        whole = net.loss(problem, REG).loss
        candidates = {k: right(problem, REG, k)[0] for k in CONVENTIONS}
        nearest = nearest_or_own(candidates, whole, setting.penalties.get(net.question))
        advice = (
            "the L2 term sums the squares of all weights, not of the biases: reg * np.sum(W * W), or half"
        )
        expect.close(whole, nearest, f"the loss at reg = {REG:g} {words(problem)}", help=advice)
    if not expect.failed:  # of a wrong loss, how many results there are is the least
        fact, advice = f"`loss` returns {2 + excess} results, not 2", "return loss, grads"
        expect.true(not excess, fact, help=advice, mistake="results-in-excess")


def expect_gradients(net: Net, expect: Expect, seed: int, names: str) -> None:
    """The gradients at reg = 0 of the parameters whose names begin like that."""
    for problem in net_problems(net, seed):
        result = net.loss(problem, 0.0)
        expected = right(problem, 0.0, 1.0)[1]
        for name in [name for name in problem.params if name.startswith(names)]:
            if not _has_entry(result, name, expect):
                return
            _require_gradient(net, result, problem, name)
            what = f"the gradient of {name} at reg = 0 {words(problem)}"
            if not expect.close(result.gradient(name), expected[name], what):
                return


def _has_entry(result: NetResult, name: str, expect: Expect) -> bool:
    """Whether there is a gradient of a parameter, under its name."""
    gradients = result.gradients
    if gradients.get(name) is not None:
        return True
    like = [key for key in gradients if str(key).lower() == name.lower()]
    beside = f', but one "{like[0]}"' if like and like[0] != name else ""
    more = "".join(f', nor "{p}"' for p in result.problem.params if p != name and gradients.get(p) is None)
    advice = f'put the gradient of {name} into grads["{name}"]'
    expect.fail(f'grads has no entry "{name}"{beside}{more}', help=advice, mistake="gradient-entry-missing")
    return False


def _require_gradient(net: Net, result: NetResult, problem: NetProblem, name: str) -> None:
    """Raise StudentMissing when a gradient is zero whatever reg is: it is not written yet."""
    if not np.any(result.gradient(name)) and not np.any(net.loss(problem, STRONG_REG).gradient(name)):
        raise StudentMissing(f"the gradient of {name} is zero everywhere: it is not implemented yet", "zeros")


@check("numeric_stability", about="loss", needs=loss_matches)
def numeric_stability(net: Net, expect: Expect, seed: int) -> None:
    """Large scores do not overflow."""
    for trial, problem in _far_problems(seed):
        usual = net_problem(seed, STABILITY_SHAPE)
        expect_stable(expect, trial, functools.partial(_measured, net, problem, usual))
        if expect.failed:
            return


@functools.lru_cache(maxsize=8)
def _far_problems(seed: int) -> list[tuple[FarScores, NetProblem]]:
    problem = net_problem(seed, STABILITY_SHAPE)
    trials = far_scores(problem.y, STABILITY_SHAPE[-1])
    return [(trial, _moved(problem, trial)) for trial in trials]


def _measured(net: Net, problem: NetProblem, usual: NetProblem) -> Iterator[Measured]:
    """The loss and the gradients: against the right ones where those of the usual problem are right."""
    loss, gradients = right(problem, 0.0, 1.0)
    result = net.loss(problem, 0.0)
    yield Measured("the loss", result.loss, loss, is_loss=True)
    for name in problem.params:
        found, own = (numbers(one.gradients.get(name)) for one in (result, net.loss(usual, 0.0)))
        if found is not None:
            known = own is not None and _is_right(own, right(usual, 0.0, 1.0)[1][name])
            yield Measured(f"the gradient of {name}", found, gradients[name] if known else None)


def _is_right(found: NDArray[Any], asked: NDArray[Any]) -> bool:
    return found.shape == asked.shape and agree(found.astype(np.float64), asked)


def _moved(problem: NetProblem, trial: FarScores) -> NetProblem:
    """The problem with first hidden units, one for each class, that add the trial's offsets to the scores."""
    X, params = problem.X.copy(), {name: value.copy() for name, value in problem.params.items()}
    least, classes = trial.offsets.min() - SHIFT, trial.offsets.shape[1]
    X[:, :classes] = (trial.offsets - least) / SHIFT  # of at least 1: every unit is on
    params["W1"][:, :classes], params["b1"][:classes] = np.eye(len(params["W1"]), classes), 0.0
    params["W2"][:classes] = SHIFT * np.eye(classes)
    params["b2"] += least
    return NetProblem(params, X, problem.y, trial.what)


@check("regularization_gradient", about="loss")
def regularization_gradient(net: Net, expect: Expect, seed: int, setting: Setting) -> None:
    """The gradients of the weights include the regularization term, those of the biases do not."""
    for problem in net_problems(net, seed):
        own = _convention(net, problem) or setting.penalties.get(net.question)
        plain, strong = net.loss(problem, 0.0), net.loss(problem, STRONG_REG)
        for name in problem.params:
            is_weight = name in problem.weight_names
            if not is_weight and any(one.gradients.get(name) is None for one in (plain, strong)):
                continue  # that it is absent, its own check says
            if not (_has_entry(plain, name, expect) and _has_entry(strong, name, expect)):
                return
            # What reg adds; the data part cancels, so its mistakes do not show here.
            with_reg, without = _flat(strong, name), _flat(plain, name)
            if with_reg.shape != without.shape:
                raise BadResult(f'reg changes the shape of grads["{name}"]', f"its shape is {name}'s")
            added = with_reg - without
            # What shape a bias's gradient has is its own check's matter.
            weights = problem.params[name].ravel() if is_weight else np.zeros(added.size)
            term = _nearest_term(added, weights, own)
            advice = (
                f"the derivative of the loss's own term is {_WORDS[own]} for the weights, 0 for the biases"
            )
            what = f"what reg = {STRONG_REG:g} adds to the gradient of {name}"
            if not _close(expect, added, term, what, advice):
                return


_WORDS = {1.0: "2·reg·W", 0.5: "reg·W", None: "2·reg·W (or reg·W)"}


def _nearest_term(added: NDArray[Any], weights: NDArray[Any], own: float | None) -> NDArray[Any]:
    terms = [2 * k * STRONG_REG * weights for k in CONVENTIONS if own in (None, k)]
    return min(terms, key=lambda term: float(np.abs(added - term).max()))


def _close(expect: Expect, added: NDArray[Any], term: NDArray[Any], what: str, advice: str) -> bool:
    if np.any(term):
        return expect.close(added, term, what, help=advice)
    # Beside a gradient of this size, what is left of a difference that should be zero is rounding.
    largest = float(np.abs(added).max())
    fact = f"{what}: up to {largest:.3g}, and it should add nothing"
    return expect.true(
        largest < RTOL * STRONG_REG, fact, what=what, measured=largest, expected=0.0, help=advice
    )


def _flat(result: NetResult, name: str) -> NDArray[np.float64]:
    """A gradient as one row of numbers; whether its shape is right, other checks say."""
    gradients, problem = result.gradients, result.problem
    shape = problem.params[name].shape
    found = as_numbers(gradients[name], f'grads["{name}"]')
    if found.size == 0 or (name in problem.weight_names and found.size != np.prod(shape)):
        raise BadResult(f'grads["{name}"] has shape {found.shape}, not {shape}', f"its shape is {name}'s")
    return found.ravel().astype(np.float64)


def _convention(net: Net, problem: NetProblem) -> float | None:
    """The factor k of the net's own term k·reg·ΣW²; None when it is another term, or none."""
    rise = net.loss(problem, STRONG_REG).loss - net.loss(problem, 0.0).loss
    unit = STRONG_REG * sum(float(np.sum(problem.params[name] ** 2)) for name in problem.weight_names)
    return next((k for k in CONVENTIONS if abs(rise / unit - k) <= RTOL * k), None)
