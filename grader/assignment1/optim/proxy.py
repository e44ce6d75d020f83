"""The update rules of one student's `optim.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grader.student.answers import BadResult, as_array, describe, not_done
from grader.student.calls import Student

__all__ = ["Step", "UpdateRule", "UpdateRules"]

Array = NDArray[Any]


class Step(NamedTuple):
    """The next weights, of w's shape, and the next configuration."""

    weights: NDArray[np.float64]
    config: Mapping[str, Any]


class UpdateRule:
    """`rule(w, dw, config) -> (next_w, config)`."""

    def __init__(self, student: Student, name: str) -> None:
        self.student = student
        self.name = name
        self.role = f"optim.{name}"

    def steps(self, w: Array, gradients: Sequence[Array], config: Mapping[str, Any] | None) -> list[Step]:
        """One step for each gradient, each with the configuration that the one before returned.

        Raises:
            StudentMissing: a stub. BadResult: no pair (next_w, config).
        """
        made: list[Step] = []
        for dw in gradients:
            step = self._step(w, dw, config)
            made.append(step)
            w, config = step
        return made

    def _step(self, w: Array, dw: Array, config: Mapping[str, Any] | None) -> Step:
        value = self.student.call(self.role, w, dw, None if config is None else dict(config)).value
        label = self.student.site(self.role).label
        if value is None or (isinstance(value, (tuple, list)) and len(value) == 2 and value[0] is None):
            raise not_done(label, value, "None as next_w")
        if not isinstance(value, (tuple, list)) or len(value) != 2 or not isinstance(value[1], dict):
            raise BadResult(f"`{label}` returned {describe(value)}", "return the pair (next_w, config)")
        return Step(as_array(value[0], w.shape, "next_w"), value[1])


class UpdateRules:
    """The roles of `optim.py`."""

    def __init__(self, student: Student) -> None:
        self.sgd_momentum = UpdateRule(student, "sgd_momentum")
        self.rmsprop = UpdateRule(student, "rmsprop")
        self.adam = UpdateRule(student, "adam")
