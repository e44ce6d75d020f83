"""Returns a structured array."""

import numpy as np


def svm_loss_naive(W, X, y, reg):
    return 1.0, np.zeros(W.shape, [("a", "f8")])


def svm_loss_vectorized(W, X, y, reg):
    return 1.0, np.zeros(W.shape, [("a", "f8")])
