"""Make a notebook's trainings short while it runs. Runs inside the wall: standard library and numpy only.

What trainings are called is handed in, as plain values:

    method      the method that trains: of a class that takes its steps as an argument, or as an attribute
    steps       names of the argument that is the number of steps
    epochs      names of the argument, and of the attribute, that is the number of epochs
    batch_size  name of the argument, and of the attribute
    data        {"train": [...], "val": [...]}: attributes that hold the training and the validation images
    full, first, rest    `first` steps for the `full` first trainings of a cell, `rest` for the others
"""

from __future__ import annotations

import builtins
import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .places import submission_path

__all__ = ["ShortTrainings"]

_USUAL_BATCH = 200
#: Validation images of a training of a few steps.
_VALIDATED = 100


class ShortTrainings:
    """Limits the steps of each training: of the first few in a cell, and of all after them.

    Grids keep their size, since plots need every one of their keys.
    """

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names
        self.trainings = 0
        self.shortened = False

    def install(self) -> None:
        """Watch every class that the submission defines, and keep draws within what is there."""
        build = builtins.__build_class__

        def build_class(body: Any, name: str, *bases: Any, **keywords: Any) -> Any:
            built = build(body, name, *bases, **keywords)
            if submission_path(body.__code__.co_filename) is not None:
                self._wrap(built)
            return built

        vars(builtins)["__build_class__"] = build_class
        np.random.choice = _clipped(np.random.choice)

    def start_cell(self) -> None:
        self.trainings = 0

    def _wrap(self, built: Any) -> None:
        method = self.names["method"]
        train = vars(built).get(method) if isinstance(built, type) else None
        if not inspect.isfunction(train):
            return
        parameters = inspect.signature(train).parameters
        lengths = (*self.names["steps"], *self.names["epochs"])
        length = next((name for name in lengths if name in parameters), None)
        if length is not None:
            setattr(built, method, self._with_limited_argument(train, length))
        elif len(parameters) == 1:
            setattr(built, method, self._with_limited_epochs(train))

    def _limit(self, batch_size: Any) -> int:
        """How many steps the training that begins now may take; fewer where each has many examples."""
        self.trainings += 1
        rest: int = self.names["rest"]
        limit = self.names["first"] if self.trainings <= self.names["full"] else rest
        if isinstance(batch_size, (int, np.integer)) and batch_size > _USUAL_BATCH:
            return max(limit * _USUAL_BATCH // int(batch_size), rest)
        return int(limit)

    def _with_limited_argument(self, train: Callable[..., Any], length: str) -> Callable[..., Any]:
        signature = inspect.signature(train)

        @functools.wraps(train)
        def short(*args: Any, **kwargs: Any) -> Any:
            try:
                bound = signature.bind(*args, **kwargs)
            except TypeError:
                return train(*args, **kwargs)
            bound.apply_defaults()
            batch_size = bound.arguments.get(self.names["batch_size"])
            limit = self._limit(batch_size) if length in self.names["steps"] else 1
            asked = bound.arguments[length]
            if isinstance(asked, (int, float, np.number)) and asked > limit:
                bound.arguments[length] = limit
                self.shortened = True
            return train(*bound.args, **bound.kwargs)

        return short

    def _with_limited_epochs(self, train: Callable[..., Any]) -> Callable[..., Any]:
        """For an object whose number of epochs and images are attributes."""

        @functools.wraps(train)
        def short(trainer: Any, *args: Any, **kwargs: Any) -> Any:
            attribute = self.names["epochs"][0]
            epochs, size = (
                getattr(trainer, attribute, None),
                getattr(trainer, self.names["batch_size"], _USUAL_BATCH),
            )
            if isinstance(epochs, (int, float)) and isinstance(size, (int, np.integer)) and size > 0:
                setattr(trainer, attribute, self._shortened_epochs(trainer, epochs, int(size)))
            return train(trainer, *args, **kwargs)

        return short

    def _shortened_epochs(self, trainer: Any, epochs: float, size: int) -> float:
        """How many epochs it trains; with fewer images, if one epoch of them all is too long."""
        data, limit = self.names["data"], self._limit(size)
        per_epoch = max(len(getattr(trainer, data["train"][0], ())) // size, 1)
        self.shortened = self.shortened or epochs * per_epoch > limit
        if limit < per_epoch:
            _keep_first(trainer, data["train"], limit * size)
            _keep_first(trainer, data["val"], _VALIDATED)
        return min(epochs, max(limit // per_epoch, 1))


def _keep_first(trainer: Any, names: list[str], count: int) -> None:
    for name in names:
        if hasattr(trainer, name):
            setattr(trainer, name, getattr(trainer, name)[:count])


def _clipped(choice: Callable[..., Any]) -> Callable[..., Any]:
    """`np.random.choice` that draws no more without replacement than there is."""

    @functools.wraps(choice)
    def draw(a: Any, size: Any = None, replace: bool = True, p: Any = None) -> Any:
        there = int(a) if np.ndim(a) == 0 else len(a)
        if not replace and isinstance(size, (int, np.integer)) and size > there:
            size = there
        return choice(a, size, replace, p)

    return draw
