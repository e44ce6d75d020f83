"""Returns an array of objects."""

import numpy as np


def svm_loss_naive(W, X, y, reg):
    return 1.0, (3.0 * W).astype(object)


def svm_loss_vectorized(W, X, y, reg):
    return 1.0, (3.0 * W).astype(object)
