from __future__ import print_function

import numpy as np
from cs231n.classifiers.linear_svm import *
from cs231n.classifiers.softmax import *
from past.builtins import xrange

class LinearClassifier(object):

  def __init__(self):
    self.W = None

  def train(self, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100,
            batch_size=200, verbose=False):
    """
    Stochastic gradient descent.

    - X: (N, D) training data
    - y: (N,) training labels
    - learning_rate, reg: floats
    - num_iters: number of steps
    - batch_size: examples per step
    - verbose: print progress

    Returns the list of losses, one per step.
    """
    num_train, dim = X.shape
    num_classes = np.max(y) + 1
    if self.W is None:
      self.W = 0.001 * np.random.randn(dim, num_classes)

    loss_history = []
    for it in xrange(num_iters):
      batch = np.arange(batch_size)
      X_batch = X[batch]
      y_batch = y[batch]

      loss, grad = self.loss(X_batch, y_batch, reg)
      loss_history.append(loss)
      self.W -= learning_rate * grad

      if verbose and it % 100 == 0:
        print('iteration %d / %d: loss %f' % (it, num_iters, loss))

    return loss_history

  def predict(self, X):
    """
    - X: (N, D) data

    Returns y_pred, (N,) labels with the highest score.
    """
    y_pred = np.zeros(X.shape[0])
    scores = X.dot(self.W)
    y_pred = scores.argmax(axis=1)
    return y_pred

  def loss(self, X_batch, y_batch, reg):
    """ Loss and gradient of a minibatch; subclasses override this. """
    pass


class LinearSVM(LinearClassifier):
  """ Uses the multiclass SVM loss """

  def loss(self, X_batch, y_batch, reg):
    return svm_loss_vectorized(self.W, X_batch, y_batch, reg)


class Softmax(LinearClassifier):
  """ Uses the softmax + cross-entropy loss """

  def loss(self, X_batch, y_batch, reg):
    return softmax_loss_vectorized(self.W, X_batch, y_batch, reg)
