import numpy as np


def numerical_gradient(f, x, h=0.00001):
    if x.dtype != np.float64:
        x = x.astype(np.float64)
    fx = f(x)
    grad = np.zeros(x.shape)
    it = np.nditer(x, flags=['multi_index'], op_flags=['readwrite'])
    while not it.finished:
        ix = it.multi_index
        old_value = x[ix]
        x[ix] = old_value + h
        fxh = f(x)
        x[ix] = old_value
        grad[ix] = (fxh - fx) / h
        it.iternext()
    return grad


def random_search(loss, X, y, shape, tries):
    bestloss = float("inf")
    for num in range(tries):
        W = np.random.randn(*shape) * 0.0001
        value = loss(X, y, W)
        if value < bestloss:
            bestloss = value
            bestW = W
    return bestW, bestloss


def softmax_with_bias(W, b, X, y, reg):
    loss = 0.0
    dW = np.zeros_like(W)
    db = np.zeros_like(b)
    for i in range(len(y)):
        f = X[i].dot(W) + b[0]
        f = f - np.max(f)
        p = np.exp(f) / np.sum(np.exp(f))
        loss -= np.log(p[y[i]])
        for j in range(W.shape[1]):
            dW[:, j] += (p[j] - (j == y[i])) * X[i]
            db[0, j] += p[j] - (j == y[i])
    loss /= len(y)
    dW /= len(y)
    db /= len(y)
    loss += reg * np.sum(W ** 2)
    dW += 2 * reg * W
    return loss, dW, db


def train(X, y, reg, step, iterations):
    rng = np.random.default_rng()
    W = rng.normal(0, 0.01, (X.shape[1], y.max() + 1))
    b = np.zeros((1, y.max() + 1))
    for i in range(iterations):
        scores = X @ W + b
        probs = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        probs[np.arange(len(y)), y] -= 1
        W = W - step * (X.T @ probs / len(y) + reg * W)
        b = b - step * probs.mean(axis=0)
    return W, b


def two_layer_loss(W1, b1, W2, b2, X, y, reg):
    N = len(y)
    loss = 0.0
    dW1, db1, dW2, db2 = (np.zeros_like(p) for p in (W1, b1, W2, b2))
    for x, label in zip(X, y):
        z = x @ W1 + b1[0]
        h = z * (z > 0)
        s = h @ W2 + b2[0]
        p = np.exp(s - s.max())
        p = p / p.sum()
        loss += -np.log(p[label]) / N
        p[label] -= 1
        p /= N
        dW2 += np.outer(h, p)
        db2 += p
        dh = (W2 @ p) * (z > 0)
        dW1 += np.outer(x, dh)
        db1 += dh
    loss += reg * ((W1 * W1).sum() + (W2 * W2).sum())
    return loss, dW1 + 2 * reg * W1, db1, dW2 + 2 * reg * W2, db2


def train_two_layer(X, y, reg, step, iterations):
    W1 = np.random.randn(2, 100) * 0.01
    b1 = np.zeros(100)
    W2 = np.random.randn(100, 3) * 0.01
    b2 = np.zeros(3)
    Y = np.eye(3)[y]
    for i in range(iterations):
        z = X @ W1 + b1
        a = np.maximum(z, 0)
        e = np.exp(a @ W2 + b2)
        d = (e / e.sum(axis=1, keepdims=True) - Y) / len(X)
        dz = (d @ W2.T) * (z > 0)
        W2, b2 = W2 - step * (a.T @ d + reg * W2), b2 - step * d.sum(axis=0)
        W1, b1 = W1 - step * (X.T @ dz + reg * W1), b1 - step * dz.sum(axis=0)
    return W1, b1, W2, b2


def logistic_regression(X, y, C, k, tolerance, max_iter):
    N, D = X.shape
    w = [0.0] * D
    it = 0
    while it < max_iter:
        p = 1 / (1 + np.exp(-y * (X @ np.array(w))))
        new_w = list(w)
        for j in range(D):
            total = 0.0
            for i in range(N):
                total += y[i] * X[i, j] * (1 - p[i])
            new_w[j] = w[j] + k * total / N - k * C * w[j]
        moved = np.linalg.norm(np.array(new_w) - np.array(w))
        w = new_w
        it += 1
        if moved < tolerance:
            return np.array(w)
    return np.array(w)


def gradient_step(W, b, X, t, lr):
    N = X.shape[0]
    dW = np.zeros(W.shape)
    db = 0.0
    for i in range(N):
        y = np.dot(X[i], W) + b
        dW += 2 * (y - t[i]) * X[i]
        db += 2 * (y - t[i])
    W = W - lr * dW / N
    b = b - lr * db / N
    return W, b


def fit(X, t, lr, epochs):
    W = np.random.randn(X.shape[1]) * 0.01
    b = np.zeros(1)
    for _ in range(epochs):
        y = np.dot(X, W) + b
        W -= lr * 2 * np.dot(y - t, X) / len(t)
        b -= lr * 2 * np.mean(y - t)
    return W, b


def fit_polynomial(x, t, degree, lr, epochs):
    center, width = x.mean(), x.std()
    scale = [(np.mean(x ** p), np.std(x ** p)) for p in range(1, degree + 1)]
    w = np.zeros(degree + 1)

    def design(x):
        columns = [np.ones(len(x))]
        for p in range(1, degree + 1):
            m, s = scale[p - 1]
            columns.append((x ** p - m) / s)
        return np.array(columns).T

    A = design(x)
    for _ in range(epochs):
        w = w - lr * A.T.dot(A.dot(w) - t) / len(x)
    return lambda new: design(np.asarray(new)).dot(w)
