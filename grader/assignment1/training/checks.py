"""SGD and prediction of the linear classifiers: seen by a spy in the loss's place, not by accuracy."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.linear.checks import gradient, loss_matches
from grader.assignment1.linear.proxy import LinearQuestion
from grader.assignment1.linear.training import listed
from grader.assignment1.nets.proxy import TwoLayerQuestion
from grader.assignment1.training.spied import SpiedTraining
from grader.checking.check import check
from grader.checking.compare import RTOL
from grader.checking.expect import Expect
from grader.student.answers import BadResult, as_scalar, numbers
from grader.student.calls import StudentError
from reference import linear
from reference import training as reference

__all__ = [
    "expect_steps",
    "loss_decreases",
    "loss_history",
    "minibatches",
    "momentum_of",
    "passes_reg",
    "separable",
    "sgd_step",
    "spied_aloud",
    "spied_gradient",
    "spied_training",
    "step_mistake",
]

LEARNING_RATE = 0.037
REG = 0.83
STEPS = 12
#: So few examples, and so many steps, that each is drawn sooner or later.
FEW, MANY_STEPS = 32, 40
BATCH = 16
SPIED_LOSS = 1.75
EASY_RUN: dict[str, Any] = {"learning_rate": 0.05, "reg": 1e-3, "num_iters": 80, "batch_size": 200}


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
    """What the spy answers as the gradient."""
    return np.random.default_rng([seed, 65]).standard_normal((5, 4))


def spied_training(question: LinearQuestion | TwoLayerQuestion, seed: int) -> SpiedTraining:
    """One training shared by the checks of a question."""
    if question.spied is None:
        question.spied = _spied(question, seed, spied_data(seed), STEPS)
    return question.spied


def _spied(
    question: LinearQuestion | TwoLayerQuestion, seed: int, data: Data, steps: int, *, verbose: bool = False
) -> SpiedTraining:
    return question.training.with_spied_loss(
        *data,
        SPIED_LOSS,
        spied_gradient(seed),
        learning_rate=LEARNING_RATE,
        reg=REG,
        num_iters=steps,
        batch_size=BATCH,
        verbose=verbose,
    )


def spied_aloud(question: TwoLayerQuestion, seed: int) -> SpiedTraining:
    """The training of `spied_training` once more, with verbose=True."""
    return _spied(question, seed, spied_data(seed), STEPS, verbose=True)


@check("sgd_step", about="train", topic="training")
def sgd_step(question: LinearQuestion, expect: Expect, seed: int) -> None:
    """Each step moves W by the learning rate against the gradient."""
    spied, dW = spied_training(question, seed), spied_gradient(seed)
    if not expect_steps(expect, spied):
        return
    moves = spied.moves
    rates = np.array([-np.vdot(move, dW) / np.vdot(dW, dW) for move in moves])
    along = all(np.allclose(move, -rate * dW, atol=1e-9) for move, rate in zip(moves, rates, strict=True))
    mistake = step_mistake(rates) if along else None
    advice = "the update is self.W -= learning_rate * grad"
    factor = momentum_of(rates, np.full(len(rates), LEARNING_RATE)) if along else None
    if factor is not None:
        fact = f"the update has momentum: each step adds {factor:.3g} of the step before"
        expect.fail(fact, help=f"plain SGD is asked here: {advice}", mistake="update-with-momentum")
        return
    expect.close(moves[0], -LEARNING_RATE * dW, "the first step", help=advice, mistake=mistake)
    expect.close(
        rates,
        np.full(len(rates), LEARNING_RATE),
        "the learning rate of every step",
        help=advice,
        mistake=mistake,
    )


def expect_steps(expect: Expect, spied: SpiedTraining) -> bool:
    """As many steps as were asked for."""
    made = _made(spied)
    return expect.true(
        made == STEPS,
        f"{made} steps were made for num_iters={STEPS}",
        what="steps",
        measured=made,
        expected=STEPS,
        help="the loop runs num_iters times",
        mistake="wrong-number-of-steps",
    )


def _made(spied: SpiedTraining) -> int:
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


@check("minibatches", about="train", topic="training")
def minibatches(question: LinearQuestion, expect: Expect, seed: int) -> None:
    """Each step draws a fresh random batch of examples with their labels."""
    spied, data = spied_training(question, seed), spied_data(seed)
    size = next((len(batch.X) for batch in spied.batches if len(batch.X) != BATCH), BATCH)
    expect.true(
        size == BATCH,
        f"batches had {size} examples, not batch_size={BATCH}",
        what="examples in a batch",
        measured=size,
        expected=BATCH,
        help="draw batch_size indices with np.random.choice(num_train, batch_size)",
        mistake="wrong-batch-size",
    )
    shapes = [batch.labels_shape for batch in spied.batches if len(batch.labels_shape) > 1]
    expect.true(
        not shapes,
        f"the labels of a batch have the shape {shapes[0] if shapes else ()}, where (N,) is asked",
        help="y_batch = y[indices] has the shape (batch_size,) already",
        mistake="labels-reshaped",
    )
    drawn = [_numbers_of(batch.X, len(data.X)) for batch in spied.batches]
    whole = all(
        np.allclose(data.X[i], batch.X, rtol=RTOL) for i, batch in zip(drawn, spied.batches, strict=True)
    )
    fact = "a batch holds rows that are not rows of X"
    if not expect.true(whole, fact, help="take X[indices] as it is"):
        return
    right = all(
        batch.y.shape == i.shape and np.array_equal(data.y[i], batch.y)
        for i, batch in zip(drawn, spied.batches, strict=True)
    )
    expect.true(
        right,
        "the labels of a batch are not those of its examples",
        help="use the same indices for X and y",
        mistake="batch-labels-mismatched",
    )
    if size >= len(data.X):
        return  # then all steps have the same examples
    different = len({tuple(i) for i in drawn}) > 1
    expect.true(
        different,
        f"all {len(drawn)} steps used the same batch",
        help="draw new indices inside the loop",
        mistake="same-batch-every-step",
    )
    _expect_random(expect, drawn, data.X.shape, different)
    if not expect.failed:
        _expect_each(expect, question, seed)


def _expect_each(expect: Expect, question: LinearQuestion | TwoLayerQuestion, seed: int) -> None:
    """Of few examples every one is drawn in the end: that one is not, is one chance in 10^8."""
    site, kept = question.student.site(question.training.role), question.student.kept
    # Two classifiers that inherit one `train` draw alike.
    key = ("never drawn", site.file, site.line, site.name if site.line is None else "", seed)
    if key not in kept:
        kept[key] = _never_drawn(question, seed)
    never = kept[key]
    which = {0: "the first", FEW - 1: "the last"}
    names = " and ".join(which.get(number, f"number {number}") for number in never[:3])
    expect.true(
        not never,
        f"{names} of {FEW} examples is never drawn, in {MANY_STEPS} batches of {BATCH}",
        help="np.random.choice(num_train, batch_size) draws from all; the end of randint is not drawn itself",
        mistake="example-never-drawn" if len(never) < FEW // 2 else None,
    )


def _never_drawn(question: LinearQuestion | TwoLayerQuestion, seed: int) -> list[int]:
    """The numbers of few examples that no batch of many holds."""
    try:
        batches = _spied(question, seed, spied_data(seed, FEW), MANY_STEPS).batches
    except (StudentError, BadResult):
        return []  # what it does with few examples is not asked here
    return sorted(set(range(FEW)) - {int(n) for batch in batches for n in _numbers_of(batch.X, FEW)})


def _numbers_of(rows: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """The numbers that rows of `spied_data` bear, from 0 to `count` - 1; any where they bear none."""
    borne = np.where(np.abs(rows[:, 0]) < count, rows[:, 0], 0.0)
    return np.rint(borne).astype(np.int64) % count


def _expect_random(
    expect: Expect, drawn: list[NDArray[np.int64]], shape: tuple[int, ...], different: bool
) -> None:
    """Twelve batches of 16 out of 64 reach most examples, and are not runs of neighbours."""
    count, features = shape
    neighbours = all(np.array_equal(np.diff(i) % count, np.ones(len(i) - 1)) for i in drawn if len(i) > 1)
    fact = "the batches are consecutive rows of X, not random ones"
    advice = "draw the indices at random"
    expect.true(not (neighbours and different), fact, help=advice, mistake="batches-in-order")
    reached = {int(n) for i in drawn for n in i}
    of_features = reached == set(range(features))
    first, why = ("the first ", ", as many as there are features") if of_features else ("", "")
    fact = f"{len(drawn)} batches reached only {first}{len(reached)} of {count} examples{why}"
    expect.true(
        len(reached) > count // 2 or not different,
        fact,
        help="draw from all of X: np.random.choice(num_train, batch_size)",
        mistake="batch-drawn-from-too-few" if of_features else None,
    )


@check("passes_reg", about="train", topic="training")
def passes_reg(question: LinearQuestion, expect: Expect, seed: int) -> None:
    """The regularization strength reaches the loss."""
    given = spied_training(question, seed).batches[0].reg
    expect.close(
        0.0 if given is None else as_scalar(given, "reg as the loss received it"),
        REG,
        "reg as the loss received it",
        help="call self.loss(X_batch, y_batch, reg)",
        mistake="regularization-not-passed",
    )


@check("loss_history", about="train", topic="training")
def loss_history(question: LinearQuestion, expect: Expect, seed: int) -> None:
    """`train` returns the loss of every step."""
    returned = spied_training(question, seed).returned
    losses = listed(returned)
    # How many steps there should be is another check's matter.
    steps = len(losses) if len(losses) == _made(spied_training(question, seed)) else STEPS
    spied = all(_is_spied(loss) for loss in losses)
    twice = spied and len(losses) == 2 * steps
    advice = "append each step's loss to loss_history once, and return it"
    expect.true(
        spied and len(losses) == steps,
        f"`train` returned {len(losses)} losses for {steps} steps"
        if len(losses) != steps
        else "the losses differ",
        what="losses returned",
        measured=len(losses),
        expected=steps,
        help=advice,
        mistake="loss-history-missing" if not losses else "loss-appended-twice" if twice else None,
    )


def _is_spied(loss: Any) -> bool:
    found = numbers(loss)
    return found is not None and found.size == 1 and np.allclose(found, SPIED_LOSS)


@check(
    "loss_decreases",
    about="train",
    topic="training",
    needs=[loss_matches, gradient, sgd_step, minibatches, loss_history],
)
def loss_decreases(question: LinearQuestion, expect: Expect, seed: int) -> None:
    """The loss falls as it should."""
    X, y = separable(seed)
    losses = question.training.train(X, y, verbose=False, **EASY_RUN)
    start, end = _reference_fall(question.kind, seed)
    reached = float(np.mean(losses[-20:]))
    expect.true(
        reached <= end + 0.25 * (start - end),
        f"after 80 steps the loss is {reached:.3g}; the reference falls from {start:.3g} to {end:.3g}",
        what="mean loss of the last 20 of 80 steps",
        measured=reached,
        expected=end,
    )


@functools.lru_cache(maxsize=8)
def _reference_fall(kind: str, seed: int) -> tuple[float, float]:
    """The mean loss of the reference's first five and last twenty steps."""
    loss = linear.svm_loss_vectorized if kind == "svm" else linear.softmax_loss_vectorized
    data = separable(seed)
    _, losses = reference.train_linear(loss, *data, np.random.RandomState(seed % 2**32), **EASY_RUN)
    return float(np.mean(losses[:5])), float(np.mean(losses[-20:]))


@functools.lru_cache(maxsize=8)
def separable(seed: int) -> Data:
    """Ten noisy clusters in 20 dimensions and a bias column, which a linear classifier tells apart."""
    rng = np.random.default_rng([seed, 66])
    y = rng.permutation(400) % 10
    X = 2.0 * rng.standard_normal((10, 20))[y] + rng.standard_normal((400, 20))
    return Data(np.hstack([X, np.ones((400, 1))]), y)
