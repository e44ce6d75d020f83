"""Name the mistakes of single layers and of a net's first parameters from what came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from grader.checking.compare import agree

__all__ = [
    "BIAS_FORMS",
    "BiasForm",
    "bias_form",
    "name_bias_gradient",
    "name_initial_weights",
    "name_relu_backward",
    "name_scaled",
    "summed",
]

Array = NDArray[Any]

#: Of thousands of unscaled standard normal numbers the standard deviation is this near to 1.
STD_RTOL = 0.2


#: How the gradients of the outputs (N, units) were summed into that of the bias.
BiasForm = Literal["right", "axis too many", "everything", "units", "not summed"]
#: What is the case then, of "the gradient of the bias".
BIAS_FORMS: Mapping[BiasForm, str] = {
    "axis too many": "has one axis too many: ({units},) is asked",
    "everything": "is one number, the sum over everything, where ({units},) is asked",
    "units": "is summed over the units and has the shape (N,), where ({units},) is asked",
    "not summed": "is not summed over the examples and has the shape (N, {units}), where ({units},) is asked",
}


def bias_form(shape: tuple[int, ...], count: int, units: int) -> BiasForm | None:
    """How a bias gradient of this shape was summed, for `count` examples; None when unknown."""
    forms: dict[tuple[int, ...], BiasForm] = {
        (count, units): "not summed",
        (count,): "units",
        (count, 1): "units",
        (): "everything",
        (1,): "everything",
        (1, 1): "everything",
        (units, 1): "axis too many",
        (1, units): "axis too many",
        (units,): "right",
    }
    return forms.get(shape)


def summed(outputs: Array, form: BiasForm) -> Array:
    """A bias gradient of that form from the gradients of the outputs (N, units)."""
    if form == "not summed":
        return outputs
    axis = {"everything": None, "units": 1}.get(form, 0)
    return np.asarray(outputs.sum(axis=axis))


def name_bias_gradient(db: Any, dout: Array) -> tuple[str, ...]:
    """The mistakes in a bias gradient that is not the sum of dout (N, M) over the examples."""
    values = np.asarray(db) if isinstance(db, (int, float, np.ndarray)) else np.empty(0)
    form = bias_form(values.shape, *dout.shape)
    if form is None or values.dtype.kind not in "iuf":
        return ()
    count, total = len(dout), summed(dout, form).ravel()
    scaled = {
        (): total,
        ("bias-gradient-divided-by-n-twice",): total / count,
        ("bias-gradient-not-divided-by-n",): total * count,
    }
    shaped = () if form == "right" else ("bias-gradient-shape",)
    found = next((names for names, value in scaled.items() if agree(values.ravel(), value)), None)
    return shaped + found if found is not None else ()


def name_scaled(measured: Array, right: Array, count: int) -> str | None:
    """The mistake in a gradient that is the right one times a factor, for `count` examples."""
    factors = {
        "gradient-divided-by-n-twice": 1 / count,
        "gradient-not-divided-by-n": count,
        "gradient-sign-flipped": -1,
    }
    return next((mistake for mistake, factor in factors.items() if agree(measured, factor * right)), None)


def name_relu_backward(dx: Array, dout: Array, x: Array) -> str | None:
    """The mistake in a ReLU's backward pass; dx, dout and the input x have one shape."""
    forms = {"relu-mask-missing": dout, "relu-mask-from-gradient": dout * (dout > 0)}
    return next((mistake for mistake, form in forms.items() if agree(dx, form)), None)


def name_initial_weights(
    small: Mapping[str, Any], large: Mapping[str, Any], stds: Sequence[float]
) -> str | None:
    """`weights-not-scaled-at-init` when two scales give the same standard normal numbers.

    When they give the same numbers of another size, `weight-scale-ignored`; when they count, with a factor
    beside them, `weight-scale-multiplied`.
    """
    for name in (name for name in small if name.startswith("W")):
        a, b = np.asarray(small[name]), np.asarray(large[name])
        if np.array_equal(a, b) and np.any(a) and stds[0] != stds[1]:
            standard = abs(float(a.std()) - 1.0) < STD_RTOL
            return "weights-not-scaled-at-init" if standard else "weight-scale-ignored"
        follows = stds[0] != stds[1] and a.shape == b.shape and agree(b * stds[0], a * stds[1])
        if follows and abs(float(a.std()) / stds[0] - 1.0) > STD_RTOL:
            return "weight-scale-multiplied"
    return None
