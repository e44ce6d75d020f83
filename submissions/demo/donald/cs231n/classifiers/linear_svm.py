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
  loss = 0.0
  dW = np.zeros(W.shape)
  num_train = X.shape[0]

  scores = X.dot(W)
  correct = scores[np.arange(num_train), y].reshape(-1, 1)
  margins = scores - correct + 1.0
  margins[np.arange(num_train), y] = 0.0
  positive = margins > 0
  loss = np.sum(margins[positive]) / num_train
  loss += 0.5 * reg * np.sum(W * W)

  mask = positive.astype(float)
  mask[np.arange(num_train), y] = -np.sum(positive, axis=1)
  dW = np.dot(X.T, mask) / num_train
  dW += reg * W

  return loss, dW
