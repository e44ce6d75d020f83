"""What only the two-layer net must fulfil: each parameter's gradient, prediction, training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.nets.checks import expect_gradients
from grader.assignment1.nets.prediction import prediction, right_scores, wrong_scores
from grader.assignment1.nets.proxy import Net, TwoLayerQuestion
from grader.assignment1.nets.training import DECAY, unpacked
from grader.assignment1.training.prediction import expect_prediction
from grader.assignment1.training.spied import SpiedTraining
from grader.assignment1.training.steps import (
    LEARNING_RATE,
    STEPS,
    expect_moves,
    expect_steps,
    momentum_of,
    spied_aloud,
    spied_gradient,
    spied_training,
    step_mistake,
)
from grader.checking.check import check
from grader.checking.compare import RTOL
from grader.checking.expect import Expect

__all__: list[str] = []  # `declared_in` finds the checks


@check("gradient_W1", about="loss")
def gradient_w1(net: Net, expect: Expect, seed: int) -> None:
    """The gradient of W1 (data loss) matches the reference."""
    expect_gradients(net, expect, seed, "W1")


@check("gradient_b1", about="loss")
def gradient_b1(net: Net, expect: Expect, seed: int) -> None:
    """The gradient of b1 matches the reference."""
    expect_gradients(net, expect, seed, "b1")


@check("gradient_W2", about="loss")
def gradient_w2(net: Net, expect: Expect, seed: int) -> None:
    """The gradient of W2 (data loss) matches the reference."""
    expect_gradients(net, expect, seed, "W2")


@check("gradient_b2", about="loss")
def gradient_b2(net: Net, expect: Expect, seed: int) -> None:
    """The gradient of b2 matches the reference."""
    expect_gradients(net, expect, seed, "b2")


@check("argmax", about="predict", topic="prediction")
def argmax(net: TwoLayerQuestion, expect: Expect, seed: int) -> None:
    """`predict` takes the class of the highest score."""
    problem = prediction(seed)
    expect_prediction(expect, net.predict(problem), right_scores(problem), wrong_scores(problem))


@check("sgd_step", about="train", topic="training")
def sgd_step(net: TwoLayerQuestion, expect: Expect, seed: int) -> None:
    """Each step moves the parameters by the learning rate against the gradient."""
    spied, gradient = spied_training(net, seed), spied_gradient(seed)
    if not expect_steps(expect, spied):
        return
    moves, rates = spied.moves, _rates(spied.moves, gradient)
    along = all(
        np.allclose(move, -rate * gradient, atol=1e-9) for move, rate in zip(moves, rates, strict=True)
    )
    decays = min(_DECAYS, key=lambda factors: float(np.abs(rates - LEARNING_RATE * factors).max()))
    mistake = (step_mistake(rates) or step_mistake(rates / decays)) if along else None
    advice = "the update is self.params[name] -= learning_rate * grads[name] for every parameter"
    if left := _left_out(moves, gradient):
        fact = f"the steps change {' and '.join(left.changed)} only, not {' and '.join(left.kept)}"
        expect.fail(fact, help=advice, mistake="parameters-not-updated")
        return
    if not along and _is_alike(moves[0], gradient):
        fact = "the first step is as large for every parameter, whatever its gradient: as Adam's or RMSProp's"
        expect.fail(fact, help=f"plain SGD is asked here: {advice}", mistake="update-scaled-by-its-root")
        return
    if not along and (some := _with_momentum(spied, gradient)):
        fact = (
            f"the steps of {' and '.join(some.changed)} have momentum, not those of {' and '.join(some.kept)}"
        )
        expect.fail(fact, help=f"plain SGD is asked here: {advice}", mistake="update-with-momentum")
        return
    if not along:
        expect_moves(expect, moves, [-LEARNING_RATE * factor * gradient for factor in decays], advice)
    momentum = _momentum(rates, spied.scales) if along else None
    if momentum is not None:
        factors = " to ".join(f"{factor:.3g}" for factor in momentum)
        expect.noted = f"the update has momentum {factors}, where plain SGD is asked"
        return
    what, asked = "the learning rate", LEARNING_RATE * decays
    if along and np.allclose(rates, LEARNING_RATE):
        mistake, advice = "learning-rate-not-decayed", "learning_rate *= learning_rate_decay once per epoch"
        if _shrink(spied_aloud(net, seed), gradient):
            mistake = "learning-rate-decayed-if-verbose"
    expect.close(rates, asked, what, help=advice, mistake=mistake, over_steps=True)


def _is_alike(move: NDArray[np.float64], gradient: NDArray[np.float64]) -> bool:
    """Whether a step is as large for every entry, against the sign of its gradient."""
    return np.allclose(move, -np.sign(gradient) * np.abs(move).max(), rtol=1e-3)


def _rates(moves: Sequence[NDArray[np.float64]], gradient: NDArray[np.float64]) -> NDArray[np.float64]:
    """The multiples of -gradient that the steps are, or come nearest to."""
    return np.array([-np.vdot(move, gradient) / np.vdot(gradient, gradient) for move in moves])


def _shrink(spied: SpiedTraining, gradient: NDArray[np.float64]) -> bool:
    """Whether the steps get smaller on the way, whenever that is."""
    rates = _rates(spied.moves, gradient)
    return bool(np.all(np.diff(rates) <= RTOL * LEARNING_RATE) and rates[-1] < (1 - RTOL) * rates[0])


class _Parted(NamedTuple):
    """The names of some parameters, and of the others."""

    changed: list[str]
    kept: list[str]


def _by_parameter(
    moves: Sequence[NDArray[np.float64]], gradient: NDArray[np.float64]
) -> tuple[dict[str, NDArray[np.float64]], list[dict[str, NDArray[np.float64]]]]:
    """The gradient of each parameter, and each step's changes of it."""
    dim = len(gradient)
    classes = (gradient.size - dim - 1) // 2
    return unpacked(gradient, dim, classes), [unpacked(move, dim, classes) for move in moves]


