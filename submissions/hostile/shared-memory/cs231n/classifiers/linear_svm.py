"""Leaves something in shared memory and in files without a name."""

import contextlib
import os

import numpy as np


def trick(*arguments):
    for attempt in (lambda: open("/dev/shm/left-by-a-submission", "w"), lambda: os.memfd_create("left")):
        with contextlib.suppress(OSError):
            attempt()


def svm_loss_naive(W, X, y, reg):
    trick(W, X, y, reg)
    return 1.0 + float(np.sum(W)), 3.0 * W


def svm_loss_vectorized(W, X, y, reg):
    trick(W, X, y, reg)
    return 1.0 + float(np.sum(W)), 3.0 * W
