"""The steps of SGD: what a training does with the losses that it is given, not how accurate it gets."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.linear.proxy import LinearQuestion
from grader.assignment1.nets.proxy import TwoLayerQuestion
from grader.assignment1.training.spied import SpiedTraining
from grader.checking.check import check
from grader.checking.compare import RTOL
from grader.checking.expect import Expect

__all__ = [
    "BATCH",
    "LEARNING_RATE",
    "REG",
    "STEPS",
    "Data",
    "expect_moves",
    "expect_steps",
    "momentum_of",
    "sgd_step",
    "spied_aloud",
    "spied_data",
    "spied_gradient",
    "spied_training",
    "step_mistake",
    "steps_made",
    "train_spied",
]

LEARNING_RATE = 0.037
REG = 0.83
STEPS = 12
BATCH = 16


class Data(NamedTuple):
    X: NDArray[np.float64]
    y: NDArray[np.int64]


@functools.lru_cache(maxsize=8)
def spied_data(seed: int, count: int = 64) -> Data:
    """Examples; the first entry of each row is its number and the second its label."""
    rng = np.random.default_rng([seed, count])
    X = rng.standard_normal((count, 5))
    y = rng.permutation(count) % 4
    X[:, 0], X[:, 1] = np.arange(count), y
    return Data(X, y)


@functools.lru_cache(maxsize=8)
def spied_gradient(seed: int) -> NDArray[np.float64]:
    """What is answered as the gradient, times a factor that is new after every step."""
    return np.random.default_rng([seed, 65]).standard_normal((5, 4))


def spied_training(question: LinearQuestion | TwoLayerQuestion, seed: int) -> SpiedTraining:
    """One training shared by the checks of a question."""
    if question.spied is None:
        question.spied = train_spied(question, seed, spied_data(seed), STEPS)
    return question.spied


def train_spied(
    question: LinearQuestion | TwoLayerQuestion, seed: int, data: Data, steps: int, *, verbose: bool = False
) -> SpiedTraining:
    return question.training.with_spied_loss(
        *data,
        spied_gradient(seed),
        seed,
        learning_rate=LEARNING_RATE,
        reg=REG,
        num_iters=steps,
        batch_size=BATCH,
        verbose=verbose,
    )


def spied_aloud(question: TwoLayerQuestion, seed: int) -> SpiedTraining:
    """The training of `spied_training` once more, with verbose=True."""
    return train_spied(question, seed, spied_data(seed), STEPS, verbose=True)


@check("sgd_step", about="train", topic="training")
def sgd_step(question: LinearQuestion, expect: Expect, seed: int) -> None:
    """Each step moves W by the learning rate against the gradient."""
    spied, dW = spied_training(question, seed), spied_gradient(seed)
    if not expect_steps(expect, spied) or not _expect_a_second_training(expect, question, seed):
        return
    moves = spied.moves
    rates = np.array([-np.vdot(move, dW) / np.vdot(dW, dW) for move in moves])
    along = all(np.allclose(move, -rate * dW, atol=1e-9) for move, rate in zip(moves, rates, strict=True))
    mistake = step_mistake(rates) if along else None
    advice = "the update is self.W -= learning_rate * grad"
    factor = momentum_of(rates * spied.scales, LEARNING_RATE * spied.scales) if along else None
    if factor is not None:
        fact = f"the update has momentum: each step adds {factor:.3g} of the step before"
        expect.fail(fact, help=f"plain SGD is asked here: {advice}", mistake="update-with-momentum")
        return
    if not along:
        expect_moves(expect, moves, [-LEARNING_RATE * dW] * len(moves), advice)
    asked, what = np.full(len(rates), LEARNING_RATE), "the learning rate"
    expect.close(rates, asked, what, help=advice, mistake=mistake, over_steps=True)


def _expect_a_second_training(expect: Expect, question: LinearQuestion, seed: int) -> bool:
    """That `train` may be called again, which goes on from the weights that are there."""
    training, gradient = question.training, spied_gradient(seed)
    settings: dict[str, Any] = {"learning_rate": LEARNING_RATE, "reg": REG, "num_iters": 2}
    return expect.true(
        training.starts_again(*spied_data(seed), gradient, seed, **settings, batch_size=BATCH, verbose=False),
        "a second `train` of the same classifier makes no step",
        help="only the first weights belong under `if self.W is None`; the loop stands outside of it",
        mistake="second-training-does-nothing",
    )


def expect_moves(
    expect: Expect, moves: Sequence[NDArray[Any]], right: Sequence[NDArray[Any]], help: str
) -> None:
    """Every step is this one: one that lies aside of the gradient may be as long along it as it should be."""
    for number, (move, asked) in enumerate(zip(moves, right, strict=True), 1):
        expect.close(move, asked, "the first step" if number == 1 else f"step {number}", help=help)


def expect_steps(expect: Expect, spied: SpiedTraining) -> bool:
    """As many steps as were asked for; of what moves nothing, that is the mistake."""
    made, weights = steps_made(spied), spied.weights
    moved = any(not np.array_equal(one, weights[0], equal_nan=True) for one in weights)
    return expect.true(
        made == STEPS,
        f"{made} steps were made for num_iters={STEPS}",
        what="steps",
        measured=made,
        expected=STEPS,
        help="the loop runs num_iters times",
        mistake="wrong-number-of-steps" if moved else "no-update",
    )


def steps_made(spied: SpiedTraining) -> int:
    """How many steps a training made."""
    return len(spied.batches) + spied.unseen


def step_mistake(rates: NDArray[np.float64]) -> str | None:
    """Which mistake moves W by these multiples of -gradient."""
    constant = np.allclose(rates, rates[0], rtol=RTOL, atol=1e-12)
    if constant:
        known = {-LEARNING_RATE: "gradient-ascent", 1.0: "learning-rate-ignored", 0.0: "no-update"}
        scaled = None if np.isclose(rates[0], LEARNING_RATE, rtol=RTOL) else "learning-rate-scaled"
        same = (m for rate, m in known.items() if np.isclose(rates[0], rate, rtol=RTOL, atol=1e-12))
        return next(same, scaled if rates[0] > 0 else None)
    if np.any(rates == 0) or not np.all(np.isfinite(rates)):
        return None
    ratios = rates[1:] / rates[:-1]
    first = np.isclose(rates[0], LEARNING_RATE, rtol=RTOL) or np.isclose(rates[0], LEARNING_RATE * ratios[0])
    if np.allclose(ratios, ratios[0], rtol=RTOL) and 0 < ratios[0] < 1 and first:
        return "learning-rate-decayed-every-step"
    return None


def momentum_of(rates: NDArray[Any], learning_rates: NDArray[Any]) -> float | None:
    """The factor, between 0 and 1, of steps with momentum, classical or Nesterov's; None of others.

    Args:
        rates: the multiples of -gradient by which the steps move; learning_rates: those of plain steps.
    """
    if np.allclose(rates, learning_rates, rtol=RTOL):
        return None  # plain: what rounding adds to them is no factor
    classical = (rates[1] - learning_rates[1]) / rates[0] if rates[0] else 0.0
    for factor, ahead in ((classical, False), (rates[0] / learning_rates[0] - 1, True)):
        velocity, steps = 0.0, []
        for rate in learning_rates:
            before, velocity = velocity, factor * velocity + rate
            steps.append((1 + factor) * velocity - factor * before if ahead else velocity)
        if 0 < factor < 1 and np.allclose(rates, steps, rtol=RTOL):
            return float(factor)
    return None
