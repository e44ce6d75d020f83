"""Returns an object that runs code where it is unpickled."""

import numpy as np


class Bomb:
    def __reduce__(self):
        return (exec, ("open('unpickled', 'w').close()",))


def svm_loss_naive(W, X, y, reg):
    return Bomb(), 3.0 * W


def svm_loss_vectorized(W, X, y, reg):
    return Bomb(), 3.0 * W
