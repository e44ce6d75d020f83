"""Returns a list within lists, and one that holds itself."""

import numpy as np


def nested():
    inner = []
    for _ in range(5000):
        inner = [inner]
    inner.append(inner)
    return inner


def svm_loss_naive(W, X, y, reg):
    return nested(), nested()


def svm_loss_vectorized(W, X, y, reg):
    return nested(), nested()
