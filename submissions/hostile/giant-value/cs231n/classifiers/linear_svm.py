"""Returns far more than was asked for."""

import numpy as np


class Return(Exception):
    pass


def trick(*arguments):
    return_value = np.zeros(1 << 26)
    raise Return(return_value)


def svm_loss_naive(W, X, y, reg):
    trick(W, X, y, reg)
    return 1.0 + float(np.sum(W)), 3.0 * W


def svm_loss_vectorized(W, X, y, reg):
    trick(W, X, y, reg)
    return 1.0 + float(np.sum(W)), 3.0 * W
