# Stops at a name that is not there, as by a slip of the keyboard, to be charged for that slip only.
import numpy as np


def svm_loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros(W.shape)
    scores = x.dot(W)
    return loss + scores, dW


def svm_loss_vectorized(W, X, y, reg):
    loss, dW = 0.0, np.zeros(W.shape)
    scores = x.dot(W)
    return loss + scores, dW
