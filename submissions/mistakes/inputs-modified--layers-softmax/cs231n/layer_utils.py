from .layers import *


def affine_relu_forward(x, w, b):
    """
    An affine transform followed by a ReLU.

    Returns a tuple of:
    - out: output of the ReLU
    - cache: what the backward pass needs
    """
    a, fc_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (fc_cache, relu_cache)


def affine_relu_backward(dout, cache):
    """
    Backward pass of the affine-relu layer; returns dx, dw, db.
    """
    fc_cache, relu_cache = cache
    da = relu_backward(dout, relu_cache)
    return affine_backward(da, fc_cache)
