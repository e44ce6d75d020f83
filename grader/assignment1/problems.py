"""What the problems of all topics share: seeded arrays that nothing may change, away from kinks.

Sizes avoid the coincidences that make two mistakes look alike (N = 2D, N − 1 = 2C).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["KINK_GAP", "frozen"]

#: No margin and no ReLU's input lies closer to a kink: float32 rounding is 1e-6 here.
KINK_GAP = 1e-3


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """The array, contiguous and read-only."""
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array
