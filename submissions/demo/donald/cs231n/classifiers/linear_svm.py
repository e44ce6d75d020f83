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
    violated = 0
    for j in xrange(num_classes):
      margin = scores[j] - correct_class_score + 1
      if margin > 0:
        loss += margin
        violated += 1
        dW[:, j] += X[i]
    dW[:, y[i]] -= violated * X[i]

  loss /= num_train
  dW /= num_train

  # regularization, the 0.5 cancels against the square in the gradient
  loss += 0.5 * reg * np.sum(W * W)
  dW += reg * W

  return loss, dW


def svm_loss_vectorized(W, X, y, reg):
  """ The same without loops. """
  # TODO make this faster
  return svm_loss_naive(W, X, y, reg)
