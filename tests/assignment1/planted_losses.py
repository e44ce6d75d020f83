"""Student functions with known mistakes, as text: plain loops, apart from the catalogue's expressions.

A mistake is planted by replacing lines of a correct function, as in submissions/. Two mistakes that replace
different lines can be planted together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from plant import Edit, edited

from grader.assignment1.catalogue import CATALOGUE

Edits = Mapping[str, str]

SVM = """
def loss(W, X, y, reg):
    N, C = X.shape[0], W.shape[1]
    D = X.shape[1]
    examples = range(N)
    total = 0.0
    dW = np.zeros(W.shape)
    for i in examples:
        s = X[i].dot(W)
        margins = []
        for j in range(C):
            if j == y[i]: continue
            margin = s[j] - s[y[i]] + 1
            slope = 1.0
            positive = margin > 0
            if positive:
                total += margin
                dW[:, j] += slope * X[i]
                dW[:, y[i]] -= slope * X[i]
        pass # example
        pass # running loss
        pass # running gradient
    total /= N
    dW /= N
    total += reg * np.sum(W * W)
    dW += 2 * reg * W
    pass # done
    return total, dW
"""

SOFTMAX = """
def loss(W, X, y, reg):
    N, C = X.shape[0], W.shape[1]
    D = X.shape[1]
    examples = range(N)
    total = 0.0
    dW = np.zeros(W.shape)
    S = X.dot(W)
    for i in examples:
        s = S[i] - np.max(S[i])
        p = np.exp(s) / np.sum(np.exp(s))
        q = p
        total -= np.log(p[y[i]])
        for j in range(C):
            k = q[j] - (1 if j == y[i] else 0)
            dW[:, j] += k * X[i]
        pass # running loss
        pass # running gradient
    total /= N
    dW /= N
    total += reg * np.sum(W * W)
    dW += 2 * reg * W
    pass # done
    return total, dW
