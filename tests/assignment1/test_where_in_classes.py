"""The line of a mistake in the methods of the classes, as people write them."""

import pytest
from judged import line_in

TRAIN = """\
class LinearClassifier:
    def train(self, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100, batch_size=200):
        num_train, dim = X.shape
        if self.W is None:
            self.W = 0.001 * np.random.randn(dim, 10)
        for it in range(num_iters):
            rows = np.random.choice(num_train, batch_size)
            loss, grad = self.loss(X[rows], y[rows], 0.0)
            self.W = self.W + learning_rate * grad
            learning_rate *= 0.95
    def predict(self, X):
        scores = X @ self.W
        return scores.argmin(axis=1)
"""


@pytest.mark.parametrize(
    ("method", "mistake", "line"),
    [
        ("train", "gradient-ascent", 9),
        ("train", "learning-rate-ignored", 9),
        ("train", "learning-rate-decayed-every-step", 10),
        ("train", "same-batch-every-step", 7),
        ("train", "wrong-batch-size", 7),
        ("train", "regularization-not-passed", 8),
        ("train", "no-update", None),
        ("predict", "predict-argmin", 13),
    ],
)
def test_training_and_prediction(method, mistake, line):
    assert line_in(TRAIN, f"LinearClassifier.{method}", mistake) == line


def test_a_batch_that_the_loss_does_not_take_is_wrong_where_it_takes_all():
    source = TRAIN.replace("self.loss(X[rows], y[rows], 0.0)", "self.loss(X, y, 0.0)")
    assert line_in(source, "LinearClassifier.train", "wrong-batch-size") == 8


def test_an_update_of_each_parameter_and_a_batch_of_the_first_rows():
    source = """\
class TwoLayerNet:
    def train(self, X, y, X_val, y_val):
        for it in range(10):
            X_batch = X[:20]
            loss, grads = self.loss(X_batch, y[:20])
            for name, value in grads.items():
                self.params[name] += 0.1 * value
"""
    assert line_in(source, "TwoLayerNet.train", "gradient-ascent") == 7
    assert line_in(source, "TwoLayerNet.train", "same-batch-every-step") == 4


@pytest.mark.parametrize(
    ("rows", "labels", "line"),
    [
        ("X[idx]", "y[idx2]", 6),
        ("X[idx]", "y[:20]", 6),
        ("X[idx]", "np.random.choice(y, 20)", 6),
        ("X[idx]", "y[idx]", 4),
    ],
)
def test_labels_of_other_examples_are_where_they_are_taken(rows, labels, line):
    source = f"""\
class LinearClassifier:
    def train(self, X, y):
        for it in range(10):
            idx = np.random.choice(100, 20)
            X_batch = {rows}
            y_batch = {labels}
            loss, grads = self.loss(X_batch, y_batch)
"""
    assert line_in(source, "LinearClassifier.train", "batch-labels-mismatched") == line


KNN = """\
class KNearestNeighbor:
    def compute_distances_no_loops(self, X):
        num_test = X.shape[0]
        dists = np.zeros((num_test, 5))
        dists = np.sqrt((X ** 2).sum(1)[:, None] - 2 * X @ self.X_train.T)
        {vectorized}
        return dists
    def predict_labels(self, dists, k=1):
        y_pred = np.zeros(dists.shape[0])
        for i in range(dists.shape[0]):
            order = np.argsort(dists[i])
            closest = self.y_train[order[{slice}]]
            y_pred[i] = Counter(closest).most_common(1)[0][0]
        return y_pred
"""


@pytest.mark.parametrize(
    ("mistake", "text", "line"),
    [
        ("farthest-neighbours", "-k:", 12),
        ("farthest-neighbours", "::-1][:k", 12),
        ("farthest-neighbours", ":k", 11),  # the slice is right, so it must be the sorting
        ("neighbours-across-wrong-axis", ":k", 11),
        ("vote-tie-not-smallest-label", ":k", 13),
    ],
)
def test_votes(mistake, text, line):
    source = KNN.format(vectorized="pass", slice=text)
    assert line_in(source, "KNearestNeighbor.predict_labels", mistake) == line


def test_a_vote_is_where_the_label_is_taken_and_not_where_labels_are_counted():
    source = KNN.format(vectorized="pass", slice=":k").replace(
        "y_pred[i] = Counter(closest).most_common(1)[0][0]",
        "votes = np.bincount(closest)\n            y_pred[i] = len(votes) - 1 - votes[::-1].argmax()",
    )
    assert line_in(source, "KNearestNeighbor.predict_labels", "vote-tie-not-smallest-label") == 14


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (["dists = a + b - X.dot(self.X_train.T)", "dists = np.sqrt(dists)"], 3),
        (["product = X @ self.X_train.T", "dists = np.sqrt(a + b - product)"], 4),
        (["dists = a + b", "dists = np.sqrt(dists)"], 3),
        (["both = X[0] + self.X_train[0]", "dists = np.sqrt(np.sum(both**2))"], 3),
    ],
)
def test_a_cross_term_is_where_the_product_is_used_or_the_points_are_added(lines, line):
    source = "\n        ".join(["class K:\n    def no_loops(self, X):", *lines, "return dists"])
    assert line_in(source, "K.no_loops", "cross-term-wrong") == line


