"""Prediction: the labels of a linear classifier, and of a net, are those of the highest scores."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.linear.proxy import LinearQuestion
from grader.assignment1.problems import KINK_GAP, frozen
from grader.checking.check import check
from grader.checking.expect import Expect
from grader.student.answers import as_array

__all__ = ["expect_prediction"]


@check("argmax", about="predict", topic="prediction")
def argmax(question: LinearQuestion, expect: Expect, seed: int) -> None:
    """`predict` takes the class of the highest score."""
    W, X = _prediction(seed)
    scores = X @ W
    wrong = [("predict-normalized-over-examples", _over_examples(scores))]
    expect_prediction(expect, question.training.predict(W, X), scores, wrong)


def _over_examples(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The exponentials divided by their sums over the wrong axis."""
    exponentials = np.exp(scores)
    return np.asarray(exponentials / exponentials.sum(axis=0))


@functools.lru_cache(maxsize=8)
def _prediction(seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """W (6, 4) and X (11, 6) that give some examples negative scores alone, and none that decide by little.

    A ReLU of the scores, their sizes, their probabilities over the examples, and weights without the last
    row, the bias's, give other labels; nor is the largest size everywhere that of the lowest score.
    """
    for attempt in range(10_000):
        rng = np.random.default_rng([seed, 67, attempt])
        W, X = rng.standard_normal((6, 4)), rng.standard_normal((11, 6))
        X[:, -1], W[-1] = 1.0, W[-1] - 2
        scores = X @ W
        labels, two = scores.argmax(axis=1), np.sort(scores, axis=1)[:, -2:]
        wrong = (np.maximum(0, scores), np.abs(scores), _over_examples(scores), X[:, :-1] @ W[:-1])
        differ = all(np.sum(one.argmax(axis=1) != labels) > 1 for one in wrong)
        differ &= bool(np.sum(np.abs(scores).argmax(axis=1) != scores.argmin(axis=1)) > 1)
        if differ and np.ptp(two, axis=1).min() > KINK_GAP and scores.max() > 0:
            return frozen(W), frozen(X)
    raise RuntimeError(f"no weights were found whose labels tell every prediction, from seed {seed}")


def expect_prediction(
    expect: Expect,
    labels: NDArray[Any],
    scores: NDArray[Any],
    wrong: Iterable[tuple[str, NDArray[Any]]] = (),
) -> None:
    """`labels`, in whatever shape they came, are those of the highest scores (N, C).

    Args:
        wrong: mistakes with the scores that they give instead.
    """
    rows = len(scores)
    facts = {
        "predict-wrong-axis": "the highest score was sought over the examples, not over the classes",
        "predict-returns-scores": "`predict` returned scores, not the numbers of their classes",
        "predict-axis-missing": f"`predict` returned one number, not one label for each of the {rows} rows",
    }
    known = [
        ("predict-argmin", np.argmin(scores, axis=1)),
        ("predict-wrong-axis", np.argmax(scores, axis=0)),
        ("predict-axis-missing", np.argmax(scores)),
        ("predict-returns-scores", scores if np.ndim(labels) == 2 else scores.max(axis=1)),
        *((name, np.argmax(others, axis=1)) for name, others in wrong if name),
    ]
    mistake = next((m for m, simulated in known if np.array_equal(labels, simulated)), None)
    if mistake in facts:
        expect.fail(
            facts[mistake], help="np.argmax(scores, axis=1): the classes lie along axis 1", mistake=mistake
        )
        return
    given = as_array(labels, np.shape(labels), "what `predict` returns")
    if given.ndim == 2 and given.size == rows:
        fact = f"`predict` returns labels of the shape {given.shape}, where ({rows},) is asked"
        expect.fail(
            fact, help="return one label for each row, without a second axis", mistake="labels-reshaped"
        )
        given = given.ravel()
    given = as_array(given, (rows,), "what `predict` returns")
    expect.close(given, np.argmax(scores, axis=1), "the predicted labels", mistake=mistake)
