"""The line of a mistake is found by reading; nothing is run, and what is unclear has no line."""

from __future__ import annotations

import pytest
from judged import line_in

from grader.diagnosis.source import read
from grader.diagnosis.static import PROVED

NAIVE = """\
import numpy as np

def svm_loss_naive(W, X, y, reg):
    dW = np.zeros(W.shape)
    num_train = X.shape[0]
    loss = 0.0
    for i in range(num_train):
        scores = X[i].dot(W)
        for j in range(10):
            if j == y[i]:
                continue
            margin = scores[j] - scores[y[i]] + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    loss /= num_train
    dW /= num_train
    loss += reg * np.sum(W * W)
    dW += 2 * reg * W
    return loss, dW
"""

VECTORIZED = """\
import numpy as np

def softmax_loss_vectorized(W, X, y, reg):
    loss, dW = 0.0, np.zeros_like(W)
    scores = X.dot(W)
    scores -= np.max(scores)
    P = np.exp(scores)
    P = P / P.sum(axis=1)
    loss = -np.log10(P[range(len(y)), y]).mean() + reg * np.sum(W * W)
    P[range(len(y)), y] = -1
    dW = X.T.dot(P)
    return loss, dW / len(y) + reg * W
"""


def proved(source, name):
    """What the tree alone proves of a function: ids and lines."""
    found = read(source, name)
    statements = {mistake: prove(found) for mistake, prove in PROVED.items()} if found is not None else {}
    return [(mistake, one.lineno) for mistake, one in statements.items() if one is not None]


def line_of(source, text):
    return next(number for number, line in enumerate(source.splitlines(), 1) if line.strip() == text)


@pytest.mark.parametrize(
    ("mistake", "text"),
    [
        ("forgot-regularization-gradient", "dW += 2 * reg * W"),  # the last statement that assigns dW
        ("regularization-gradient-half", "dW += 2 * reg * W"),
        ("regularization-loss-divided-by-n", "loss += reg * np.sum(W * W)"),
        ("gradient-not-divided-by-n", "dW /= num_train"),
        ("loss-divided-by-n-twice", "loss /= num_train"),
        ("correct-class-counted-in-loss", "loss += margin"),
        ("correct-class-subtracted-once-per-example", "dW[:, y[i]] -= X[i]"),
        ("incorrect-class-gradient-missing", "dW[:, j] += X[i]"),
        ("margin-delta-missing", "margin = scores[j] - scores[y[i]] + 1"),
        ("hard-coded-number-of-classes", "for j in range(10):"),
        ("not-vectorized", "for i in range(num_train):"),
    ],
)
def test_lines_of_loops(mistake, text):
    assert line_in(NAIVE, "svm_loss_naive", mistake) == line_of(NAIVE, text)


def test_lines_in_python_2():
    statements = (
        "print 'W', W.shape",
        "if reg > 0: print W",
        "print 'loss %f of %d' % (\n    len(y),\n    np.max(y))",
        "try:\n    pass\nexcept ValueError, error:\n    print error",
        "if reg:\n\tprint",
    )
    body = "\n".join((*statements, "loss, dW = 0.0, X", "dW += reg * W", "return loss, dW"))
    source = function(body)
    assert line_in(source, "f", "regularization-gradient-half") == line_of(source, "dW += reg * W")


@pytest.mark.parametrize(
    ("mistake", "text"),
    [
        ("regularization-gradient-half", "return loss, dW / len(y) + reg * W"),
        ("softmax-not-shifted", "P = np.exp(scores)"),
        ("softmax-shifted-by-batch-maximum", "scores -= np.max(scores)"),
        ("softmax-normalized-over-examples", "P = P / P.sum(axis=1)"),
        ("log-base-10", "loss = -np.log10(P[range(len(y)), y]).mean() + reg * np.sum(W * W)"),
        (
            "regularization-loss-strength-squared",
            "loss = -np.log10(P[range(len(y)), y]).mean() + reg * np.sum(W * W)",
        ),
        ("softmax-indicator-replaces-probability", "P[range(len(y)), y] = -1"),
    ],
)
def test_lines_of_array_code(mistake, text):
    assert line_in(VECTORIZED, "softmax_loss_vectorized", mistake) == line_of(VECTORIZED, text)


FACTORS = """\
import numpy as np

def softmax_loss_vectorized(W, X, y, reg):
    num_train = X.shape[0]
    margins = 2 * X.dot(W)
    mask = (margins > 0).astype(float)
    mask[np.arange(num_train), y] -= np.sum(mask, axis=1)
    mask /= num_train
    loss = reg * np.sum(margins)
    loss += 2 * np.sum(margins)
    loss /= num_train
    dW = X.T.dot(mask)
    dW = dW * 2
    dW += reg * W
    return loss, dW
"""


