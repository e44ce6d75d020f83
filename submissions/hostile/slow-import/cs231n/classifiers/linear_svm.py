"""Never ends being imported."""

import time

import numpy as np


time.sleep(3600)


def trick(*arguments):
    pass


def svm_loss_naive(W, X, y, reg):
    trick(W, X, y, reg)
    return 1.0 + float(np.sum(W)), 3.0 * W


def svm_loss_vectorized(W, X, y, reg):
    trick(W, X, y, reg)
    return 1.0 + float(np.sum(W)), 3.0 * W
