"""Make a notebook's trainings short while it runs. Runs inside the wall: standard library and numpy only."""

from __future__ import annotations

import builtins
import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .loader import submission_path

__all__ = ["ShortTrainings"]

#: What trainings call their number of steps.
_STEPS = ("num_iters", "num_iterations", "n_iters", "iters", "max_iters", "iterations")
_USUAL_BATCH = 200
#: Validation images of a training of a few steps.
_VALIDATED = 100
_EPOCHS = ("num_epochs", "epochs", "n_epochs")


class ShortTrainings:
    """Limits the steps of each training: of the first few in a cell, and of all after them.

    Grids keep their size, since plots need every one of their keys.
    """

    def __init__(self, full: int, first: int, rest: int) -> None:
        """`first` steps for the `full` first trainings of a cell, `rest` for the others."""
        self.full, self.first, self.rest = full, first, rest
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
        train = vars(built).get("train") if isinstance(built, type) else None
        if not inspect.isfunction(train):
            return
        names = inspect.signature(train).parameters
        steps = next((name for name in (*_STEPS, *_EPOCHS) if name in names), None)
        if steps is not None:
            built.train = self._with_limited_argument(train, steps)
        elif len(names) == 1:
            built.train = self._with_limited_epochs(train)

    def _limit(self, batch_size: Any) -> int:
        """How many steps the training that begins now may take; fewer where each has many examples."""
        self.trainings += 1
        limit = self.first if self.trainings <= self.full else self.rest
        if isinstance(batch_size, (int, np.integer)) and batch_size > _USUAL_BATCH:
            return max(limit * _USUAL_BATCH // int(batch_size), self.rest)
        return limit

    def _with_limited_argument(self, train: Callable[..., Any], steps: str) -> Callable[..., Any]:
        signature = inspect.signature(train)

        @functools.wraps(train)
        def short(*args: Any, **kwargs: Any) -> Any:
            try:
                bound = signature.bind(*args, **kwargs)
            except TypeError:
                return train(*args, **kwargs)
            bound.apply_defaults()
            limit = self._limit(bound.arguments.get("batch_size")) if steps in _STEPS else 1
            asked = bound.arguments[steps]
            if isinstance(asked, (int, float, np.number)) and asked > limit:
                bound.arguments[steps] = limit
                self.shortened = True
            return train(*bound.args, **bound.kwargs)

        return short

    def _with_limited_epochs(self, train: Callable[..., Any]) -> Callable[..., Any]:
        """The course's Solver: its number of epochs and its images are attributes."""

        @functools.wraps(train)
        def short(solver: Any, *args: Any, **kwargs: Any) -> Any:
            epochs, size = getattr(solver, "num_epochs", None), getattr(solver, "batch_size", _USUAL_BATCH)
            if isinstance(epochs, (int, float)) and isinstance(size, (int, np.integer)) and size > 0:
                limit = self._limit(size)
                per_epoch = max(len(getattr(solver, "X_train", ())) // size, 1)
                self.shortened = self.shortened or epochs * per_epoch > limit
                if limit < per_epoch:
                    _keep_first(solver, {"train": limit * int(size), "val": _VALIDATED})
                solver.num_epochs = min(epochs, max(limit // per_epoch, 1))
            return train(solver, *args, **kwargs)

        return short


def _keep_first(solver: Any, counts: dict[str, int]) -> None:
    for split, count in counts.items():
        for name in (f"X_{split}", f"y_{split}"):
            if hasattr(solver, name):
                setattr(solver, name, getattr(solver, name)[:count])


def _clipped(choice: Callable[..., Any]) -> Callable[..., Any]:
    """`np.random.choice` that draws no more without replacement than there is."""

    @functools.wraps(choice)
    def draw(a: Any, size: Any = None, replace: bool = True, p: Any = None) -> Any:
        there = int(a) if np.ndim(a) == 0 else len(a)
        if not replace and isinstance(size, (int, np.integer)) and size > there:
            size = there
        return choice(a, size, replace, p)

    return draw