@pytest.mark.parametrize(
    ("mistake", "text"),
    [
        ("gradient-mask-from-scores", "mask = (margins > 0).astype(float)"),
        ("softmax-indicator-for-all-classes", "mask[np.arange(num_train), y] -= np.sum(mask, axis=1)"),
        ("gradient-doubled", "dW = dW * 2"),
        ("loss-doubled", "loss += 2 * np.sum(margins)"),
        ("loss-scaled-by-reg", "loss = reg * np.sum(margins)"),
    ],
)
def test_what_the_inputs_are_multiplied_by_has_lines_of_its_own(mistake, text):
    assert line_in(FACTORS, "softmax_loss_vectorized", mistake) == line_of(FACTORS, text)


@pytest.mark.parametrize(
    ("lines", "mistake", "text"),
    [
        # What turns the sign: the product, its factor, or nothing that negates.
        ("d = m.copy()\ndW = np.zeros(3)\ndW -= X.T.dot(d)", "gradient-sign-flipped", "dW -= X.T.dot(d)"),
        ("d = 1.0 * (m > 0)\nd *= -1\ndW = X.T @ d", "gradient-sign-flipped", "d *= -1"),
        ("d = -(m > 0)\nn = len(X)\ndW = X.T.dot(d) / n", "gradient-sign-flipped", "d = -(m > 0)"),
        # Minus the sum is what a right mask has for the correct class.
        ("d = q - p\nd[r, y] = -d.sum(1)\ndW = X.T @ d", "gradient-sign-flipped", "d = q - p"),
        # What the loss needs is right.
        ("dW = X.T.dot(m)", "gradient-weighted-by-margin", "dW = X.T.dot(m)"),
        ("m[r, y] = -m.sum(1)\ndW = X.T.dot(m)", "gradient-weighted-by-margin", "dW = X.T.dot(m)"),
        ("d = m\nn = len(X)\ndW = X.T.dot(d) / n", "softmax-indicator-missing", "d = m"),
        # Doubled a step before.
        ("d = 2 * (m > 0)\ndW = X.T @ d\ndW /= 3", "gradient-doubled", "d = 2 * (m > 0)"),
    ],
)
def test_what_is_wrong_with_a_factor_is_where_it_is_made_so(lines, mistake, text):
    source = function(f"m = np.maximum(0, X.dot(W))\nloss = np.sum(m)\n{lines}\nreturn loss, dW")
    assert line_in(source, "f", mistake) == line_of(source, text)


def test_the_term_that_has_reg_in_its_right_place_is_passed_over():
    source = function("loss = reg * np.sum(W * W)\nloss += np.sum(X) * reg\nreturn loss, W")
    assert line_in(source, "f", "loss-scaled-by-reg") == line_of(source, "loss += np.sum(X) * reg")


def test_a_margin_without_its_one_is_a_difference_in_the_loop():
    source = NAIVE.replace("scores[y[i]] + 1", "scores[y[i]]")
    assert line_in(source, "svm_loss_naive", "margin-delta-missing") == line_of(
        source, "margin = scores[j] - scores[y[i]]"
    )


def test_a_method_and_the_last_of_several_definitions():
    source = (
        "def f(W, X, y, reg): pass\nclass A:\n    def f(self):\n        for i in x: pass\n" + NAIVE + NAIVE
    )
    assert line_in(source, "A.f", "not-vectorized") == 4
    second = 4 + len(NAIVE.splitlines())
    assert line_in(source, "svm_loss_naive", "not-vectorized") == second + line_of(
        NAIVE, "for i in range(num_train):"
    )


def test_taking_the_own_margin_out_is_no_gradient_of_the_correct_class():
    source = function("m = X.dot(W)\nm[r, y] = 0\nm[r, y] = -m.sum(1)\nreturn 0.0, X.T.dot(m)")
    assert line_in(source, "f", "correct-class-counted-in-gradient") == 6


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("k = y[0]\ndW = 0 * W\ndW[:, k] += X[0]\nreturn 0.0, dW", 6),
        ("dW = 0 * W\nfor x, k in zip(X, y):\n    dW[:, k] += x\nreturn 0.0, dW", 6),
        ("dW = 0 * W\nfor x, k in zip(X, y):\n    dW[:, 0] += x\nreturn 0.0, dW", None),
    ],
)
def test_a_label_under_another_name(body, line):
    assert line_in(function(body), "f", "correct-class-gradient-sign-flipped") == line


@pytest.mark.parametrize(
    ("body", "mistake", "line"),
    [
        ("o = {'dW': 0 * W}\no['dW'] += X\nreturn 0.0, o['dW'] ", "gradient-not-divided-by-n", 5),
        ("dW = X.T @ X + reg * W\nreturn 0.0, dW", "gradient-not-divided-by-n", 4),
        (
            "loss, dW = 0.0, np.zeros(3)\nloss += X.sum()\nreturn loss + reg, dW / 3",
            "loss-not-divided-by-n",
            5,
        ),
    ],
)
def test_results_that_are_gathered_otherwise(body, mistake, line):
    assert line_in(function(body), "f", mistake) == line


