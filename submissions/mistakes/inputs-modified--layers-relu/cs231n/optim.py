import numpy as np

"""
Update rules: each takes the weights, their gradient and a dictionary of settings,
and returns the new weights and the dictionary for the next step.
"""


def sgd(w, dw, config=None):
    """
    Plain stochastic gradient descent.

    config:
    - learning_rate: scalar
    """
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)

    w -= config["learning_rate"] * dw
    return w, config


def sgd_momentum(w, dw, config=None):
    """ For assignment 2. """
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))

    next_w = None
    # *****START OF YOUR CODE (DO NOT DELETE/MODIFY THIS LINE)*****

    pass

    # *****END OF YOUR CODE (DO NOT DELETE/MODIFY THIS LINE)*****
    config["velocity"] = v

    return next_w, config
