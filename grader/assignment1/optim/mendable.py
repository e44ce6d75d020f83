"""Small problems on which the update rules are mended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from grader.diagnosis.mending.scenes import Mendable, Output, Scene, Steps
from grader.intake.site import Site
from grader.wall.wire import ObjectRef
from reference import optim as reference

__all__ = ["update_rules"]

SETTINGS: Mapping[str, Mapping[str, float]] = {
    "sgd_momentum": {"learning_rate": 0.04, "momentum": 0.6},
    "rmsprop": {"learning_rate": 0.04, "decay_rate": 0.7},
    "adam": {"learning_rate": 0.04, "beta1": 0.7, "beta2": 0.9, "t": 3},
}
STATE: Mapping[str, tuple[str, ...]] = {
    "sgd_momentum": ("velocity",),
    "rmsprop": ("cache",),
    "adam": ("m", "v"),
}
SHAPES = ((3, 4), (2, 5), (6,))


def update_rules(role: str, sites: Mapping[str, Site]) -> list[Mendable]:
    """A rule: two steps from a state."""
    family, _, name = role.partition(".")
    if family != "optim" or name not in SETTINGS:
        return []
    return [Mendable(role, (sites[role],), tuple(_scene(name, sites[role], shape) for shape in SHAPES))]


def _scene(name: str, site: Site, shape: tuple[int, ...]) -> Scene:
    """Two steps from a state, then two from none."""
    rng = np.random.default_rng([78, *shape])
    w, *gradients = rng.standard_normal((3, *shape))
    state = dict(zip(STATE[name], rng.uniform(0.1, 1.0, (2, *shape)), strict=False))
    steps, outputs, right = Steps(), [], []
    for config in ({**SETTINGS[name], **state}, None):
        given: tuple[Any, Any] = (w, config)
        expected: tuple[Any, Any] = (w, config)
        for dw in gradients:
            step = steps.call(site, given[0], dw, given[1])
            expected = getattr(reference, name)(expected[0], dw, expected[1])
            outputs += [Output("next_w", step, (0,), shape)]
            outputs += [Output(key, step, (1, key), shape) for key in STATE[name]]
            right += [expected[0], *(expected[1][key] for key in STATE[name])]
            given = (ObjectRef(steps.part(step, 0)), ObjectRef(steps.part(step, 1)))
    return Scene(steps.written, outputs, [right])
