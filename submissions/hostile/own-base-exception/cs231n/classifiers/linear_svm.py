"""Raises something that `except Exception` lets through."""

import numpy as np


class Escape(BaseException):
    pass


def trick(*arguments):
    raise Escape("let me out")


def svm_loss_naive(W, X, y, reg):
    trick(W, X, y, reg)
    return 1.0 + float(np.sum(W)), 3.0 * W


def svm_loss_vectorized(W, X, y, reg):
    trick(W, X, y, reg)
    return 1.0 + float(np.sum(W)), 3.0 * W
