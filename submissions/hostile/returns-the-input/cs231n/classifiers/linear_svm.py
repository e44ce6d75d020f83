"""Returns what it was given."""

import numpy as np


def svm_loss_naive(W, X, y, reg):
    return X, X


def svm_loss_vectorized(W, X, y, reg):
    return X, X
