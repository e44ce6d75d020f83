"""What a training of a linear classifier returns and reaches: told by the losses that it is given."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.linear.checks import gradient, loss_matches
from grader.assignment1.linear.proxy import LinearQuestion
from grader.assignment1.linear.training import listed
from grader.assignment1.training.minibatches import minibatches
from grader.assignment1.training.steps import REG, STEPS, Data, sgd_step, spied_training, steps_made
from grader.checking.check import check
from grader.checking.expect import Expect
from grader.student.answers import as_scalar, numbers
from reference import linear

__all__ = ["loss_decreases", "loss_history", "passes_reg", "separable"]

#: Of the size of the weights: random batches lead SGD up to 0.32 away from where all examples lead.
FAR_AWAY = 0.6
#: More than so many losses of a training of a dozen steps are not compared one by one.
MOST_LOSSES = 1000
EASY_RUN: dict[str, Any] = {"learning_rate": 0.05, "reg": 1e-3, "num_iters": 80, "batch_size": 200}


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
    steps = len(losses) if len(losses) == steps_made(spied) else STEPS
    given = _are_given(losses, spied.losses)
    twice = given and len(losses) == 2 * steps
    advice = "append each step's loss to loss_history once, and return it"
    expect.true(
        given and len(losses) == steps,
        "the losses differ" if len(losses) == steps else _said_of(losses, steps),
        what="losses returned",
        measured=len(losses),
        expected=steps,
        help=advice,
        mistake="loss-history-missing" if not losses else "loss-appended-twice" if twice else None,
    )


def _said_of(losses: Sequence[Any], steps: int) -> str:
    """What came instead of the loss of every step."""
    if any(isinstance(item, (list, tuple, dict)) or np.ndim(item) for item in losses):
        return f"`train` returned {len(losses)} results, where it is the list of the losses alone"
    if losses:
        return f"`train` returned {len(losses)} losses for {steps} steps"
    return "no losses are found where `train` is asked to return them"


def _are_given(losses: Sequence[Any], answered: Sequence[float]) -> bool:
    """Whether the losses are those that were answered, in that order, whether or not one is left out."""
    if len(losses) > MOST_LOSSES:
        return False
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
    W = question.training.weights_after(*data, **EASY_RUN, verbose=False)
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
        f"the weights after 80 steps are {away:.3g} times their size away from where such steps lead",
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
