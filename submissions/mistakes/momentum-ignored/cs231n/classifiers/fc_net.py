from builtins import range
from builtins import object
import os
import numpy as np

from ..layers import *
from ..layer_utils import *


class TwoLayerNet(object):
    """
    affine - relu - affine - softmax, built from layers.

    There is no training here, a Solver does that with self.params and self.loss.
    """

    def __init__(
        self,
        input_dim=3 * 32 * 32,
        hidden_dim=100,
        num_classes=10,
        weight_scale=1e-3,
        reg=0.0,
    ):
        """
        Initialize a new network.

        Inputs:
        - input_dim, hidden_dim, num_classes: sizes of the layers
        - weight_scale: standard deviation of the random weights
        - reg: L2 regularization strength
        """
        self.params = {}
        self.reg = reg

        self.params["W1"] = weight_scale * np.random.randn(input_dim, hidden_dim)
        self.params["b1"] = np.zeros(hidden_dim)
        self.params["W2"] = weight_scale * np.random.randn(hidden_dim, num_classes)
        self.params["b2"] = np.zeros(num_classes)

    def loss(self, X, y=None):
        """
        Scores of shape (N, C) if y is None, otherwise loss and gradients.

        Inputs:
        - X: numpy array of shape (N, d_1, ..., d_k)
        - y: numpy array of shape (N,) with labels
        """
        scores = None

        W1, b1 = self.params["W1"], self.params["b1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        hidden, hidden_cache = affine_relu_forward(X, W1, b1)
        scores, scores_cache = affine_forward(hidden, W2, b2)

        # If y is None then we are in test mode so just return scores
        if y is None:
            return scores

        loss, grads = 0, {}

        loss, dscores = softmax_loss(scores, y)
        loss += 0.5 * self.reg * (np.sum(W1 * W1) + np.sum(W2 * W2))

        dhidden, dW2, grads["b2"] = affine_backward(dscores, scores_cache)
        dX, dW1, grads["b1"] = affine_relu_backward(dhidden, hidden_cache)
        grads["W2"] = dW2 + self.reg * W2
        grads["W1"] = dW1 + self.reg * W1

        return loss, grads

    def save(self, fname):
        """Save model parameters."""
        fpath = os.path.join(os.path.dirname(__file__), "../saved/", fname)
        np.save(fpath, self.params)
        print(fname, "saved.")

    def load(self, fname):
        """Load model parameters; tells whether there were any."""
        fpath = os.path.join(os.path.dirname(__file__), "../saved/", fname)
        if not os.path.exists(fpath):
            print(fname, "not available.")
            return False
        params = np.load(fpath, allow_pickle=True).item()
        self.params = params
        print(fname, "loaded.")
        return True


class FullyConnectedNet(object):
    """
    {affine - relu} x (L - 1) - affine - softmax with any number of hidden layers.

    The parameters are in self.params (W1, b1, W2, b2, ...); a Solver learns them.
    Normalization and dropout come in assignment 2.
    """

    def __init__(
        self,
        hidden_dims,
        input_dim=3 * 32 * 32,
        num_classes=10,
        dropout_keep_ratio=1,
        normalization=None,
        reg=0.0,
        weight_scale=1e-2,
        dtype=np.float32,
        seed=None,
    ):
        """
        Initialize a new network.

        Inputs:
        - hidden_dims: list with the size of each hidden layer
        - input_dim, num_classes: sizes of input and output
        - dropout_keep_ratio: 1 means no dropout
        - normalization: "batchnorm", "layernorm" or None
        - reg: L2 regularization strength
        - weight_scale: standard deviation of the random weights
        - dtype: all computations are done with this type
        - seed: for the dropout layers
        """
        self.normalization = normalization
        self.use_dropout = dropout_keep_ratio != 1
        self.reg = reg
        self.num_layers = 1 + len(hidden_dims)
        self.dtype = dtype
        self.params = {}

        sizes = [input_dim] + list(hidden_dims) + [num_classes]
        for i in range(self.num_layers):
            self.params["W%d" % (i + 1)] = weight_scale * np.random.randn(sizes[i], sizes[i + 1])
            self.params["b%d" % (i + 1)] = np.zeros(sizes[i + 1])

        # Cast all parameters to the correct datatype.
        for k, v in self.params.items():
            self.params[k] = v.astype(dtype)

    def loss(self, X, y=None):
        """
        Scores of shape (N, C) if y is None, otherwise loss and gradients.
        """
        X = X.astype(self.dtype)
        mode = "test" if y is None else "train"
        L = self.num_layers

        caches = {}
        out = X
        for i in range(1, L):
            out, caches[i] = affine_relu_forward(out, self.params["W%d" % i], self.params["b%d" % i])
        scores, caches[L] = affine_forward(out, self.params["W%d" % L], self.params["b%d" % L])

        if mode == "test":
            return scores

        loss, grads = 0.0, {}
        loss, dout = softmax_loss(scores, y)
        for i in range(L, 0, -1):
            backward = affine_backward if i == L else affine_relu_backward
            W = self.params["W%d" % i]
            loss += 0.5 * self.reg * np.sum(W ** 2)
            dout, dW, db = backward(dout, caches[i])
            grads["W%d" % i] = dW + self.reg * W
            grads["b%d" % i] = db

        return loss, grads

    def save(self, fname):
        """Save model parameters."""
        fpath = os.path.join(os.path.dirname(__file__), "../saved/", fname)
        np.save(fpath, self.params)
        print(fname, "saved.")

    def load(self, fname):
        """Load model parameters; tells whether there were any."""
        fpath = os.path.join(os.path.dirname(__file__), "../saved/", fname)
        if not os.path.exists(fpath):
            print(fname, "not available.")
            return False
        params = np.load(fpath, allow_pickle=True).item()
        self.params = params
        print(fname, "loaded.")
        return True
