"""First-order update rules with the course's formulas and defaults.

Each takes the weights w, their gradient dw (same shape) and a configuration, and returns the next weights and
the next configuration. Missing entries get their defaults; neither w nor the configuration given is changed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.arrays import Floats

__all__ = ["Config", "adam", "rmsprop", "sgd", "sgd_momentum"]

Config = dict[str, Any]


def sgd(w: Floats, dw: Floats, config: Config | None = None) -> tuple[Floats, Config]:
    """w - learning_rate * dw."""
    config = {"learning_rate": 1e-2, **(config or {})}
    return w - config["learning_rate"] * dw, config


def sgd_momentum(w: Floats, dw: Floats, config: Config | None = None) -> tuple[Floats, Config]:
    """v = momentum * v - learning_rate * dw; w + v. The configuration keeps v as `velocity`, at first 0."""
    config = {"learning_rate": 1e-2, "momentum": 0.9, "velocity": np.zeros_like(w), **(config or {})}
    config["velocity"] = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    return w + config["velocity"], config


def rmsprop(w: Floats, dw: Floats, config: Config | None = None) -> tuple[Floats, Config]:
    """Steps divided by the root of a running mean of squared gradients (Tieleman & Hinton 2012).

    cache = decay_rate * cache + (1 - decay_rate) * dw^2; w - learning_rate * dw / (sqrt(cache) + epsilon).
    """
    defaults = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8, "cache": np.zeros_like(w)}
    config = {**defaults, **(config or {})}
    decay = config["decay_rate"]
    config["cache"] = decay * config["cache"] + (1 - decay) * dw**2
    return w - config["learning_rate"] * dw / (np.sqrt(config["cache"]) + config["epsilon"]), config


def adam(w: Floats, dw: Floats, config: Config | None = None) -> tuple[Floats, Config]:
    """Running means m of the gradient and v of its square, corrected for starting at 0 (Kingma & Ba 2014).

    t counts the steps, from 1 within the first one; the means are divided by 1 - beta^t, then
    w - learning_rate * m / (sqrt(v) + epsilon).
    """
    defaults = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0}
    config = {**defaults, "m": np.zeros_like(w), "v": np.zeros_like(w), **(config or {})}
    beta1, beta2 = config["beta1"], config["beta2"]
    config["t"] += 1
    config["m"] = beta1 * config["m"] + (1 - beta1) * dw
    config["v"] = beta2 * config["v"] + (1 - beta2) * dw**2
    m = config["m"] / (1 - beta1 ** config["t"])
    v = config["v"] / (1 - beta2 ** config["t"])
    return w - config["learning_rate"] * m / (np.sqrt(v) + config["epsilon"]), config
