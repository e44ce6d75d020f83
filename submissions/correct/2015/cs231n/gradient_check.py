import numpy as np
from random import randrange

def eval_numerical_gradient(f, x):
  """ Centered difference quotients of f at x, entry by entry """
  h = 0.00001
  grad = np.zeros(x.shape)
  it = np.nditer(x, flags=['multi_index'])
  while not it.finished:
    ix = it.multi_index
    old = x[ix]
    x[ix] = old + h
    up = f(x)
    x[ix] = old - h
    down = f(x)
    x[ix] = old
    grad[ix] = (up - down) / (2 * h)
    print ix, grad[ix]
    it.iternext()
  return grad

def grad_check_sparse(f, x, analytic_grad, num_checks):
  """ Compare a few random entries of the gradient """
  h = 1e-5
  for i in xrange(num_checks):
    ix = tuple([randrange(m) for m in x.shape])
    old = x[ix]
    x[ix] = old + h
    up = f(x)
    x[ix] = old - h
    down = f(x)
    x[ix] = old
    numeric = (up - down) / (2 * h)
    analytic = analytic_grad[ix]
    rel = abs(numeric - analytic) / (abs(numeric) + abs(analytic))
    print 'numerical: %f analytic: %f, relative error: %e' % (numeric, analytic, rel)
