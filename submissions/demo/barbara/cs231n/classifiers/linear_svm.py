import numpy as np
from random import shuffle
from past.builtins import xrange

def svm_loss_naive(W, X, y, reg):
  """
  Structured SVM loss function, naive implementation (with loops).

  - W: (D, C) weights
  - X: (N, D) minibatch
  - y: (N,) labels, 0 <= y[i] < C
  - reg: (float) regularization strength

  Returns the loss (float) and its gradient with respect to W.
  """
  dW = np.zeros(W.shape)
  num_classes = W.shape[1]
  num_train = X.shape[0]
  loss = 0.0
  for i in xrange(num_train):
    scores = X[i].dot(W)
    correct_class_score = scores[y[i]]
    violated = 0
    for j in xrange(num_classes):
      if j == y[i]:
        continue
      margin = scores[j] - correct_class_score + 1
      if margin > 0:
        loss += margin
        violated += 1
        dW[:, j] += X[i]
    dW[:, y[i]] -= violated * X[i]

  loss /= num_train
  dW /= num_train

  # regularization
  loss += reg * np.sum(W * W)
  dW += 2 * reg * W

  return loss, dW


def svm_loss_vectorized(W, X, y, reg):
  """ The same without loops. """
  N = X.shape[0]
  rows = np.arange(N)
  scores = X.dot(W)
  # delta is 1 everywhere except at the correct class
  delta = np.ones_like(scores)
  delta[rows, y] = 0
  margins = np.maximum(0, scores - scores[rows, y][:, None] + delta)
  loss = margins.sum() / N + reg * np.sum(W * W)

  ds = np.zeros_like(margins)
  ds[margins > 0] = 1
  ds[rows, y] -= ds.sum(axis=1)
  dW = X.T.dot(ds) / N + 2 * reg * W

  return loss, dW
