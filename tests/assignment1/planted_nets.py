"""A net of the course's form with any of the known mistakes in it.

Not edits of a text, as in submissions/: tests set what is wrong one by one, and right forms in the same way.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from reference import layers


class Planted:
    """`neural_net.TwoLayerNet`: the class attributes say what is wrong with it; by default nothing."""

    relu = True
    relu_on_scores = False
    mask = "z"
    hidden_for_w2 = "h"
    bias_factor: ClassVar[Any] = staticmethod(lambda n: 1.0)
    keepdims = False
    l2 = 1.0
    loss_l2: float | None = None
    gradient_l2: float | None = None
    regularized: tuple[str, ...] = ("W1", "W2")
    score_factor: ClassVar[Any] = staticmethod(lambda n: 1.0)
    indicator = True
    scaled = True
    dtype: Any = np.float64

    def __init__(self, input_size: int, hidden_size: int, output_size: int, std: float = 1e-4) -> None:
        scale = std if self.scaled else 1.0
        self.params = {
            "W1": scale * np.random.randn(input_size, hidden_size),
            "b1": np.zeros(hidden_size),
            "W2": scale * np.random.randn(hidden_size, output_size),
            "b2": np.zeros(output_size),
        }

    def loss(self, X: Any, y: Any = None, reg: float = 0.0) -> Any:
        X = X.astype(self.dtype)
        params = {name: value.astype(self.dtype) for name, value in self.params.items()}
        z = X @ params["W1"] + params["b1"]
        h = np.maximum(0, z) if self.relu else z
        unclipped = h @ params["W2"] + params["b2"]
        scores = np.maximum(0, unclipped) if self.relu_on_scores else unclipped
        if y is None:
            return scores
        loss, ds = layers.softmax_loss(scores, y)
        ds = ds * self.score_factor(len(X))
        if not self.indicator:
            ds[np.arange(len(X)), y] += 1 / len(X)
        if self.relu_on_scores:
            ds = ds * (unclipped > 0)
        dh = ds @ params["W2"].T
        masks = {"z": z > 0, "none": 1.0, "gradient": dh > 0}
        dz = dh * (masks[self.mask] if self.relu else 1.0)
        factor = self.bias_factor(len(X))
        grads = {
            "W1": X.T @ dz,
            "b1": factor * dz.sum(axis=0, keepdims=self.keepdims),
            "W2": (h if self.hidden_for_w2 == "h" else z).T @ ds,
            "b2": factor * ds.sum(axis=0, keepdims=self.keepdims),
        }
        of_loss = self.l2 if self.loss_l2 is None else self.loss_l2
        of_gradient = self.l2 if self.gradient_l2 is None else self.gradient_l2
        for name in self.regularized:
            loss += of_loss * reg * np.sum(params[name] ** 2)
            grads[name] = grads[name] + 2 * of_gradient * reg * params[name]
        return loss, grads

    def predict(self, X: Any) -> Any:
        return np.argmax(self.loss(X), axis=1)


ALL_PARAMETERS = ("W1", "b1", "W2", "b2")

#: What to set on `Planted` for each mistake.
PLANTS: dict[str, dict[str, Any]] = {
    "relu-mask-missing": {"mask": "none"},
    "relu-mask-from-gradient": {"mask": "gradient"},
    "relu-missing-in-forward": {"relu": False},
    "relu-on-scores": {"relu_on_scores": True},
    "hidden-gradient-from-preactivation": {"hidden_for_w2": "z"},
    "bias-gradient-not-divided-by-n": {"bias_factor": staticmethod(lambda n: n)},
    "bias-gradient-divided-by-n-twice": {"bias_factor": staticmethod(lambda n: 1 / n)},
    "bias-gradient-shape": {"keepdims": True},
    "biases-regularized": {"regularized": ALL_PARAMETERS},
    "forgot-regularization-gradient": {"gradient_l2": 0.0},
    "forgot-regularization-loss": {"loss_l2": 0.0},
    "forgot-regularization": {"l2": 0.0},
    "regularization-gradient-half": {"gradient_l2": 0.5},
    "regularization-gradient-double": {"loss_l2": 0.5},
    "gradient-not-divided-by-n": {"score_factor": staticmethod(lambda n: n)},
    "gradient-sign-flipped": {"score_factor": staticmethod(lambda n: -1.0)},
    "softmax-indicator-missing": {"indicator": False},
}


def planted(*mistakes: str, **settings: Any) -> type[Planted]:
    """The net with these mistakes."""
    attributes = {name: value for mistake in mistakes for name, value in PLANTS[mistake].items()}
    return type("TwoLayerNet", (Planted,), attributes | settings)
