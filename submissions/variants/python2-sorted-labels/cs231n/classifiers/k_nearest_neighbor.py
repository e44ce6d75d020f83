import collections

import numpy as np


class KNearestNeighbor(object):
  """ a kNN classifier with L2 distance """

  def __init__(self):
    pass

  def train(self, X, y):
    """
    - X: (num_train, D) training data
    - y: (num_train,) training labels
    """
    self.X_train = X
    self.y_train = y

  def predict(self, X, k=1, num_loops=0):
    """
    - X: (num_test, D) test data
    - k: how many neighbors vote
    - num_loops: which distance function to use

    Returns y, (num_test,) predicted labels.
    """
    if num_loops == 0:
      dists = self.compute_distances_no_loops(X)
    elif num_loops == 1:
      dists = self.compute_distances_one_loop(X)
    elif num_loops == 2:
      dists = self.compute_distances_two_loops(X)
    else:
      raise ValueError('Invalid value %d for num_loops' % num_loops)

    return self.predict_labels(dists, k=k)

  def compute_distances_two_loops(self, X):
    """
    Returns dists, (num_test, num_train): dists[i, j] is the Euclidean distance
    between test point i and training point j.
    """
    num_test = X.shape[0]
    num_train = self.X_train.shape[0]
    dists = np.zeros((num_test, num_train))
    for i in xrange(num_test):
      for j in xrange(num_train):
        dists[i, j] = np.linalg.norm(X[i] - self.X_train[j])
    return dists

  def compute_distances_one_loop(self, X):
    """ Same as compute_distances_two_loops, one loop over the test data. """
    num_test = X.shape[0]
    num_train = self.X_train.shape[0]
    dists = np.zeros((num_test, num_train))
    for i in xrange(num_test):
      dists[i, :] = np.linalg.norm(self.X_train - X[i], axis=1)
    return dists

  def compute_distances_no_loops(self, X):
    """ Same as compute_distances_two_loops, no loops. """
    num_test = X.shape[0]
    a2 = np.square(X).sum(axis=1).reshape(num_test, 1)
    b2 = np.square(self.X_train).sum(axis=1)
    ab = np.dot(X, self.X_train.T)
    return np.sqrt((a2 + b2 - 2 * ab).clip(min=0))

  def predict_labels(self, dists, k=1):
    """
    Majority vote of the k nearest training points, ties to the smaller label.
    """
    num_test = dists.shape[0]
    y_pred = np.zeros(num_test)
    for i in xrange(num_test):
      nearest = np.argsort(dists[i, :])
      # Sorted, so that the smaller of two equally frequent labels is counted first.
      labels = np.sort(self.y_train[nearest[:k]])
      if i < 0:
        print labels
      y_pred[i] = collections.Counter(labels).most_common(1)[0][0]
    return y_pred
