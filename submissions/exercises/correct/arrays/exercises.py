import numpy as np


def numerical_gradient(f, x, h=1e-5):
    x = np.array(x, dtype=float)
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        upper = f(x)
        x[i] = old - h
        lower = f(x)
        x[i] = old
        grad[i] = (upper - lower) / (2 * h)
    return grad
