import numpy as np

class KNearestNeighbor:
  """ kNN with the L2 distance """

  def __init__(self):
    pass

  def train(self, X, y):
    """
    Remember the training set.

    X is num_train x dimension, each row is one training point.
    y is a vector of length num_train with the labels.
    """
    self.X_train = X
    self.y_train = y

  def predict(self, X, k=1, num_loops=0):
    """
    Predict a label for every row of X (num_test x dimension).

    k is the number of neighbors that vote, num_loops chooses how the
    distances are computed.
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
    Distances with a loop over the test points and a loop over the training
    points.  dists[i, j] is between test point i and training point j.
    """
    num_test = X.shape[0]
    num_train = self.X_train.shape[0]
    dists = np.zeros((num_test, num_train))
    for i in xrange(num_test):
      for j in xrange(num_train):
        diff = X[i, :] - self.X_train[j, :]
        dists[i, j] = np.sqrt(diff.dot(diff))
    return dists

  def compute_distances_one_loop(self, X):
    """ Same as above, one loop over the test points only. """
    num_test = X.shape[0]
    num_train = self.X_train.shape[0]
    dists = np.zeros((num_test, num_train))
    for i in xrange(num_test):
      diff = self.X_train - X[i, :]   # broadcasts over the rows
      dists[i, :] = np.sqrt((diff ** 2).sum(axis=1))
    return dists

  def compute_distances_no_loops(self, X):
    """ Same as above without loops: (a - b)^2 = a^2 - 2ab + b^2. """
    train_sq = np.sum(self.X_train ** 2, axis=1)
    test_sq = np.sum(X ** 2, axis=1)
    dists = test_sq[:, np.newaxis] - 2 * X.dot(self.X_train.T) + train_sq
    # rounding can push zero slightly below zero
    return np.sqrt(np.maximum(dists, 0))

  def predict_labels(self, dists, k=1):
    """
    Vote among the k nearest training points of every test point.
    Ties go to the smaller label.
    """
    num_test = dists.shape[0]
    y_pred = np.zeros(num_test)
    for i in xrange(num_test):
      closest_y = self.y_train[np.argsort(dists[i, :])[:k]]
      # bincount counts per label, argmax takes the first = smallest
      y_pred[i] = np.argmax(np.bincount(closest_y))
    return y_pred