"""

TEMPLATES = {"svm": SVM, "softmax": SOFTMAX}

_LOSS, _GRADIENT = "total /= N", "dW /= N"
_PENALTY, _DECAY = "total += reg * np.sum(W * W)", "dW += 2 * reg * W"
_PUT, _TAKE = "dW[:, j] += slope * X[i]", "dW[:, y[i]] -= slope * X[i]"
_OWN, _EXAMPLE = "if j == y[i]: continue", "pass # example"
_K = "k = q[j] - (1 if j == y[i] else 0)"
_LOG, _PROBABILITY = "total -= np.log(p[y[i]])", "p = np.exp(s) / np.sum(np.exp(s))"

# Lines that both functions have.
COMMON: Mapping[str, Edits] = {
    "gradient-not-divided-by-n": {_GRADIENT: "pass"},
    "loss-not-divided-by-n": {_LOSS: "pass"},
    "gradient-divided-by-n-twice": {_GRADIENT: "dW /= N ** 2"},
    "loss-divided-by-n-twice": {_LOSS: "total /= N ** 2"},
    "gradient-divided-by-number-of-classes": {_GRADIENT: "dW /= N * C"},
    "loss-divided-by-number-of-classes": {_LOSS: "total /= N * C"},
    "gradient-divided-by-classes-instead-of-examples": {_GRADIENT: "dW /= C"},
    "loss-divided-by-classes-instead-of-examples": {_LOSS: "total /= C"},
    "gradient-divided-by-features-instead-of-examples": {_GRADIENT: "dW /= D"},
    "loss-divided-by-features-instead-of-examples": {_LOSS: "total /= D"},
    "gradient-halved": {_GRADIENT: "dW /= 2 * N"},
    "loss-halved": {_LOSS: "total /= 2 * N"},
    "gradient-doubled": {_GRADIENT: "dW *= 2 / N"},
    "loss-added-again-as-a-sum": {_LOSS: "total += total / N"},
    "loss-doubled": {_LOSS: "total *= 2 / N"},
    "gradient-scaled-by-reg": {_GRADIENT: "dW *= reg / N"},
    "loss-scaled-by-reg": {_LOSS: "total *= reg / N"},
    "gradient-sign-flipped": {_GRADIENT: "dW /= -N"},
    "loss-sign-flipped": {_LOSS: "total /= -N"},
    "last-example-only": {"examples = range(N)": "examples = [N - 1]"},
    "first-example-only": {"examples = range(N)": "examples = [0]"},
    "loss-divided-by-n-inside-the-loop": {"pass # running loss": "total /= N", _LOSS: "pass"},
    "gradient-divided-by-n-inside-the-loop": {"pass # running gradient": "dW /= N", _GRADIENT: "pass"},
    # The buffer holds all examples so far, and the sum of the buffers is taken.
    "gradient-buffer-not-cleared": {
        "pass # running gradient": "sums = dW + (sums if i else 0)",
        _GRADIENT: "dW = sums / N",
    },
    "loss-divided-by-n-plus-regularization": {_LOSS: "total /= N + reg * np.sum(W * W)", _PENALTY: "pass"},
    "data-gradient-missing": {_GRADIENT: "dW[:] = 0"},
    "data-loss-missing": {_LOSS: "total = 0"},
    "gradient-not-implemented": {_GRADIENT: "dW[:] = 0", _DECAY: "pass"},
    "loss-not-implemented": {_LOSS: "total = 0", _PENALTY: "pass"},
    "unfinished": {_LOSS: "total = 0", _PENALTY: "pass", _GRADIENT: "dW[:] = 0", _DECAY: "pass"},
    "gradient-of-scores": {_GRADIENT: "dW = X.T.dot(X.dot(W)) / N"},
    "forgot-regularization-gradient": {_DECAY: "pass"},
    "regularization-gradient-half": {_PENALTY: "total += np.sum(W * W) * reg", _DECAY: "dW += reg * W"},
    "regularization-gradient-quarter": {_DECAY: "dW += 0.5 * reg * W"},
    "regularization-gradient-double": {
        _PENALTY: "total += 0.5 * reg * np.sum(W * W)",
        _DECAY: "dW += reg * 2 * W",
    },
    "regularization-gradient-sum-of-w": {_DECAY: "dW += 2 * reg * np.sum(W)"},
    "regularization-gradient-of-abs-w": {_DECAY: "dW += reg * np.abs(W)"},
    "regularization-gradient-sign-flipped": {_DECAY: "dW -= 2 * reg * W"},
    "regularization-gradient-without-strength": {_DECAY: "dW += 2 * W"},
    "gradient-multiplied-by-one-plus-reg": {_GRADIENT: "dW *= (1 + 2 * reg) / N", _DECAY: "pass"},
    "regularization-gradient-ignores-reg-argument": {_DECAY: "dW += 0.3 * W"},
    "regularization-gradient-divided-by-n": {_DECAY: "dW += 2 * reg * W / N"},
    "forgot-regularization-loss": {_PENALTY: "pass"},
    "forgot-regularization": {_PENALTY: "pass", _DECAY: "pass"},
    "regularization-loss-divided-by-n": {_PENALTY: "total += reg * np.sum(W * W) / N"},
    "regularization-loss-without-strength": {_PENALTY: "total += np.sum(W * W)"},
    "loss-ignores-reg-argument": {_PENALTY: "total += 0.1 * np.sum(W * W)", _DECAY: "dW += 0.2 * W"},
    "regularization-factors-swapped": {_PENALTY: "total += 2 * reg * np.sum(W * W)", _DECAY: "dW += reg * W"},
    "regularization-loss-wrong-factor": {_PENALTY: "total += 3 * reg * np.sum(W * W)"},
    "regularization-gradient-wrong-factor": {_DECAY: "dW += 3 * reg * W"},
    "regularization-loss-added-per-example": {_PENALTY: "total += N * reg * np.sum(W * W)"},
    "regularization-gradient-added-per-example": {_DECAY: "dW += N * 2 * reg * W"},
    "regularization-loss-added-twice": {_PENALTY: "total += reg * np.sum(W * W) * (1 + 1 / N)"},
    "regularization-gradient-added-twice": {_DECAY: "dW += 2 * reg * W * (1 + 1 / N)"},
    "regularization-loss-of-matrix-product": {_PENALTY: "total += reg * np.sum(W.T.dot(W))"},
    "regularization-loss-divided-by-n-twice": {_PENALTY: "total += reg * np.sum(W * W) / N ** 2"},
    "regularization-gradient-divided-by-n-twice": {_DECAY: "dW += 2 * reg * W / N ** 2"},
    "regularization-loss-divided-by-number-of-classes": {_PENALTY: "total += reg * np.sum(W * W) / C"},
    "regularization-gradient-divided-by-number-of-classes": {_DECAY: "dW += 2 * reg * W / C"},
    "regularization-loss-added-per-class": {_PENALTY: "total += C * reg * np.sum(W * W)"},
    "regularization-gradient-added-per-class": {_DECAY: "dW += C * 2 * reg * W"},
    "regularization-loss-divided-by-n-inside-the-loop": {
        _PENALTY: "total += sum(reg * np.sum(W * W) / N ** n for n in range(1, N + 1))"
    },
    "regularization-gradient-divided-by-n-inside-the-loop": {
        _DECAY: "dW += sum(2 * reg * W / N ** n for n in range(1, N + 1))"
    },
    "regularization-loss-sign-flipped": {_PENALTY: "total -= reg * np.sum(W * W)"},
    "regularization-loss-strength-squared": {_PENALTY: "total += reg * reg * np.sum(W * W)"},
    "regularization-gradient-strength-squared": {_DECAY: "dW += 2 * reg * reg * W"},
    "regularization-loss-of-abs-w": {_PENALTY: "total += reg * np.sum(np.abs(W))"},
    "regularization-loss-sum-of-w": {_PENALTY: "total += reg * np.sum(W)"},
    "regularization-loss-norm-not-squared": {_PENALTY: "total += reg * np.linalg.norm(W)"},
    "regularization-loss-mean-of-squares": {_PENALTY: "total += reg * np.mean(W * W)"},
    "regularization-loss-square-of-sum": {_PENALTY: "total += reg * np.sum(W) ** 2"},
    "bias-row-not-regularized": {
        _PENALTY: "total += reg * np.sum(W[:-1] * W[:-1])",
        _DECAY: "dW[:-1] += 2 * reg * W[:-1]",
    },
    "regularization-gradient-adds-loss-term": {_DECAY: "dW += reg * np.sum(W * W)"},
    "regularization-gradient-times-loss-term": {_DECAY: "dW += 2 * reg * np.sum(W * W) * W"},
    "regularization-gradient-of-w-squared": {_DECAY: "dW += reg * W * W"},
    "regularization-gradient-adds-strength": {_DECAY: "dW += reg"},
    "regularization-gradient-of-norm": {_DECAY: "dW += 2 * reg * W / np.linalg.norm(W)"},
    "regularization-gradient-mean-of-w": {_DECAY: "dW += 2 * reg * np.mean(W)"},
    "regularization-gradient-sums-of-columns-or-rows": {_DECAY: "dW += 2 * reg * np.sum(W, axis=0)"},
    "gradient-transposed": {"return total, dW": "return total, dW.T"},
    "inputs-modified": {"pass # done": "W *= 2"},
    "result-depends-on-hidden-state": {"total = 0.0": "calls.append(1); total = float(len(calls))"},
    "hard-coded-number-of-classes": {"N, C = X.shape[0], W.shape[1]": "N, C = X.shape[0], 10"},
    "fails-when-examples-exceed-features": {"examples = range(N)": "examples = np.arange(D)[np.arange(N)]"},
    "works-only-when-sizes-agree": {"examples = range(N)": "examples = np.arange(N) + 0 * np.arange(C)"},
    "returns-nothing": {"return total, dW": "pass"},
}

ONLY_SVM: Mapping[str, Edits] = {
    "gradient-assigned-not-added": {_PUT: "dW[:, j] = slope * X[i]", _TAKE: "dW[:, y[i]] = -slope * X[i]"},
    "loss-assigned-not-added": {"total += margin": "total = margin"},
    "correct-class-counted-in-loss": {_OWN: "if j == y[i]: total += 1; continue"},
    "correct-class-counted-in-gradient": {_OWN: "if j == y[i]: dW[:, j] -= X[i]; continue"},
    "own-margin-added-to-correct-class": {_OWN: "if j == y[i]: dW[:, j] += X[i]; continue"},
    "correct-class-gradient-missing": {_TAKE: "pass"},
    "incorrect-class-gradient-missing": {_PUT: "pass"},
    "correct-class-subtracted-once-per-example": {_TAKE: "pass", _EXAMPLE: "dW[:, y[i]] -= X[i]"},
    "correct-class-subtracted-for-every-class": {_TAKE: "pass", _EXAMPLE: "dW[:, y[i]] -= (C - 1) * X[i]"},
    "correct-class-gradient-sign-flipped": {_TAKE: "dW[:, y[i]] += slope * X[i]"},
    "incorrect-class-gradient-sign-flipped": {_PUT: "dW[:, j] -= slope * X[i]"},
    "gradient-not-masked-by-margin": {
        "if positive:": "if True:",
        "total += margin": "total += max(0, margin)",
    },
    "gradient-keeps-negative-margins": {
        "positive = margin > 0": "positive = margin > 0; dW[:, j] += min(margin, 0) * X[i]"
    },
    "gradient-weighted-by-margin": {"slope = 1.0": "slope = margin"},
    "hinge-not-clamped": {"total += margin": "pass", "slope = 1.0": "slope = 1.0; total += margin"},
    "maximum-margin-instead-of-sum": {
        "slope = 1.0": "slope = 1.0; rivals = [s[k] for k in range(C) if k != y[i]]",
        "positive = margin > 0": "positive = margin > 0 and s[j] == max(rivals)",
    },
    "margin-delta-missing": {"margin = s[j] - s[y[i]] + 1": "margin = s[j] - s[y[i]]"},
    "mask-asks-for-margins-above-one": {"slope = 1.0": "slope = 1.0 * (margin > 1)"},
    "margin-sign-flipped": {
        "margin = s[j] - s[y[i]] + 1": "margin = s[y[i]] - s[j] + 1",
        "slope = 1.0": "slope = -1.0",
    },
    "margin-without-correct-score": {"margin = s[j] - s[y[i]] + 1": "margin = s[j] + 1"},
    "gradient-mask-from-scores": {
        _PUT: "pass",
        _TAKE: "pass",
        "slope = 1.0": "dW[:, j] += (s[j] > 0) * X[i]; dW[:, y[i]] -= (s[j] > 0) * X[i]",
    },
    "violations-counted-over-the-batch": {
        _TAKE: "pass",
        _GRADIENT: (
            "S = X.dot(W); V = S - S[np.arange(N), y][:, None] + 1 > 0; V[np.arange(N), y] = False; "
            "dW -= X.T.dot((np.arange(C) == y[:, None]) * V.sum()); dW /= N"
        ),
    },
    "inputs-missing-in-gradient": {_PUT: "dW[:, j] += slope", _TAKE: "dW[:, y[i]] -= slope"},
    "squared-hinge": {"total += margin": "total += margin ** 2", "slope = 1.0": "slope = 2 * margin"},
    "loss-counts-violations": {"total += margin": "total += 1"},
    "fancy-index-add-loses-repeats": {
        _GRADIENT: (
            "S = X.dot(W); V = S - S[np.arange(N), y][:, None] + 1 > 0; V[np.arange(N), y] = False; "
            "I, J = np.nonzero(V); dW[:] = 0; dW[:, J] += X[I].T; dW[:, y[I]] -= X[I].T; dW /= N"
        )
    },
    "regularization-gradient-added-per-violation": {
        "N, C = X.shape[0], W.shape[1]": "N, C, found = X.shape[0], W.shape[1], 0",
        "slope = 1.0": "slope = 1.0; found += margin > 0",
        _DECAY: "dW += found * 2 * reg * W",
    },
}

ONLY_SOFTMAX: Mapping[str, Edits] = {
    "gradient-assigned-not-added": {"dW[:, j] += k * X[i]": "dW[:, j] = k * X[i]"},
    "softmax-not-shifted": {"s = S[i] - np.max(S[i])": "s = S[i]"},
    "softmax-shifted-by-batch-maximum": {"s = S[i] - np.max(S[i])": "s = S[i] - np.max(S)"},
    "softmax-shift-applied-to-one-part": {_LOG: "total += np.log(np.sum(np.exp(s))) - S[i, y[i]]"},
    "softmax-indicator-missing": {_K: "k = q[j]"},
    "softmax-correct-class-added-twice": {_K: "k = q[j] + (q[j] - 1 if j == y[i] else 0)"},
    "softmax-indicator-for-all-classes": {_K: "k = q[j] - 1"},
    "softmax-indicator-sign-flipped": {_K: "k = q[j] + (1 if j == y[i] else 0)"},
    "softmax-indicator-subtracted-twice": {_K: "k = q[j] - (2 if j == y[i] else 0)"},
    "softmax-one-label-for-all-examples": {_LOG: "total -= np.log(p[y[0]])"},
    "softmax-indicator-subtracted-for-every-class": {_K: "k = q[j] - (C if j == y[i] else 0)"},
    "softmax-indicator-replaces-probability": {_K: "k = -1 if j == y[i] else q[j]"},
    "correct-class-gradient-missing": {_K: "k = 0 if j == y[i] else q[j]"},
    "incorrect-class-gradient-missing": {_K: "k = q[j] - 1 if j == y[i] else 0"},
    "correct-class-gradient-sign-flipped": {_K: "k = 1 - q[j] if j == y[i] else q[j]"},
    "softmax-probability-missing": {_K: "k = q[j] - 1 if j == y[i] else 1"},
    "softmax-normalized-over-examples": {_PROBABILITY: "p = np.exp(S[i]) / np.sum(np.exp(S), axis=0)"},
    "softmax-normalized-over-batch": {_LOG: "total -= np.log(np.exp(S[i, y[i]]) / np.sum(np.exp(S)))"},
    "softmax-not-normalized-in-gradient": {"q = p": "q = np.exp(s)"},
    "fancy-index-add-loses-repeats": {_K: "k = q[j]", _GRADIENT: "dW[:, y] -= X.T; dW /= N"},
    "inputs-missing-in-gradient": {"dW[:, j] += k * X[i]": "dW[:, j] += k"},
    "softmax-probability-of-one-class": {_K: "k = q[y[i]] - (1 if j == y[i] else 0)"},
    "softmax-denominator-still-growing": {"q = p": "q = np.exp(s) / np.cumsum(np.exp(s))"},
    "epsilon-in-log": {_LOG: "total -= np.log(p[y[i]] + 1e-6)"},
    "log-base-10": {_LOG: "total -= np.log10(p[y[i]])"},
    "log-base-2": {_LOG: "total -= np.log2(p[y[i]])"},
    "log-missing": {_LOG: "total += 1 - p[y[i]]"},
    "loss-of-unnormalized-scores": {_LOG: "total -= S[i, y[i]]"},
    "loss-sums-all-classes": {_LOG: "total -= np.sum(np.log(p))"},
    "log-of-mean-probability": {_LOG: "total += p[y[i]]", _LOSS: "total = -np.log(total / N)"},
    "entropy-instead-of-cross-entropy": {_LOG: "total -= np.sum(p * np.log(p))"},
    "binary-cross-entropy": {_LOG: "total -= np.log(p[y[i]]) + np.sum(np.log(1 - np.delete(p, y[i])))"},
    "loss-weighted-by-label": {_LOG: "total -= y[i] * np.log(p[y[i]])"},
}

PLANTED: Mapping[str, Mapping[str, Edits]] = {
    "svm": {**COMMON, **ONLY_SVM},
    "softmax": {**COMMON, **ONLY_SOFTMAX},
}


def plant(kind: str, *edits: Edits) -> Callable[..., Any]:
    """The correct function of a kind with lines replaced.

    Raises:
        PlantError: a line to replace is not there (any more).
    """
    replaced = {old: new for edit in edits for old, new in edit.items()}
    text = edited(TEMPLATES[kind], (Edit(old, new) for old, new in replaced.items()), kind)
    namespace: dict[str, Any] = {"np": np, "calls": []}
    exec(compile(text, f"<{kind}>", "exec"), namespace)
    loss: Callable[..., Any] = namespace["loss"]
    return loss


# Beside these no second mistake shows.
_ALONE = {"returns-nothing", "result-depends-on-hidden-state", "unfinished", "works-only-when-sizes-agree"}
# Beside these no second mistake in the same data part shows as itself.
_WHOLE = {
    "data-gradient-missing",
    "gradient-not-implemented",
    "gradient-of-scores",
    "fancy-index-add-loses-repeats",
    "gradient-not-masked-by-margin",
    "data-loss-missing",
    "loss-not-implemented",
    "loss-assigned-not-added",
    "last-example-only",
    "first-example-only",
}
# Without probabilities of each example's own, nothing tells whether they were shifted.
_SHIFTS = {"softmax-not-shifted", "softmax-shifted-by-batch-maximum"}
_NO_PROBABILITIES = {
    "softmax-denominator-still-growing",
    "softmax-shift-applied-to-one-part",
    "softmax-normalized-over-examples",
    "softmax-normalized-over-batch",
    "softmax-not-normalized-in-gradient",
    "loss-of-unnormalized-scores",
    "gradient-of-scores",
    "loss-not-implemented",
}
# Together they are one mistake by another name.
_ONE_AND_THE_SAME = (
    {"gradient-sign-flipped", "correct-class-gradient-sign-flipped"},
    {"gradient-sign-flipped", "incorrect-class-gradient-sign-flipped"},
    {"gradient-doubled", "gradient-weighted-by-margin"},
)


def compatible(kind: str, first: str, second: str) -> bool:
    """Whether both mistakes show, as themselves, when they are made together."""
    pair = {first, second}
    return not (
        PLANTED[kind][first].keys() & PLANTED[kind][second].keys()
        or _places(kind, first) & _places(kind, second)
        or pair & _ALONE
        or (pair & _WHOLE and _data_slots(first) & _data_slots(second))
        or (pair & _SHIFTS and pair & _NO_PROBABILITIES)
        or pair in _ONE_AND_THE_SAME
    )


def _data_slots(mistake: str) -> set[str]:
    return {slot for slot in CATALOGUE.slots(mistake) if slot.startswith("data")}


def _places(kind: str, mistake: str) -> set[tuple[str, str]]:
    """The places of the data parts that a mistake fills; two in one place are another mistake, or none."""
    return {
        (deviation.slot, place)
        for deviation in CATALOGUE[mistake].deviations
        if deviation.of in (None, kind) and deviation.slot.startswith("data")
        for place in ("form", "set", "margin", "examples")
        if getattr(deviation, place)
    }
