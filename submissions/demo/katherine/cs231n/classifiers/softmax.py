from builtins import range
import numpy as np
from random import shuffle
from past.builtins import xrange


def softmax_loss_naive(W, X, y, reg):
    """
    Softmax loss function, naive implementation (with loops)

    Inputs:
    - W: numpy array of shape (D, C) with the weights
    - X: numpy array of shape (N, D) with a minibatch of data
    - y: numpy array of shape (N,) with labels, 0 <= y[i] < C
    - reg: (float) regularization strength

    Returns a tuple of:
    - loss as single float
    - gradient with respect to W, same shape as W
    """
    # Initialize the loss and gradient to zero.
    loss = 0.0
    dW = np.zeros_like(W)

    # *****START OF YOUR CODE (DO NOT DELETE/MODIFY THIS LINE)*****

    N = X.shape[0]
    C = W.shape[1]
    for i in range(N):
        f = X[i] @ W
        f = f - f.max()
        log_sum = np.log(np.exp(f).sum())
        loss += log_sum - f[y[i]]
        for c in range(C):
            p = np.exp(f[c] - log_sum)
            dW[:, c] += (p - (c == y[i])) * X[i]
    loss = loss / N + reg * np.sum(W ** 2)
    dW = dW / N + 2 * reg * W

    # *****END OF YOUR CODE (DO NOT DELETE/MODIFY THIS LINE)*****

    return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
    """
    Softmax loss function, vectorized version.

    Inputs and outputs are the same as softmax_loss_naive.
    """
    # Initialize the loss and gradient to zero.
    loss = 0.0
    dW = np.zeros_like(W)

    # *****START OF YOUR CODE (DO NOT DELETE/MODIFY THIS LINE)*****

    N = X.shape[0]
    f = X @ W
    f = f - f.max()
    log_probs = f - np.log(np.exp(f).sum(axis=1, keepdims=True))
    loss = -log_probs[np.arange(N), y].mean() + reg * np.sum(W ** 2)

    df = np.exp(log_probs)
    df[np.arange(N), y] -= 1
    dW = X.T @ df / N + 2 * reg * W

    # *****END OF YOUR CODE (DO NOT DELETE/MODIFY THIS LINE)*****

    return loss, dW
