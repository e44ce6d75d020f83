"""A few steps of an update rule, of one weight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.optim.checks import REFERENCE, STATE
from grader.assignment1.optim.proxy import UpdateRule, UpdateRules
from grader.checking.check import Setting
from grader.diagnosis.examples.digits import as_python, plain
from grader.diagnosis.examples.posed import Posed
from grader.result import CheckResult

__all__ = ["update_examples"]

Floats = NDArray[np.float64]
W = np.array([1.0])
#: The gradient at each step. The last has a 0, which is divided by 0 where nothing guards it.
GRADIENTS = ((2.0,), (2.0, 1.0, -1.0), (0.0, 1.0, -1.0))


@dataclass(frozen=True)
class Start:
    """The settings of a rule, and what it kept before the first step: a number for each of STATE."""

    settings: Mapping[str, float]
    state: Sequence[float]
    t: int | None = None


STARTS: Mapping[str, Sequence[Start]] = {
    "sgd_momentum": (
        Start({"learning_rate": 0.1, "momentum": 0.5}, [0.0]),
        Start({"learning_rate": 0.1, "momentum": 0.5}, [1.0]),
    ),
    "rmsprop": (
        Start({"learning_rate": 0.1, "decay_rate": 0.75}, [1.0]),
        Start({"learning_rate": 0.1, "decay_rate": 0.75}, [4.0]),
    ),
    "adam": (
        Start({"learning_rate": 0.1, "beta1": 0.5, "beta2": 0.75}, [0.0, 0.0], 0),
        Start({"learning_rate": 0.1, "beta1": 0.5, "beta2": 0.75}, [1.0, 4.0], 1),
    ),
}


def update_examples(subject: Any, check: CheckResult, setting: Setting) -> Iterator[Posed]:
    """Problems for a failed check of an update rule: what each step adds to w, then what it keeps."""
    rules: UpdateRules = subject.optim
    rule = {one.role: one for one in (rules.sgd_momentum, rules.rmsprop, rules.adam)}.get(check.role)
    if rule is None or check.statement not in ("update", "update_from_nothing"):
        return
    starts: Sequence[Start | None] = STARTS[rule.name] if check.statement == "update" else [None]
    tried = [(start, gradients) for gradients in GRADIENTS for start in starts]
    yield from (_changes(rule, start, gradients) for start, gradients in tried)
    for name in STATE[rule.name]:
        yield from (_kept(rule, start, gradients, name) for start, gradients in tried)


def _config(rule: UpdateRule, start: Start | None) -> dict[str, Any] | None:
    """A new configuration, as a rule may change it in place."""
    if start is None:
        return None
    state = {name: np.array([value]) for name, value in zip(STATE[rule.name], start.state, strict=True)}
    return {**start.settings, **state, **({} if start.t is None else {"t": start.t})}


def _steps(rule: UpdateRule, start: Start | None, gradients: Sequence[float]) -> list[Any]:
    """What the reference gives: (next_w, config) of each step."""
    made: list[Any] = []
    w, config = W, _config(rule, start)
    for gradient in gradients:
        w, config = REFERENCE[rule.name](w, np.array([gradient]), config)
        made.append((w, config))
    return made


def _asked(rule: UpdateRule, start: Start | None, gradients: Sequence[float]) -> list[Any]:
    return list(rule.steps(W.copy(), [np.array([each]) for each in gradients], _config(rule, start)))


def _changes(rule: UpdateRule, start: Start | None, gradients: Sequence[float]) -> Posed:
    return _posed(rule, start, gradients, "what a step adds to w", _added)


def _added(made: Sequence[Any]) -> Floats:
    weights = [W, *(next_w for next_w, _ in made)]
    return np.diff(np.concatenate(weights))


def _kept(rule: UpdateRule, start: Start | None, gradients: Sequence[float], name: str) -> Posed:
    def kept(made: Sequence[Any]) -> Any:
        return [np.asarray(config.get(name)).tolist() for _, config in made]

    return _posed(rule, start, gradients, f'config["{name}"] after a step', kept)


def _posed(rule: UpdateRule, start: Start | None, gradients: Sequence[float], what: str, read: Any) -> Posed:
    return Posed(
        about=what,
        given=[f"w = {as_python(W)}", *_written(rule, start)],
        ask=lambda: np.ravel(read(_asked(rule, start, gradients))),
        right=[np.ravel(read(_steps(rule, start, gradients)))],
        columns=[f"step {number}" for number in range(1, 1 + len(gradients))],
        beside={"dw": gradients},
    )


def _written(rule: UpdateRule, start: Start | None) -> list[str]:
    if start is None:
        return ["config = None"]
    config = _config(rule, start) or {}
    return [
        f"{name} = {as_python(value) if isinstance(value, np.ndarray) else plain(value)}"
        for name, value in config.items()
    ]