@pytest.mark.parametrize(
    "text",
    [
        "dists = np.array([np.abs(x - self.X_train).sum(1) for x in X])",
        "dists = np.apply_along_axis(lambda x: np.abs(x - self.X_train).sum(1), 1, X)",
        "dists = list(map(lambda i: X[i], range(num_test)))",
    ],
)
def test_a_hidden_loop_over_the_examples(text):
    source = KNN.format(vectorized=text, slice=":k")
    assert line_in(source, "KNearestNeighbor.compute_distances_no_loops", "not-vectorized") == 6
    assert line_in(source, "KNearestNeighbor.compute_distances_no_loops", "negative-under-root") == 5


def test_the_loop_over_the_examples_comes_before_one_over_the_classes():
    source = """\
def svm_loss_vectorized(W, X, y, reg):
    C, N = W.shape[1], X.shape[0]
    for c in range(W.shape[1]):
        W[:, c] += 0
    count = len(y)
    for i in range(count):
        pass
    return 0.0, W
"""
    assert line_in(source, "svm_loss_vectorized", "not-vectorized") == 6
    assert line_in(source.replace("count):", "10):"), "svm_loss_vectorized", "not-vectorized") == 3


NET = """\
class TwoLayerNet:
    def loss(self, X, y=None, reg=0.0):
        W1, W2 = self.params["W1"], self.params["W2"]
        h = X @ W1
        h = h * (h > 0)
        scores = h @ W2
        if y is None:
            return scores
        loss = softmax(scores, y) + reg * np.sum(W2 ** 2)
        dscores = probs / len(X)
        dW2 = h.T @ dscores
        dW2 += 2 * reg * W2
        dh = dscores @ np.transpose(W2)
        {mask}
        grads = {{"W2": dW2, "b2": dscores.sum(axis=0)}}
        grads["W1"] = X.T @ dh
        grads["b1"] = dh.sum()
        return loss, grads
"""


@pytest.mark.parametrize(
    ("mistake", "parameters", "mask", "line"),
    [
        ("relu-mask-from-gradient", (), "dh[dh < 0] = 0", 14),
        ("relu-mask-missing", (), "pass", 13),
        ("relu-mask-missing", (), "dh = dh @ W2.T", None),  # two ways back: which one is open
        ("regularization-gradient-half", ("W2",), "pass", 12),
        ("forgot-regularization-gradient", ("W1",), "pass", 16),
        ("hidden-gradient-from-preactivation", ("W2",), "pass", 12),
        ("bias-gradient-shape", ("b1",), "pass", 17),
    ],
)
def test_nets(mistake, parameters, mask, line):
    assert line_in(NET.format(mask=mask), "TwoLayerNet.loss", mistake, parameters) == line


@pytest.mark.parametrize("key", ['"W%d" % i', 'f"W{i}"', '"W" + str(i)', '"W{}".format(i)'])
def test_keys_that_are_put_together(key):
    source = f"""\
class FullyConnectedNet:
    def loss(self, X, y=None):
        loss, grads = 0.0, {{}}
        for i in range(self.num_layers, 0, -1):
            dout, dW, db = affine_backward(dout, caches[i])
            grads[{key}] = dW * (1 + self.reg)
            grads[{key.replace("W", "b")}] = db
        return loss, grads
"""
    assert line_in(source, "FullyConnectedNet.loss", "gradient-multiplied-by-one-plus-reg", ("W1",)) == 6


def test_layers():
    source = """\
def affine_backward(dout, cache):
    x, w, b = cache
    dx, dw, db = None, None, None
    db = np.sum(dout)
    return dx, dw, db

def relu_backward(dout, cache):
    dx, x = None, cache
    dx = np.where(dout > 0, dout, 0)
    return dx
"""
    assert line_in(source, "affine_backward", "bias-gradient-shape") == 4
    assert line_in(source, "relu_backward", "relu-mask-from-gradient") == 9


@pytest.mark.parametrize(
    ("mistake", "line"),
    [("momentum-ignored", 2), ("squared-gradient-missing", 4), ("velocity-sign-flipped", 5)],
)
def test_what_an_update_rule_keeps_is_wrong_where_it_is_made(mistake, line):
    source = """\
def rule(w, dw, config):
    v = -config["learning_rate"] * dw
    config["velocity"] = v
    config["cache"] = 0.9 * config["cache"] + 0.1 * dw
    next_w = w + v
    return next_w, config
"""
    assert line_in(source, "rule", mistake) == line


def test_what_is_kept_with_others_at_once_is_wrong_where_it_is_made():
    source = """\
def adam(w, dw, config):
    m, v = config["m"], config["v"]
    m = 0.9 * m + 0.1 * dw
    v = 0.9 * v + 0.1 * dw
    config["m"], config["v"] = m, v
    return w - m / np.sqrt(v), config
"""
    assert line_in(source, "adam", "squared-gradient-missing") == 4


def test_a_relu_that_stands_there_is_not_missing_behind_the_first_layer():
    source = NET.format(mask="pass")
    assert line_in(source, "TwoLayerNet.loss", "relu-missing-in-forward") == 4
    written = source.replace("h = h * (h > 0)", "a = np.maximum(0, h)")
    assert line_in(written, "TwoLayerNet.loss", "relu-missing-in-forward") is None


def test_weights_without_scale_are_those_of_the_line_that_does_not_mention_it():
    source = """
class TwoLayerNet:
    def __init__(self, input_dim, hidden_dim, num_classes, weight_scale):
        self.params = {}
        self.params["W1"] = np.random.normal(0, weight_scale, (input_dim, hidden_dim))
        self.params["W2"] = np.random.normal(0, 1, (hidden_dim, num_classes))
"""
    assert line_in(source, "TwoLayerNet.__init__", "weights-not-scaled-at-init") == 6
