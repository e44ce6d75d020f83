import numpy as np


def penalty(W, reg):
    return reg * np.sum(W ** 2)


def penalty_gradient(W, reg):
    return 2 * reg * W
