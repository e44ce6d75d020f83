"""The training loop for models of layers: minibatches, a rule of `optim`, the best parameters kept."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import optim

__all__ = ["Solver"]

Array = NDArray[Any]

_OPTIONS: dict[str, Any] = {
    "update_rule": "sgd",
    "optim_config": {},
    "lr_decay": 1.0,
    "batch_size": 100,
    "num_epochs": 10,
    "num_train_samples": 1000,
    "num_val_samples": None,
    "checkpoint_name": None,
    "print_every": 10,
    "verbose": True,
}


class Solver:
    """Trains `model`, which has a dict `params` and `loss(X, y)` → (loss, grads), `loss(X)` → scores.

    `data` holds X_train, y_train, X_val, y_val. After `train`, `model.params` are those of the best
    validation accuracy; `loss_history`, `train_acc_history` and `val_acc_history` tell the course of it.
    """

    def __init__(self, model: Any, data: dict[str, Array], **kwargs: Any) -> None:
        unknown = kwargs.keys() - _OPTIONS.keys()
        if unknown:
            raise ValueError("Unrecognized arguments " + ", ".join(f'"{name}"' for name in sorted(unknown)))
        options = {**_OPTIONS, **kwargs}
        if not hasattr(optim, options["update_rule"]):
            raise ValueError(f'Invalid update_rule "{options["update_rule"]}"')
        self.model = model
        self.X_train, self.y_train = data["X_train"], data["y_train"]
        self.X_val, self.y_val = data["X_val"], data["y_val"]
        self.update_rule = getattr(optim, options["update_rule"])
        self.optim_config: dict[str, Any] = options["optim_config"]
        self.lr_decay: float = options["lr_decay"]
        self.batch_size: int = options["batch_size"]
        self.num_epochs: int = options["num_epochs"]
        self.num_train_samples: int | None = options["num_train_samples"]
        self.num_val_samples: int | None = options["num_val_samples"]
        self.checkpoint_name: str | None = options["checkpoint_name"]
        self.print_every: int = options["print_every"]
        self.verbose: bool = options["verbose"]
        self._reset()

    def _reset(self) -> None:
        self.epoch = 0
        self.best_val_acc = 0.0
        self.best_params: dict[str, Array] = {}
        self.loss_history: list[float] = []
        self.train_acc_history: list[float] = []
        self.val_acc_history: list[float] = []
        self.optim_configs = {name: dict(self.optim_config) for name in self.model.params}

    def _step(self) -> None:
        """One update from one minibatch, drawn with replacement."""
        chosen = np.random.choice(self.X_train.shape[0], self.batch_size)
        loss, grads = self.model.loss(self.X_train[chosen], self.y_train[chosen])
        self.loss_history.append(loss)
        for name, w in self.model.params.items():
            next_w, config = self.update_rule(w, grads[name], self.optim_configs[name])
            self.model.params[name] = next_w
            self.optim_configs[name] = config

    def _save_checkpoint(self) -> None:
        if self.checkpoint_name is None:
            return
        filename = f"{self.checkpoint_name}_epoch_{self.epoch}.pkl"
        if self.verbose:
            print(f'Saving checkpoint to "{filename}"')
        kept = ["model", "update_rule", "lr_decay", "optim_config", "batch_size", "num_train_samples"]
        kept += ["num_val_samples", "epoch", "loss_history", "train_acc_history", "val_acc_history"]
        with open(filename, "wb") as f:  # noqa: PTH123 - notebooks redirect `open`
            pickle.dump({name: getattr(self, name) for name in kept}, f)

    def check_accuracy(
        self, X: Array, y: Array, num_samples: int | None = None, batch_size: int = 100
    ) -> float:
        """The share of X (N, …) that the model labels as y (N,), on at most `num_samples` of them."""
        if num_samples is not None and X.shape[0] > num_samples:
            chosen = np.random.choice(X.shape[0], num_samples)
            X, y = X[chosen], y[chosen]
        starts = range(0, X.shape[0], batch_size)
        scores = [self.model.loss(X[start : start + batch_size]) for start in starts]
        return float(np.mean(np.hstack([np.argmax(s, axis=1) for s in scores]) == y))

    def train(self) -> None:
        """All epochs; accuracies are taken at the first step, the last, and after each epoch."""
        per_epoch = max(self.X_train.shape[0] // self.batch_size, 1)
        total = self.num_epochs * per_epoch
        for t in range(total):
            self._step()
            if self.verbose and t % self.print_every == 0:
                print(f"(Iteration {t + 1} / {total}) loss: {self.loss_history[-1]:f}")
            epoch_ends = (t + 1) % per_epoch == 0
            if epoch_ends:
                self.epoch += 1
                for config in self.optim_configs.values():
                    config["learning_rate"] *= self.lr_decay
            if t == 0 or t == total - 1 or epoch_ends:
                self._take_accuracies()
        self.model.params = self.best_params

    def _take_accuracies(self) -> None:
        train = self.check_accuracy(self.X_train, self.y_train, self.num_train_samples)
        val = self.check_accuracy(self.X_val, self.y_val, self.num_val_samples)
        self.train_acc_history.append(train)
        self.val_acc_history.append(val)
        self._save_checkpoint()
        if self.verbose:
            print(f"(Epoch {self.epoch} / {self.num_epochs}) train acc: {train:f}; val_acc: {val:f}")
        if val > self.best_val_acc:
            self.best_val_acc = val
            self.best_params = {name: w.copy() for name, w in self.model.params.items()}
