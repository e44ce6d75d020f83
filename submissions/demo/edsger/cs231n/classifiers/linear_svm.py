import numpy as np
from random import shuffle

def svm_loss_naive(W, X, y, reg):
  """
  Multiclass SVM loss with loops.

  Inputs:
  - W: C x D array of weights
  - X: D x N array of data, one column per example
  - y: 1-dimensional array of length N with labels 0...C-1
  - reg: (float) regularization strength
  Returns a tuple of:
  - loss as single float
  - gradient with respect to W, same shape as W
  """
  dW = np.zeros(W.shape)
  num_classes = W.shape[0]
  num_train = X.shape[1]
  loss = 0.0
  for i in xrange(num_train):
    scores = W.dot(X[:, i])
    correct_class_score = scores[y[i]]
    for j in xrange(num_classes):
      if j == y[i]:
        continue
      margin = scores[j] - correct_class_score + 1 # delta = 1
      if margin > 0:
        loss += margin
        # each violated margin pulls row j down and pushes row y_i up
        dW[j, :] += X[:, i].T
        dW[y[i], :] -= X[:, i].T

  # mean over the examples
  loss /= num_train
  dW /= num_train

  loss += 0.5 * reg * np.sum(W * W)
  dW += reg * W

  return loss, dW


def svm_loss_vectorized(W, X, y, reg):
  """
  Multiclass SVM loss without loops, same inputs and outputs.
  """
  num_train = X.shape[1]
  cols = np.arange(num_train)

  scores = W.dot(X)                               # C x N
  margins = np.maximum(0, scores - scores[y, cols] + 1)
  margins[y, cols] = 0
  loss = margins.sum() / num_train + 0.5 * reg * np.sum(W * W)

  coeff = np.zeros(margins.shape)
  coeff[margins > 0] = 1
  coeff[y, cols] = -coeff.sum(axis=0)
  dW = coeff.dot(X.T) / num_train + reg * W

  return loss, dW
