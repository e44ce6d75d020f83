import numpy as np


def numerical_gradient(f, x, h=0.00001):
    if x.dtype != np.float64:
        x = x.astype(np.float64)
    fx = f(x)
    grad = np.zeros(x.shape)
    it = np.nditer(x, flags=['multi_index'], op_flags=['readwrite'])
    while not it.finished:
        ix = it.multi_index
        old_value = x[ix]
        x[ix] = old_value + h
        fxh = f(x)
        x[ix] = old_value
        grad[ix] = (fxh - fx) / h
        it.iternext()
    return grad
