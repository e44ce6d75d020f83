import numpy as np
from random import shuffle

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
    for j in xrange(num_classes):
      if j == y[i]:
        continue
      margin = scores[j] - correct_class_score + 1
      if margin > 0:
        loss += margin

  loss /= num_train

  loss += 0.5 * reg * np.sum(W * W)

  # TODO: gradient

  return loss, dW


def svm_loss_vectorized(W, X, y, reg):
  """ The same without loops. """
  loss = 0.0
  dW = np.zeros(W.shape)
  # TODO: loss
  pass

  # TODO: gradient
  pass

  return loss, dW
