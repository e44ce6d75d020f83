"""Returns something that never ends."""

import numpy as np


def svm_loss_naive(W, X, y, reg):
    return iter(int, 1), iter(int, 1)


def svm_loss_vectorized(W, X, y, reg):
    return iter(int, 1), iter(int, 1)
