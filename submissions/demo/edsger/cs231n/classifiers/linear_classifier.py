import numpy as np
from cs231n.classifiers.linear_svm import *
from cs231n.classifiers.softmax import *

class LinearClassifier:

  def __init__(self):
    self.W = None

  def train(self, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100,
            batch_size=200, verbose=False):
    """
    Train with stochastic gradient descent.

    Inputs:
    - X: D x N array of training data, one column per example
    - y: 1-dimensional array of length N with labels 0...K-1
    - learning_rate, reg: (float) step size and regularization strength
    - num_iters, batch_size: (integer) number of steps, examples in each step
    - verbose: (boolean) print the loss now and then

    Returns a list with the loss of every step.
    """
    dim, num_train = X.shape
    num_classes = np.max(y) + 1
    if self.W is None:
      self.W = np.random.randn(num_classes, dim) * 0.001

    loss_history = []
    for it in xrange(num_iters):
      pick = np.random.choice(num_train, batch_size)
      X_batch = X[:, pick]
      y_batch = y[pick]

      loss, grad = self.loss(X_batch, y_batch, reg)
      loss_history.append(loss)

      self.W = self.W - learning_rate * grad

      if verbose and it % 100 == 0:
        print 'iteration %d / %d: loss %f' % (it, num_iters, loss)

    return loss_history

  def predict(self, X):
    """
    Labels for the columns of X (D x N): the class with the highest score.
    """
    return np.argmax(self.W.dot(X), axis=0)

  def loss(self, X_batch, y_batch, reg):
    """ Loss and gradient of a minibatch; the subclasses know which. """
    pass


class LinearSVM(LinearClassifier):
  """ Multiclass SVM loss """

  def loss(self, X_batch, y_batch, reg):
    return svm_loss_vectorized(self.W, X_batch, y_batch, reg)


class Softmax(LinearClassifier):
  """ Softmax + cross-entropy loss """

  def loss(self, X_batch, y_batch, reg):
    return softmax_loss_vectorized(self.W, X_batch, y_batch, reg)
