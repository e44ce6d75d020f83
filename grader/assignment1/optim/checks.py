"""The update rules of 2025 and later: several steps from a given state, and from none."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.optim.mistakes import name_update
from grader.assignment1.optim.proxy import Step, UpdateRule
from grader.checking.check import check
from grader.checking.expect import Expect
from grader.student.answers import BadResult, as_array
from reference import optim as reference

__all__: list[str] = []  # `declared_in` finds the checks

RULES = [f"optim.{name}" for name in ("sgd_momentum", "rmsprop", "adam")]
STEPS = 4
#: Settings unlike the defaults, so that a default used in their place shows. Epsilon stays at 1e-8, where it
#: cannot be seen whether it is added inside or outside of the root: people do both.
SETTINGS: Mapping[str, Mapping[str, float]] = {
    "sgd_momentum": {"learning_rate": 0.03, "momentum": 0.7},
    "rmsprop": {"learning_rate": 0.03, "decay_rate": 0.8},
    "adam": {"learning_rate": 0.03, "beta1": 0.8, "beta2": 0.95},
}
#: What a rule keeps from step to step.
STATE = {"sgd_momentum": ("velocity",), "rmsprop": ("cache",), "adam": ("m", "v")}
REFERENCE: Mapping[str, Callable[..., Any]] = {
    "sgd_momentum": reference.sgd_momentum,
    "rmsprop": reference.rmsprop,
    "adam": reference.adam,
}
FORMULAS = {
    "sgd_momentum": "v = momentum * v - learning_rate * dw; next_w = w + v",
    "rmsprop": "cache = decay_rate * cache + (1 - decay_rate) * dw**2; "
    "next_w = w - learning_rate * dw / (np.sqrt(cache) + epsilon)",
    "adam": "raise t first; m and v are running means, mt = m / (1 - beta1**t), vt = v / (1 - beta2**t); "
    "next_w = w - learning_rate * mt / (np.sqrt(vt) + epsilon)",
}


class Descent(NamedTuple):
    """Weights w (4, 5), one gradient for each step, and two states for the means that a rule keeps.

    One entry's gradient is always 0: without epsilon it is divided by 0.
    """

    w: NDArray[np.float64]
    gradients: NDArray[np.float64]
    state: NDArray[np.float64]


@functools.lru_cache(maxsize=8)
def _descent(seed: int) -> Descent:
    rng = np.random.default_rng([seed, 41])
    # Not small, so that epsilon inside or outside of the root makes no difference.
    gradients = rng.uniform(0.5, 2.0, (STEPS, 4, 5)) * rng.choice([-1.0, 1.0], (STEPS, 4, 5))
    w, gradients[:, 0, 0] = rng.standard_normal((4, 5)), 0.0
    return Descent(w, gradients, rng.uniform(0.1, 1, (2, 4, 5)))


@check("update", of=RULES)
def update(rule: UpdateRule, expect: Expect, seed: int) -> None:
    """Several steps from a given state match the update formula."""
    descent = _descent(seed)
    config: dict[str, Any] = dict(SETTINGS[rule.name])
    config |= {name: values.copy() for name, values in zip(STATE[rule.name], descent.state, strict=False)}
    if rule.name == "adam":
        config["t"] = 5
    _expect_steps(rule, expect, descent, config)


@check("update_from_nothing", of=RULES, needs=update)
def update_from_nothing(rule: UpdateRule, expect: Expect, seed: int) -> None:
    """The first steps, with the default settings, match the update formula."""
    _expect_steps(rule, expect, _descent(seed), None)


def _expect_steps(
    rule: UpdateRule, expect: Expect, descent: Descent, config: Mapping[str, Any] | None
) -> None:
    made = rule.steps(descent.w.copy(), list(descent.gradients), config)
    w, state = descent.w, None if config is None else dict(config)
    mistake = _named(rule, descent, config, made)
    for number, (step, dw) in enumerate(zip(made, descent.gradients, strict=True), start=1):
        w, state = REFERENCE[rule.name](w, dw, state)
        advice = FORMULAS[rule.name]
        if not expect.close(step.weights, w, f"next_w after step {number}", help=advice, mistake=mistake):
            return
        for name in STATE[rule.name]:
            kept = _kept(step, name, w.shape)
            what = f'config["{name}"] after step {number}'
            if not expect.close(kept, state[name], what, help=advice, mistake=mistake):
                return


def _named(
    rule: UpdateRule, descent: Descent, config: Mapping[str, Any] | None, made: Sequence[Step]
) -> str | None:
    """The mistake behind steps from a given state; of those from none, that nothing guards the division."""
    pairs = list(zip(made, descent.gradients, strict=True))
    if config is None:
        return (
            "update-epsilon-missing" if any(_is_undefined(step.weights, dw) for step, dw in pairs) else None
        )
    if any(np.shape(step.weights) != descent.w.shape for step in made):
        return None
    return name_update(rule.name, descent.w, list(descent.gradients), config, made)


def _is_undefined(weights: NDArray[np.float64], dw: NDArray[np.float64]) -> bool:
    """Whether the weights are nan where the gradient is 0, and only there."""
    return np.shape(weights) == dw.shape and np.array_equal(np.isnan(weights), dw == 0)


def _kept(step: Step, name: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    if name not in step.config:
        raise BadResult(f'config has no "{name}" after a step', f'store it: config["{name}"] = …')
    return as_array(step.config[name], shape, f'config["{name}"]')
