"""A slip for each kind of edit: two lines of code, what they should be, and on which line the slip is.

`X` (5, 3), `W` (3, 4), `y` (5,) of labels below 4 and `reg` are given; `f(W, X, y, reg)` returns something.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["MARGIN", "OWN", "SLIPS", "Slip"]


@dataclass(frozen=True)
class Slip:
    """The body that is right, and in it what becomes of one piece."""

    kind: str
    right: str
    was: str
    now: str

    @property
    def wrong(self) -> str:
        assert self.right.count(self.was) == 1, self
        return self.right.replace(self.was, self.now)

    @property
    def line(self) -> int:
        """The first line of the body at which the two differ; a missing line is told at the one before."""
        pairs = zip(self.right.splitlines(), self.wrong.splitlines(), strict=False)
        first = next((i for i, (a, b) in enumerate(pairs) if a != b), len(self.wrong.splitlines()))
        return first + (0 if len(self.wrong.splitlines()) < len(self.right.splitlines()) else 1)


LOSS = """\
s = X.dot(W)
total = np.sum(s ** 2) / X.shape[0]
total += reg * np.sum(W * W)
return total"""
LOOP = """\
d = np.zeros(W.shape)
for i in range(X.shape[0]):
    s = X[i].dot(W)
    for j in range(W.shape[1]):
        if j != y[i]:
            d[:, j] += s[j] * X[i]
            d[:, y[i]] -= X[i]
d /= X.shape[0]
return d"""
PARTS = """\
s = X.dot(W)
e = np.exp(s - np.max(s, axis=1, keepdims=True))
p = e / np.sum(e, axis=1, keepdims=True)
p[np.arange(5), y] -= 1
g = X.T.dot(p) / X.shape[0]
g += 2 * reg * W
return g"""
COPIED = """\
p = X.dot(W)
d = p.copy()
d[np.arange(5), y] -= 1
return X.T.dot(d) + np.sum(p)"""
NUMBERED = """\
p = {}
for i in range(3):
    p['w' + str(i + 1)] = X[i]
return p['w1'], p['w2'], p['w3'], np.sum(p['w1'])"""
OWN = """\
p = X.dot(W)
p[np.arange(5), y] = 0
p[p > 0] = 1
n = np.sum(p, axis=1)
p[np.arange(5), y] -= n
return X.T.dot(p)"""
MARGIN = """\
s = X.dot(W)
m = np.maximum(0, s - s[np.arange(5), y][:, None] + 1)
m[np.arange(len(y)), y] = 0
a = np.sum(m, axis=1)
return np.sort(a)[::2]"""

ROWS = """\
d = X[:, None] - X[None]
near = np.sqrt((d ** 2).sum(axis=2))
k = near.argsort(axis=1)[:, 1]
c = np.bincount(y[k], minlength=4)
return c, near.mean()"""
SHAPED = """\
h = np.maximum(0, X.dot(W))
z = h.T.dot(X).T
v = reg * z + W * np.mean(h)
b = np.sum(h, axis=0)
return z, v, b"""

TWINS = """\
d = np.zeros(W.shape)
for i in range(X.shape[0]):
    for j in range(W.shape[1]):
        d[:, j] += X[i]
        d[:, y[i]] -= X[i]
d /= X.shape[0]
return d, np.max(d)"""

BOTH = """\
d = np.zeros(W.shape)
for i in range(5):
    s = X[i].dot(W)
    for j in range(4):
        if j == y[i]:
            d[:, j] += X[i] * s[j] - X[i]
        else:
            d[:, j] += X[i] * s[j]
return d"""
STEP = """\
for t in range(3):
    w = reg
    g = W * w + X[:4].T * (1 - w)
    W = W - w * g
return W"""
POWER = """\
n = 6
w = reg + 1
t = 1 - w ** n
return t * np.sum(X) + w"""
KEYS = """\
p = {'W': W * 1.0, 'b': X.sum(axis=0)}
d = {'W': X.T.dot(X).dot(W), 'b': X[0]}
p['W'] -= reg * d['W']
p['b'] -= reg * d['b']
return p['W'], p['b']"""
SKIP = """\
t = 0.0
for i in range(5):
    for j in range(4):
        if j == y[i]:
            continue
        t += X[i].dot(W[:, j])
