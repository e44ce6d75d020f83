"""By what scores are shifted, and where an exponential that is used stands: read from the text."""

from __future__ import annotations

import pytest
from judged import line_in

from grader.assignment1.lines.shifts import shift_of
from grader.diagnosis.source import read
from grader.diagnosis.static import placeholder


def function(*body: str) -> str:
    lines = ["scores = X.dot(W)", *body, "return loss, dW"]
    return "def f(W, X, y, reg):\n" + "".join(f"    {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("body", "kind", "by"),
    [
        (["loss = np.exp(scores - np.max(scores))"], "largest", "np.max(scores)"),
        (["scores -= scores.max(axis=1).reshape(-1, 1)", "loss = np.exp(scores)"], "largest", None),
        (["low = -np.max(scores)", "loss = np.exp(scores + low)"], "largest", None),
        (["top = np.max(scores, 1)", "loss = np.exp(scores - top[:, None])"], "largest", None),
        (["loss = np.exp(scores + np.amax(scores))"], "sign flipped", "np.amax(scores)"),
        (["scores -= scores.sum()", "loss = np.exp(scores)"], "something else", "scores.sum()"),
        (["loss = np.exp(scores - np.max(X, axis=1))"], "something else", "np.max(X, axis=1)"),
        (["own = scores[rows, y]", "loss = np.exp(scores - own[:, None])"], "something else", "own[:, None]"),
    ],
)
def test_the_shift(body: list[str], kind: str, by: str | None) -> None:
    read_function = read(function(*body), "f")
    assert read_function is not None
    found = shift_of(read_function)
    assert found is not None
    assert found.kind == kind
    assert by is None or found.by == by


def test_one_exponential_without_a_shift_is_no_shift() -> None:
    text = function("p = np.exp(scores - np.max(scores))", "loss, dW = p, np.exp(scores)")
    read_function = read(text, "f")
    assert read_function is not None
    assert shift_of(read_function) is None
    assert line_in(text, "f", "softmax-not-shifted") == 4


def test_an_exponential_that_nothing_uses_is_not_the_line() -> None:
    text = function(
        "sigmoid = lambda v: 1 / (1 + np.exp(-v))", "p = np.exp(scores)", "p = np.exp(2 * scores)", "loss = p"
    )
    assert line_in(text, "f", "softmax-not-shifted") == 5


def test_a_helper_is_followed() -> None:
    text = "def softmax(s):\n    s = s - np.max(s)\n    return np.exp(s)\n\n" + function(
        "loss = softmax(scores)"
    )
    assert line_in(text, "f", "softmax-shifted-by-batch-maximum") == 2
    assert line_in(text, "f", "softmax-not-shifted") == 3


def test_a_name_that_is_still_none() -> None:
    text = function("loss, dW = None, None", "loss = 0.0", "loss += 1", "dW += X")
    read_function = read(text, "f")
    assert read_function is not None
    assert placeholder(read_function, 5) is None
    assert placeholder(read_function, 6) == ("dW", 3)


TRAIN = """\
class LinearClassifier:
    def train(self, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100, batch_size=200):
        v = 0
        for it in range(num_iters):
            rows = np.random.permutation(len(X))
            X_batch = X[rows[0:batch_size - 1]]
            v = 0.9 * v - learning_rate * grad
            self.W += v
            if it % 10 == 0:
                learning_rate *= 0.95
            learning_rate *= 0.95
            self.W += v
"""


@pytest.mark.parametrize(
    ("mistake", "line"),
    [
        ("update-with-momentum", 7),
        ("learning-rate-decayed-every-step", 11),
        ("learning-rate-scaled", 12),
        ("wrong-batch-size", 6),
        ("wrong-number-of-steps", 4),
    ],
)
def test_what_was_added_in_training(mistake: str, line: int) -> None:
    assert line_in(TRAIN, "LinearClassifier.train", mistake) == line


def test_votes_that_are_counted_by_hand() -> None:
    text = """\
class KNearestNeighbor:
    def predict_labels(self, dists, k=1):
        for i in range(5):
            near = self.y_train[np.argsort(dists[i])[:k]]
            for label in near:
                votes[label] += 1
                if votes[label] > most:
                    y_pred[i] = label
"""
    assert line_in(text, "KNearestNeighbor.predict_labels", "vote-tie-not-smallest-label") == 7
