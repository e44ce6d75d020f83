import numpy as np

from ml.losses import hinge


class HingeClassifier:
    def __init__(self):
        self.W = None

    def fit(self, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100, batch_size=200, verbose=False):
        if self.W is None:
            self.W = 0.001 * np.random.randn(X.shape[1], np.max(y) + 1)
        losses = []
        for _ in range(num_iters):
            batch = np.random.choice(len(X), batch_size)
            loss, gradient = self.loss(X[batch], y[batch], reg)
            losses.append(loss)
            self.W -= learning_rate * gradient
        return losses

    def loss(self, X_batch, y_batch, reg):
        return hinge(self.W, X_batch, y_batch, reg)

    def classify(self, X):
        return np.argmax(X @ self.W, axis=1)