return t"""
ADAPTED = """\
config = {'epsilon': 0.01, 'decay': 0.9, 't': 3}
v = W ** 2 / (1 - config['decay'] ** config['t'])
w = W - reg * W / (np.sqrt(v) + config['epsilon'])
return w, v"""

TABLE = """\
d = np.zeros((5, 4))
for i in range(5):
    for j in range(4):
        d[i, j] = np.sum(np.square(X[i] - W[:, j]))
k = np.argsort(d[0])
return d, X[k[:2]], y[k]"""
VOTES = """\
t = []
for i in range(3):
    v = []
    for j in range(5):
        v.append(y[j] * y[j])
    t.append(sum(v) + i)
return t[0], t[2], X"""
HALVES = """\
m = (X > 0).astype(float)
m *= 0.5
return X * m, np.sum(m)"""
CUBE = """\
c = X.reshape(3, 5, 1)
g = np.cumsum(X, axis=1).reshape(c.shape)
return g, np.sum(c)"""
EXPANDED = """\
A = W.T
d = -2 * X.dot(A.T)
d += np.sum(X ** 2, axis=1)[:, None]
d += np.sum(A ** 2, axis=1)
return d"""

#: What is missing is told at the line before.
SLIPS = [
    Slip("name", MARGIN, "a = np.sum(m", "a = np.sum(s"),
    Slip("name-of-another-kind", PARTS, "X.T.dot(p) /", "X.T.dot(y) /"),
    Slip("donor", "t = np.sum(W[2])\nreturn t * np.max(W[2]) + reg", "max(W[2])", "max(X[0])"),
    Slip("index", LOOP, "s[j] * X[i]", "s[y[i]] * X[i]"),
    Slip("index", OWN, "p[np.arange(5), y] -= n", "p[:, y] -= n"),
    Slip("compared", SKIP, "j == y[i]", "j == i"),
    Slip("one-of-a-row", TABLE, "d[i, j] =", "d[i, :] ="),
    Slip("slice", TABLE, "k[:2]", "k[2]"),
    Slip("looked-up", "q = np.argsort(X[:, 0])\nj = 1\nreturn X[q[j]] + j", "X[q[j]]", "X[j]"),
    Slip("whole-overwritten", VOTES, "v.append(y[j] * y[j])", "v = y[j] * y[j]"),
    Slip("as-float", HALVES, "astype(float)", "astype(int)"),
    Slip("shape-of-another", CUBE, ".reshape(c.shape)", ""),
    Slip("returned-alone", "t = np.sum(X)\nreturn t, W", "return t, W", "return t"),
    Slip("name-for-a-number", "N = len(y)\nt = np.sum(X) - 1\nreturn t, N", "- 1", "- N"),
    Slip("function", TABLE, "np.square", "np.abs"),
    Slip("add-index", LOOP, "s = X[i].dot(W)", "s = X.dot(W)"),
    Slip("drop-index", ROWS, "np.bincount(y[k]", "np.bincount(y[k][k]"),
    Slip("key", ADAPTED, "+ config['epsilon']", "+ config['eps']"),
    Slip("number-of-key", NUMBERED, "str(i + 1)", "str(i)"),
    Slip("item", LOSS + ", s", "return total, s", "return total, reg"),
    Slip("copy", COPIED, "p.copy()", "p"),
    Slip("number", LOSS, "s ** 2", "s ** 3"),
    Slip("other-number", MARGIN, "maximum(0,", "maximum(2,"),
    Slip("number-to-size", LOSS, "/ X.shape[0]", "/ 500"),
    Slip("operator", LOSS, "W * W", "W + W"),
    Slip("swap-operands", SHAPED, "h.T.dot(X).T", "X.dot(h.T).T"),
    Slip("drop-operand", PARTS, "/ X.shape[0]", "/ X.shape[0] * 7"),
    Slip("drop-operand", "k = 2\nreturn np.sort(X.sum(axis=0))[:k].sum() + reg", "[:k]", "[:k - 1]"),
    Slip("unwrap", LOSS, "np.sum(s ** 2)", "np.sqrt(np.sum(s ** 2))"),
    Slip("regroup", LOSS, "np.sum(s ** 2)", "np.sum(s) ** 2"),
    Slip(
        "regroup",
        "return (np.sum(X * X) + reg) ** 0.5",
        "(np.sum(X * X) + reg) ** 0.5",
        "np.sum(X * X) + reg ** 0.5",
    ),
    Slip("regroup", "return (X * X) ** (1 / 2.5) * y.max()", "(1 / 2.5)", "1 / 2.5"),
    Slip("regroup", "return X - 2 * W.T[:1] + reg", "2 * W.T[:1] + reg", "2 * (W.T[:1] + reg)"),
    Slip("regroup", "return X / (1 - reg ** 3)", "(1 - reg ** 3)", "(1 - reg) ** 3"),
    Slip("regroup", "return (X ** 2).sum(axis=1) + reg", "(X ** 2).sum(axis=1)", "X.sum(axis=1) ** 2"),
    Slip("regroup-augmented", "t = np.sum(X)\nt = t / 2 + reg\nreturn t", "t = t / 2 + reg", "t /= 2 + reg"),
    Slip("comparison", LOOP, "j != y[i]", "j == y[i]"),
    Slip("function", MARGIN, "a = np.sum(m", "a = np.max(m"),
    Slip("misspelt", MARGIN, "np.maximum", "np.maximun"),
    Slip("axis", MARGIN, "a = np.sum(m, axis=1)", "a = np.sum(m, axis=0)"),
    Slip("negate", "t = -np.sum(X)\nreturn t + np.sum(W)", "= -np", "= np"),
    Slip("factor-size", LOSS, " / X.shape[0]", ""),
    Slip("factor-reg", LOSS, "reg * np.sum", "np.sum"),
    Slip("add-term", LOOP, "s[j] * X[i]", "s[j]"),
    Slip("add-factor", STEP, " * (1 - w)", ""),
    Slip("power", POWER, "w ** n", "w"),
    Slip("loop-control", SKIP, "continue", "break"),
    Slip("wrap", ROWS, "np.sqrt((d ** 2).sum(axis=2))", "(d ** 2).sum(axis=2)"),
    Slip("transpose", SHAPED, "h.T.dot(X).T", "h.T.dot(X)"),
    Slip("assign-augment", LOOP, "d[:, j] += s", "d[:, j] = s"),
    Slip("augmented-operator", LOOP, "d[:, y[i]] -= X", "d[:, y[i]] += X"),
    Slip("delete", PARTS, "g += 2 * reg * W\n", "g += 2 * reg * W\ng += np.max(X)\n"),
    Slip("move-out", LOOP, "\nd /=", "\n    d /="),
    Slip("drop-condition", LOSS, "total += reg", "if y is None:\n    total += reg"),
    Slip("missing-counterpart", TWINS, "\n        d[:, y[i]] -= X[i]", ""),
    Slip("missing-counterpart", KEYS, "\np['b'] -= reg * d['b']", ""),
    Slip("missing-counterpart", BOTH, "\n        else:\n            d[:, j] += X[i] * s[j]", ""),
    Slip("missing-return", LOSS, "\nreturn total", ""),
    Slip("missing-division", TWINS, "\nd /= X.shape[0]", ""),
    Slip("missing-regularization-gradient", PARTS, "\ng += 2 * reg * W", ""),
    Slip("missing-regularization-loss", LOSS, "\ntotal += reg * np.sum(W * W)", ""),
    Slip("missing-squares", EXPANDED, "\nd += np.sum(A ** 2, axis=1)", ""),
    Slip("missing-skip", SKIP, "\n        if j == y[i]:\n            continue", ""),
    Slip("missing-step", STEP, "\n    W = W - w * g", ""),
    Slip("missing-denominator", ADAPTED, " / (np.sqrt(v) + config['epsilon'])", ""),
    Slip("missing-correction", ADAPTED, " / (1 - config['decay'] ** config['t'])", ""),
    Slip("missing-own-entry", PARTS, "\np[np.arange(5), y] -= 1", ""),
]
