"""The kinds of array the reference speaks of."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "Floats", "Ints", "LossAndGradient", "LossAndGradients", "Params"]

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.floating[Any]]
Ints = npt.NDArray[np.integer[Any]]
Params = dict[str, Floats]
LossAndGradient = tuple[float, Floats]
LossAndGradients = tuple[float, Params]
