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
  loss += 0.5 * reg * np.sum(W * W)
  dW /= num_train
  dW += reg * W
  return loss, dW


def softmax_loss_vectorized(W, X, y, reg):
  """ The same without loops. """
  num_train = X.shape[0]

  scores = X.dot(W)
  scores -= scores.max(axis=1, keepdims=True)
  exp_scores = np.exp(scores)
  probs = exp_scores / exp_scores.sum(axis=1, keepdims=True)

  picked = scores[range(num_train), y]
  loss = np.mean(np.log(exp_scores.sum(axis=1)) - picked)
  loss += 0.5 * reg * np.sum(W * W)

  dscores = probs
  dscores[range(num_train), y] -= 1
  dscores /= num_train
  dW = X.T.dot(dscores) + reg * W
  return loss, dW
