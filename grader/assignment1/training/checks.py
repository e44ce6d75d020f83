"""SGD of the linear classifiers: told by what it does with the losses that it is given, not by accuracy."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
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
#: One more than a batch: who leaves one out can still draw without replacement.
FEW, MANY_STEPS = 17, 22
BATCH = 16
#: Of the size of the weights: random batches lead SGD up to 0.32 away from where all examples lead.
FAR_AWAY = 0.6
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
    """What is answered as the gradient, times a factor that is new after every step."""
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
    factor = momentum_of(rates * spied.scales, LEARNING_RATE * spied.scales) if along else None
    if factor is not None:
        fact = f"the update has momentum: each step adds {factor:.3g} of the step before"
        expect.fail(fact, help=f"plain SGD is asked here: {advice}", mistake="update-with-momentum")
        return
    if not along:
        expect.close(moves[0], -LEARNING_RATE * dW, "the first step", help=advice)
    asked, what = np.full(len(rates), LEARNING_RATE), "the learning rate"
    expect.close(rates, asked, what, help=advice, mistake=mistake, over_steps=True)


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
    spied = spied_training(question, seed)
    losses = listed(spied.returned)
    # How many steps there should be is another check's matter.
    steps = len(losses) if len(losses) == _made(spied) else STEPS
    given = _are_given(losses, spied.losses)
    twice = given and len(losses) == 2 * steps
    advice = "append each step's loss to loss_history once, and return it"
    expect.true(
        given and len(losses) == steps,
        f"`train` returned {len(losses)} losses for {steps} steps"
        if len(losses) != steps
        else "the losses differ",
        what="losses returned",
        measured=len(losses),
        expected=steps,
        help=advice,
        mistake="loss-history-missing" if not losses else "loss-appended-twice" if twice else None,
    )


def _are_given(losses: Sequence[Any], answered: Sequence[float]) -> bool:
    """Whether the losses are those that were answered, in that order, whether or not one is left out."""
    found = [numbers(loss) for loss in losses]
    if not all(one is not None and one.size == 1 for one in found):
        return False
    each = np.array([float(one.reshape(())) for one in found if one is not None])
    places = [np.flatnonzero(np.isclose(answered, loss)) for loss in each]
    return all(map(len, places)) and bool(np.all(np.diff([place[0] for place in places]) >= 0))


@check(
    "loss_decreases",
    about="train",
    topic="training",
    needs=[loss_matches, gradient, sgd_step, minibatches, loss_history],
)
def loss_decreases(question: LinearQuestion, expect: Expect, seed: int) -> None:
    """The loss falls as it should."""
    data = separable(seed)
    W = question.training.weights_after(*data, verbose=False, **EASY_RUN)
    right = _descended(question.kind, seed)
    start, end, reached = (_loss(question.kind, one, data) for one in (0.0 * W, right, W))
    expect.true(
        reached <= end + 0.25 * (start - end),
        f"after 80 steps the loss is {reached:.3g}; it should fall from {start:.3g} to {end:.3g}",
        what="loss after 80 steps",
        measured=reached,
        expected=end,
    )
    away = float(np.linalg.norm(W - right) / np.linalg.norm(right))
    expect.true(
        away <= FAR_AWAY,
        f"the weights after 80 steps are {away:.0%} of their size away from where such steps lead",
        what="distance from where such steps lead, of the weights' size",
        measured=away,
        expected=0.0,
        help="the weights come of num_iters steps of SGD, and of nothing else",
    )


@functools.lru_cache(maxsize=8)
def _descended(kind: str, seed: int) -> NDArray[np.float64]:
    """Where as many steps along the gradient of all examples lead."""
    X, y = separable(seed)
    W = np.zeros((X.shape[1], int(y.max()) + 1))
    for _ in range(EASY_RUN["num_iters"]):
        W -= EASY_RUN["learning_rate"] * _loss_of(kind)(W, X, y, EASY_RUN["reg"])[1]
    return W


def _loss(kind: str, W: NDArray[np.float64], data: Data) -> float:
    """The loss of all examples."""
    loss, _ = _loss_of(kind)(W, *data, EASY_RUN["reg"])
    return float(loss)


def _loss_of(kind: str) -> Callable[..., Any]:
    return linear.svm_loss_vectorized if kind == "svm" else linear.softmax_loss_vectorized


@functools.lru_cache(maxsize=8)
def separable(seed: int) -> Data:
    """Ten noisy clusters in 20 dimensions and a bias column, which a linear classifier tells apart."""
    rng = np.random.default_rng([seed, 66])
    y = rng.permutation(400) % 10
    X = 2.0 * rng.standard_normal((10, 20))[y] + rng.standard_normal((400, 20))
    return Data(np.hstack([X, np.ones((400, 1))]), y)
