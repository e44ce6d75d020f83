"""Returns what is not a number."""

import numpy as np


def svm_loss_naive(W, X, y, reg):
    return float("nan"), np.full(W.shape, np.nan)


def svm_loss_vectorized(W, X, y, reg):
    return float("nan"), np.full(W.shape, np.nan)