@pytest.mark.parametrize(
    "source",
    [
        "def f(W, X, y, reg):\n    print 'Python 2'\n",
        "def f(:",
        "\0",
        "(" * 5000,
        "x = " + "-" * 100_000 + "1",
        "#" * 1_000_000,
        "",
        "def g(): pass",
    ],
)
def test_what_cannot_be_read_has_no_line(source):
    assert line_in(source, "f", "forgot-regularization-gradient") is None
    assert proved(source, "f") == []


def test_mistakes_of_no_one_line_have_none():
    assert line_in(NAIVE, "svm_loss_naive", "result-depends-on-hidden-state") is None
    assert line_in(NAIVE, "no_such_function", "forgot-regularization-gradient") is None
    assert line_in(NAIVE, "Owner.svm_loss_naive", "forgot-regularization-gradient") is None


# --- what the tree proves ---------------------------------------------------------------------------------


def function(body):
    return "import numpy as np\n\ndef f(W, X, y, reg):\n    " + body.replace("\n", "\n    ") + "\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("dW = X.T\ndw /= 2\nreturn 0.0, dW", [("undefined-name", 5)]),
        ("dW = X.T\ndw = dW0 * 2\nreturn 0.0, dW", [("undefined-name", 5)]),
        ("dW = 0 * W\ndw = X.T.dot(y)\nreturn 0.0, dW", [("undefined-name", 5)]),
        ("loss = np.sum(Q)\nreturn loss, W", [("undefined-name", 4)]),
        ("np.savetxt('out.csv', W)\nreturn 0.0, W", [("writes-files", 4)]),
        ("loss = W.sum()", [("returns-nothing", 4)]),
        ("if reg:\n    return 0.0, W\nloss = W.sum()", [("returns-nothing", 6)]),
        ("for i in range(3):\n    loss = W[i].sum()\n    return loss, W", [("returns-nothing", 6)]),
        ("loss = W.sum()\nreturn", [("returns-nothing", 5)]),
    ],
)
def test_proved_by_the_tree(body, expected):
    assert proved(function(body), "f") == expected


@pytest.mark.parametrize(
    "body",
    [
        "dW = X.T\nreturn 0.0, dW",
        "dW = X.T\ndw = dW\nreturn 0.0, dW",  # a copy that is not used loses nothing
        "for i in xrange(3): s = i\nreturn s, W",
        "t = [a * b for a, b in zip(W, X)]\nreturn sum(t), W",
        "from math import exp as e\ntry:\n    v = e(1)\nexcept ValueError as it:\n    raise it\nreturn v, W",
        "with open('x') as file: text = file\nif (n := 3): pass\nreturn n, text",
        "g = lambda a, *b: a + len(b)\nreturn g(1), W",
        "def inner(q): return q\nreturn inner(1), W",
        "global counter\ncounter = 1\nreturn counter, W",
        "raise NotImplementedError",
        "pass",
        "loss, dW = 0.0, None",
        "if reg:\n    return 0.0, W\nelse:\n    raise ValueError(W[0])",
        "try:\n    return W.sum(), W\nfinally:\n    loss = W[0]",
        "with open('x') as file:\n    return W.sum(), file",
    ],
)
def test_nothing_is_proved_against_sound_code(body):
    assert proved(function(body), "f") == []


def test_a_star_import_may_define_any_name():
    assert proved("from numpy import *\n" + function("return total, W"), "f") == []


def test_names_of_the_module_are_known():
    source = "try:\n    import past\n    RANGE = range\nexcept ImportError:\n    RANGE = xrange\n"
    assert proved(source + function("for i in RANGE(3): pass\nreturn past, W"), "f") == []


def test_a_method_is_found_by_its_line_in_the_class_that_defines_it():
    source = "class Base:\n    def train(self):\n        self.W = 1\n\nclass Own(Base):\n    pass\n"
    assert read(source, "Own.train") is None
    assert read(source, "Own.train", 2).node.name == "train"
    assert read(source, "Own.train", 3) is None


def test_an_entry_under_another_name_than_its_parameter_is_found():
    body = "W = params['W2']\ngrads['b2'] = 1\ngrads['w2'] = W\nreturn grads"
    named = line_of(function(body), "grads['w2'] = W")
    assert line_in(function(body), "f", "gradient-entry-missing") == named
    assert line_in(function(body.replace("w2", "W2")), "f", "gradient-entry-missing") is None


def test_a_row_that_is_changed_changes_the_input():
    body = "x = X[0]\ns = x.dot(W)\nx /= 2\nreturn s, s"
    assert line_in(function(body), "f", "inputs-modified") == line_of(function(body), "x /= 2")
