import numpy as np
from random import shuffle

def softmax_loss_naive(W, X, y, reg):
  """
  Softmax loss function, naive implementation (with loops)
  Inputs:
  - W: C x D array of weights
  - X: D x N array of data, one column per example
  - y: 1-dimensional array of length N with labels 0...C-1
  - reg: (float) regularization strength
  Returns:
  a tuple of:
  - loss as single float
  - gradient with respect to weights W, an array of same size as W
  """
  loss = 0.0
  dW = np.zeros_like(W)
  num_classes = W.shape[0]
  num_train = X.shape[1]

  for i in xrange(num_train):
    f = W.dot(X[:, i])
    f -= f.max()          # so that exp does not blow up
    e = np.exp(f)
    p = e / e.sum()
    loss += -np.log(p[y[i]])
    for k in xrange(num_classes):
      dW[k, :] += (p[k] - (k == y[i])) * X[:, i]

  loss = loss / num_train + 0.5 * reg * np.sum(W * W)
  dW = dW / num_train + reg * W
  return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
  """
  Softmax loss function, vectorized version.
  """
  num_train = X.shape[1]
  cols = np.arange(num_train)

  f = W.dot(X)
  f -= np.max(f, axis=0)      # one maximum for each example (column)
  log_p = f - np.log(np.sum(np.exp(f), axis=0))
  loss = -np.sum(log_p[y, cols]) / num_train
  loss += 0.5 * reg * np.sum(W * W)

  p = np.exp(log_p)
  p[y, cols] -= 1
  dW = p.dot(X.T) / num_train
  dW += reg * W
  return loss, dW