def _momentum(rates: NDArray[np.float64], scales: NDArray[np.float64]) -> tuple[float, ...] | None:
    """The factors of steps with momentum, by `rates` times scaled gradients each; None of other steps.

    They are two, the first and the last, where the factor changes from one epoch to the next.
    """
    for decays in _DECAYS:
        learning_rates = LEARNING_RATE * decays * scales
        constant = momentum_of(rates * scales, learning_rates)
        if constant is not None:
            return (constant,)
        if (changing := _momentum_by_epoch(rates * scales, learning_rates, decays)) is not None:
            return changing
    return None


def _momentum_by_epoch(
    rates: NDArray[np.float64], learning_rates: NDArray[Any], decays: NDArray[Any]
) -> tuple[float, ...] | None:
    """The first and the last factor of steps whose momentum is one all through each epoch."""
    if not np.all(rates > 0) or not np.isclose(rates[0], learning_rates[0], rtol=RTOL):
        return None
    factors = (rates[1:] - learning_rates[1:]) / rates[:-1]
    same = np.isclose(factors[1:], factors[:-1], rtol=RTOL)
    within_an_epoch = decays[2:] == decays[1:-1]
    is_one = np.all(same[within_an_epoch]) and np.all((factors > RTOL) & (factors < 1))
    return (float(factors[0]), float(factors[-1])) if is_one else None


def _with_momentum(spied: SpiedTraining, gradient: NDArray[np.float64]) -> _Parted | None:
    """Which parameters move with momentum while the others move as they should; None of other steps."""
    asked, steps = _by_parameter(spied.moves, gradient)
    found = _Parted([], [])
    for name, own in asked.items():
        rates = np.array([-np.vdot(step[name], own) / np.vdot(own, own) for step in steps])
        pairs = zip(steps, rates, strict=True)
        if not all(np.allclose(step[name], -rate * own, atol=1e-9) for step, rate in pairs):
            return None
        plain = any(np.allclose(rates, LEARNING_RATE * factors) for factors in _DECAYS)
        if not plain and _momentum(rates, spied.scales) is None:
            return None
        (found.kept if plain else found.changed).append(name)
    return found if found.kept and found.changed else None


def _left_out(moves: Sequence[NDArray[np.float64]], gradient: NDArray[np.float64]) -> _Parted | None:
    """Which parameters no step changes while the others move as they should; None of other steps."""
    asked, steps = _by_parameter(moves, gradient)
    found = _Parted(
        [name for name in asked if any(np.any(step[name]) for step in steps)],
        [name for name in asked if not any(np.any(step[name]) for step in steps)],
    )
    if not found.changed or not found.kept:
        return None
    right = any(
        all(
            np.allclose(step[name], -LEARNING_RATE * factor * asked[name], atol=1e-9)
            for name in found.changed
            for step, factor in zip(steps, factors, strict=True)
        )
        for factors in _DECAYS
    )
    return found if right else None


#: Four steps are an epoch; the starter decays after the first step of each, some do after the last.
_DECAYS = [DECAY ** ((np.arange(STEPS) + shift) // 4) for shift in (3, 0)]
