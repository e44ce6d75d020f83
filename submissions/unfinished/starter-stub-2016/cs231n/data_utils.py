import cPickle as pickle
import numpy as np
import os
from scipy.misc import imread

def load_CIFAR_batch(filename):
  """ images (N, 32, 32, 3) as floats and labels (N,) of one batch file """
  with open(filename, 'rb') as f:
    datadict = pickle.load(f)
    X = datadict['data']
    Y = datadict['labels']
    X = X.reshape(X.shape[0], 3, 32, 32).transpose(0, 2, 3, 1).astype("float")
    return X, np.array(Y)

def load_CIFAR10(ROOT):
  """ the whole of cifar """
  xs = []
  ys = []
  for b in range(1, 6):
    X, Y = load_CIFAR_batch(os.path.join(ROOT, 'data_batch_%d' % (b, )))
    xs.append(X)
    ys.append(Y)
  Xte, Yte = load_CIFAR_batch(os.path.join(ROOT, 'test_batch'))
  return np.concatenate(xs), np.concatenate(ys), Xte, Yte

def load_photo(filename):
  """ one picture of my own, to classify it for fun """
  return imread(filename)
