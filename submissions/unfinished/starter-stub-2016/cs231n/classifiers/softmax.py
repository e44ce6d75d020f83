import numpy as np
from random import shuffle

def softmax_loss_naive(W, X, y, reg):
  """
  Softmax loss function, naive implementation (with loops)

  - W: (D, C) weights
  - X: (N, D) minibatch
  - y: (N,) labels, 0 <= y[i] < C
  - reg: (float) regularization strength

  Returns the loss (float) and its gradient with respect to W.
  """
  loss = 0.0
  dW = np.zeros_like(W)
  # TODO
  pass

  return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
  """ The same without loops. """
  loss = 0.0
  dW = np.zeros_like(W)

  # TODO
  pass

  return loss, dW
