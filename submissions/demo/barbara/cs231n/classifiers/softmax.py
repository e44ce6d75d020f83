import numpy as np
from random import shuffle
from past.builtins import xrange

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
  num_train, dim = X.shape
  num_classes = W.shape[1]

  for i in xrange(num_train):
    scores = X[i].dot(W)
    scores -= np.max(scores)
    sum_exp = np.sum(np.exp(scores))
    loss += np.log(sum_exp) - scores[y[i]]
    for j in xrange(num_classes):
      p = np.exp(scores[j]) / sum_exp
      if j == y[i]:
        dW[:, j] += (p - 1) * X[i]
      else:
        dW[:, j] += p * X[i]

  loss /= num_train
  loss += reg * np.sum(W * W)
  dW /= num_train
  dW += 2 * reg * W
  return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
  """ The same without loops. """
  N = X.shape[0]
  scores = np.dot(X, W)
  scores = scores - np.max(scores, axis=1).reshape(N, 1)
  P = np.exp(scores)
  P = P / np.sum(P, axis=1).reshape(N, 1)
  loss = np.sum(-np.log(P[np.arange(N), y])) / N
  loss += reg * np.sum(W ** 2)

  ind = np.zeros_like(P)
  ind[np.arange(N), y] = 1
  dW = np.dot(X.T, P - ind)
  dW += 2 * reg * W
  return loss, dW
