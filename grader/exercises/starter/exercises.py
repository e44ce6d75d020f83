"""Exercises to the notes of CS231n. Write each function where it says so; NumPy is all you need.

`grader check` tells what is right, what is wrong, and which mistake it is; functions that you have not
written yet are no mistakes. Call the arguments as they are called here.
"""

import numpy as np


def numerical_gradient(f, x, h=1e-5):
    """The gradient of f at x by finite differences: forward, (f(x + h) - f(x)) / h, or centered.

    f: a function of one argument, an array like x, that returns a number.
    x: an array of any shape, of integers, too; afterwards it is as it was before.
    h: how far to step away from x, in one entry at a time.
    Returns an array of the shape of x.
    """
    raise NotImplementedError("write your code here")


def random_search(loss, X, y, shape, tries):
    """The best of many random weights.

    loss: a function loss(X, y, W) that returns a number; less is better.
    shape: that of W; its entries are small random numbers, of the size of 0.0001.
    tries: how many W are tried.
    Returns W, loss: the weights with the lowest loss, and that loss.
    """
    raise NotImplementedError("write your code here")


def softmax_with_bias(W, b, X, y, reg):
    """The softmax loss of the scores XW + b, and its gradients.

    W: (D, C) weights, b: (1, C) biases, X: (N, D) examples as rows, y: (N,) their classes.
    reg: the strength of the regularization of W; 0.5 * reg * sum of W * W and twice that are both right.
    Returns loss, dW, db: the mean over the examples and the regularization; dW like W, db like b.
    """
    raise NotImplementedError("write your code here")


def train(X, y, reg, step, iterations):
    """Train that classifier by gradient descent on all examples, from small random weights.

    Returns W, b.
    """
    raise NotImplementedError("write your code here")


def two_layer_loss(W1, b1, W2, b2, X, y, reg):
    """The same with a hidden layer of ReLU: scores max(0, X W1 + b1) W2 + b2.

    W1: (D, H), b1: (1, H), W2: (H, C), b2: (1, C); both matrices are regularized.
    Returns loss, dW1, db1, dW2, db2.
    """
    raise NotImplementedError("write your code here")


def train_two_layer(X, y, reg, step, iterations):
    """Train that net, with a hidden layer of 100.

    Returns W1, b1, W2, b2.
    """
    raise NotImplementedError("write your code here")


def logistic_regression(X, y, C, k, tolerance, max_iter):
    """The weights of a logistic regression without an intercept, from w = 0 by steps

        w + k / N * (sum over examples of y * x * (1 - sigma(y * w.x))) - k * C * w

    for all weights at once, until a step (the Euclidean distance from w before it to w after it) is shorter
    than the tolerance, or `max_iter` steps are made.
    X: (N, D), y: (N,) labels -1 and 1, C: the penalty, k: the rate.
    Returns w, (D,).
    """
    raise NotImplementedError("write your code here")


def gradient_step(W, b, X, t, lr):
    """One step of gradient descent on the mean squared error of X W + b, or on half of it.

    W: (D,), b: a number, X: (N, D), t: (N,) the targets.
    Returns W, b.
    """
    raise NotImplementedError("write your code here")


def fit(X, t, lr, epochs):
    """So many steps from zeros, or from small random numbers.

    Returns W, b.
    """
    raise NotImplementedError("write your code here")


def fit_polynomial(x, t, degree, lr, epochs):
    """Fit b + w_1 x + w_2 x^2 + ... to targets by gradient descent, also where powers are large.

    x: (N,), t: (N,).
    Returns a function: predict(new) gives the predictions (M,) at an array of new x, (M,).
    """
    raise NotImplementedError("write your code here")
