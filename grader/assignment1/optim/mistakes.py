"""Name the mistake of an update rule by simulating several steps, each from the state the last one left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.checking.compare import agree

__all__ = ["name_update"]

Array = NDArray[Any]
Config = Mapping[str, Any]
Rule = Callable[[Array, Array, Config], tuple[Array, Config]]


def name_update(
    rule: str, w: Array, gradients: Sequence[Array], config: Config, made: Sequence[tuple[Any, Config]]
) -> str | None:
    """The mistake that gives all these steps (next_w, config) of `rule`; None when none is known, or several.

    Args:
        config: the state before the first step, with every setting.
    """
    found = [m for m, variant in _VARIANTS[rule].items() if _gives(variant, w, gradients, config, made)]
    return found[0] if len(found) == 1 else None


def _gives(
    variant: Rule, w: Array, gradients: Sequence[Array], config: Config, made: Sequence[tuple[Any, Config]]
) -> bool:
    for dw, (next_w, kept) in zip(gradients, made, strict=True):
        with np.errstate(all="ignore"):
            w, config = variant(w, dw, config)
        state = {name: value for name, value in config.items() if isinstance(value, np.ndarray)}
        pairs = [(next_w, w), *((kept.get(name), value) for name, value in state.items())]
        if not all(agree(found, value) for found, value in pairs):
            return False
    return True


def _momentum(velocity_sign: float = -1.0, step_sign: float = 1.0, inertia: float = 1.0) -> Rule:
    """v = momentum·v ± learning_rate·dw; w ± v."""

    def step(w: Array, dw: Array, config: Config) -> tuple[Array, Config]:
        v = inertia * config["momentum"] * config["velocity"] + velocity_sign * config["learning_rate"] * dw
        return w + step_sign * v, {**config, "velocity": v}

    return step


def _rmsprop(*, root: bool = True, swapped: bool = False, squared: bool = True) -> Rule:
    """cache = decay·cache + (1 − decay)·dw²; w − learning_rate·dw / (√cache + epsilon)."""

    def step(w: Array, dw: Array, config: Config) -> tuple[Array, Config]:
        decay = 1 - config["decay_rate"] if swapped else config["decay_rate"]
        cache = decay * config["cache"] + (1 - decay) * (dw**2 if squared else dw)
        size = np.sqrt(cache) if root else cache
        return w - config["learning_rate"] * dw / (size + 1e-8), {**config, "cache": cache}

    return step


def _adam(
    *,
    corrected: str = "mv",
    raised: int = 1,
    late: bool = False,
    root: bool = True,
    squared: bool = True,
    stored: bool = True,
    power: bool = True,
) -> Rule:
    """m and v as running means, divided by 1 − βᵗ; w − learning_rate·m / (√v + epsilon).

    `corrected`: which of the means; `power`: by βᵗ, else by β; `stored`: t is kept for the next step.
    """

    def step(w: Array, dw: Array, config: Config) -> tuple[Array, Config]:
        beta1, beta2, t = config["beta1"], config["beta2"], config["t"] + raised
        m = beta1 * config["m"] + (1 - beta1) * dw
        v = beta2 * config["v"] + (1 - beta2) * (dw**2 if squared else dw)
        used = (t - raised if late else t) if power else 1
        mt = m / (1 - beta1**used) if "m" in corrected else m
        vt = v / (1 - beta2**used) if "v" in corrected else v
        next_w = w - config["learning_rate"] * mt / ((np.sqrt(vt) if root else vt) + 1e-8)
        return next_w, {**config, "m": m, "v": v, "t": t if stored else config["t"]}

    return step


def _forgetting(rule: Rule) -> Rule:
    """The rule without storing its new state."""
    return lambda w, dw, config: (rule(w, dw, config)[0], config)


_VARIANTS: Mapping[str, Mapping[str, Rule]] = {
    "sgd_momentum": {
        "gradient-ascent": _momentum(velocity_sign=1.0),
        "velocity-sign-flipped": _momentum(velocity_sign=1.0, step_sign=-1.0),
        "momentum-ignored": _momentum(inertia=0.0),
        "update-state-not-stored": _forgetting(_momentum()),
    },
    "rmsprop": {
        "update-root-missing": _rmsprop(root=False),
        "decay-rates-swapped": _rmsprop(swapped=True),
        "squared-gradient-missing": _rmsprop(squared=False),
        "update-state-not-stored": _forgetting(_rmsprop()),
    },
    "adam": {
        "bias-correction-missing": _adam(corrected=""),
        "bias-correction-of-m-only": _adam(corrected="m"),
        "bias-correction-of-v-only": _adam(corrected="v"),
        "bias-correction-without-step-count": _adam(power=False),
        "step-count-not-stored": _adam(stored=False),
        "step-count-not-raised": _adam(raised=0),
        "step-count-raised-late": _adam(late=True),
        "update-root-missing": _adam(root=False),
        "squared-gradient-missing": _adam(squared=False),
        "update-state-not-stored": _forgetting(_adam()),
    },
}
