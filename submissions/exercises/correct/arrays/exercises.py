import numpy as np


def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        upper = f(x)
        x[i] = old - h
        lower = f(x)
        x[i] = old
        grad[i] = (upper - lower) / (2 * h)
    return grad


def random_search(loss, X, y, shape, tries):
    all_W = np.random.randn(tries, *shape) * 0.0001
    losses = [loss(X, y, W) for W in all_W]
    best = np.argmin(losses)
    return all_W[best], losses[best]


def softmax_with_bias(W, b, X, y, reg):
    num_examples = X.shape[0]
    scores = np.dot(X, W) + b
    exp_scores = np.exp(scores)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    data_loss = np.sum(-np.log(probs[range(num_examples), y])) / num_examples
    loss = data_loss + 0.5 * reg * np.sum(W * W)
    dscores = probs
    dscores[range(num_examples), y] -= 1
    dscores /= num_examples
    dW = np.dot(X.T, dscores)
    db = np.sum(dscores, axis=0, keepdims=True)
    dW += reg * W
    return loss, dW, db


def train(X, y, reg, step, iterations):
    K = np.max(y) + 1
    W = 0.01 * np.random.randn(X.shape[1], K)
    b = np.zeros((1, K))
    for i in range(iterations):
        loss, dW, db = softmax_with_bias(W, b, X, y, reg)
        W += -step * dW
        b += -step * db
    return W, b


def two_layer_loss(W1, b1, W2, b2, X, y, reg):
    num_examples = X.shape[0]
    hidden_layer = np.maximum(0, np.dot(X, W1) + b1)
    scores = np.dot(hidden_layer, W2) + b2
    exp_scores = np.exp(scores)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    data_loss = np.sum(-np.log(probs[range(num_examples), y])) / num_examples
    loss = data_loss + 0.5 * reg * np.sum(W1 * W1) + 0.5 * reg * np.sum(W2 * W2)
    dscores = probs
    dscores[range(num_examples), y] -= 1
    dscores /= num_examples
    dW2 = np.dot(hidden_layer.T, dscores)
    db2 = np.sum(dscores, axis=0, keepdims=True)
    dhidden = np.dot(dscores, W2.T)
    dhidden[hidden_layer <= 0] = 0
    dW1 = np.dot(X.T, dhidden)
    db1 = np.sum(dhidden, axis=0, keepdims=True)
    dW2 += reg * W2
    dW1 += reg * W1
    return loss, dW1, db1, dW2, db2


def train_two_layer(X, y, reg, step, iterations):
    h, K = 100, np.max(y) + 1
    W1, b1 = 0.01 * np.random.randn(X.shape[1], h), np.zeros((1, h))
    W2, b2 = 0.01 * np.random.randn(h, K), np.zeros((1, K))
    for i in range(iterations):
        loss, dW1, db1, dW2, db2 = two_layer_loss(W1, b1, W2, b2, X, y, reg)
        W1 -= step * dW1
        b1 -= step * db1
        W2 -= step * dW2
        b2 -= step * db2
    return W1, b1, W2, b2


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def logistic_regression(X, y, C, k, tolerance, max_iter):
    w = np.zeros(X.shape[1])
    for i in range(max_iter):
        margins = y * X.dot(w)
        pull = X.T.dot(y * (1 - sigmoid(margins)))
        new_w = w + k / len(y) * pull - k * C * w
        distance = np.sqrt(np.sum((new_w - w) ** 2))
        w = new_w
        if distance < tolerance:
            break
    return w


def gradient_step(W, b, X, t, lr):
    error = X @ W + b - t
    return W - lr * X.T @ error / len(t), b - lr * np.mean(error)


def fit(X, t, lr, epochs):
    W, b = np.zeros(X.shape[1]), 0.0
    for epoch in range(epochs):
        W, b = gradient_step(W, b, X, t, lr)
    return W, b


def fit_polynomial(x, t, degree, lr, epochs):
    features = np.column_stack([x ** p for p in range(1, degree + 1)])
    mean, std = features.mean(axis=0), features.std(axis=0)
    W, b = fit((features - mean) / std, t, lr, epochs)

    def predict(new):
        powers = np.column_stack([new ** p for p in range(1, degree + 1)])
        return (powers - mean) / std @ W + b

    return predict
