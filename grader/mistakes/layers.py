"""Name the mistakes of single layers and of a net's first parameters from what came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.gradients import compare

__all__ = ["name_bias_gradient", "name_initial_weights", "name_relu_backward"]

Array = NDArray[Any]

#: As in the verdict: what float32 rounds away is no difference.
RTOL = 1e-5
#: Of thousands of unscaled standard normal numbers the standard deviation is this near to 1.
STD_RTOL = 0.2


def name_bias_gradient(db: Any, dout: Array) -> tuple[str, ...]:
    """The mistakes in a bias gradient that is not the sum of dout (N, M) over the examples."""
    if not isinstance(db, np.ndarray) or db.dtype.kind not in "iuf":
        return ()
    count, outputs = dout.shape
    total = dout.sum(axis=0)
    scaled = {
        (): total,
        ("bias-gradient-divided-by-n-twice",): total / count,
        ("bias-gradient-not-divided-by-n",): total * count,
    }
    shaped = ("bias-gradient-shape",) if db.shape == (1, outputs) else ()
    if not shaped and db.shape != (outputs,):
        return ()
    found = next((names for names, value in scaled.items() if _equal(db.ravel(), value)), None)
    return shaped + found if found is not None else ()


def name_relu_backward(dx: Array, dout: Array, x: Array) -> str | None:
    """The mistake in a ReLU's backward pass; dx, dout and the input x have one shape."""
    forms = {"relu-mask-missing": dout, "relu-mask-from-gradient": dout * (dout > 0)}
    return next((mistake for mistake, form in forms.items() if _equal(dx, form)), None)


def name_initial_weights(
    small: Mapping[str, Any], large: Mapping[str, Any], stds: Sequence[float]
) -> str | None:
    """`weights-not-scaled-at-init` when two scales give the same standard normal numbers."""
    for name in (name for name in small if name.startswith("W")):
        a, b = np.asarray(small[name]), np.asarray(large[name])
        if np.array_equal(a, b) and abs(float(a.std()) - 1.0) < STD_RTOL and stds[0] != stds[1]:
            return "weights-not-scaled-at-init"
    return None


def _equal(measured: Array, form: Array) -> bool:
    return compare(measured.astype(np.float64), form, RTOL).relative_error <= RTOL
