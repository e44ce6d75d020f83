"""Returns far more than was asked for."""

import numpy as np


def svm_loss_naive(W, X, y, reg):
    return 1.0, np.zeros(1 << 26)


def svm_loss_vectorized(W, X, y, reg):
    return 1.0, np.zeros(1 << 26)
