import numpy as np
from matplotlib.colors import rgb_to_hsv
from scipy.ndimage import uniform_filter

def extract_features(imgs, feature_fns, verbose=False):
  """ All features of each image in one column: F x N """
  columns = []
  for i in xrange(imgs.shape[0]):
    img = imgs[i].squeeze()
    columns.append(np.hstack([fn(img) for fn in feature_fns]))
    if verbose and i % 1000 == 0:
      print 'features of %d / %d images' % (i, imgs.shape[0])
  return np.array(columns).T

def cell_means(a, size):
  """ mean over every size x size cell """
  return uniform_filter(a, size=(size, size))[size/2::size, size/2::size]

def hog_feature(im):
  """ Histogram of oriented gradients, 9 orientations in cells of 8 x 8 pixels """
  gray = im.dot([0.299, 0.587, 0.144])
  gx = np.zeros(gray.shape)
  gy = np.zeros(gray.shape)
  gx[:, :-1] = gray[:, 1:] - gray[:, :-1]
  gy[:-1, :] = gray[1:, :] - gray[:-1, :]
  strength = np.sqrt(gx ** 2 + gy ** 2)
  angle = np.degrees(np.arctan2(gy, gx + 1e-15)) + 90
  cells = []
  for k in xrange(9):
    here = (angle > 0) & (angle >= 20 * k) & (angle < 20 * (k + 1))
    cells.append(cell_means(np.where(here, strength, 0), 8).T)
  return np.dstack(cells).ravel()

def color_histogram_hsv(im, nbin=10):
  """ Histogram of the hue """
  hue = rgb_to_hsv(im / 255.0)[:, :, 0] * 255
  counts, edges = np.histogram(hue, bins=np.linspace(0, 255, nbin + 1))
  return counts / float(hue.size)
