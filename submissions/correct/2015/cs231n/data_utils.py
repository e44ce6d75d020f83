import cPickle as pickle
import numpy as np
import os

def load_CIFAR_batch(filename):
  """ One batch file: images N x 32 x 32 x 3 as floats, labels N """
  with open(filename, 'r') as f:
    batch = pickle.load(f)
  X = batch['data'].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1).astype('float')
  return X, np.array(batch['labels'])

def load_CIFAR10(ROOT):
  """ All five training batches and the test batch """
  parts = [load_CIFAR_batch(os.path.join(ROOT, 'data_batch_%d' % b)) for b in xrange(1, 6)]
  Xtr = np.concatenate([X for X, y in parts])
  ytr = np.concatenate([y for X, y in parts])
  Xte, yte = load_CIFAR_batch(os.path.join(ROOT, 'test_batch'))
  return Xtr, ytr, Xte, yte
