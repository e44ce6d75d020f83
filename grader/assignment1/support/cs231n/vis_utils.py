"""Images side by side in one array, for plotting."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["vis_grid", "vis_nn", "visualize_grid"]

Array = NDArray[Any]


def visualize_grid(Xs: Array, ubound: float = 255.0, padding: int = 1) -> Array:
    """A square grid of the images Xs (N, H, W, C), each stretched to 0..`ubound`, `padding` pixels apart."""
    N, H, W, C = Xs.shape
    size = ceil(sqrt(N))
    grid = np.zeros((H * size + padding * (size - 1), W * size + padding * (size - 1), C))
    for n, image in enumerate(Xs):
        low, high = np.min(image), np.max(image)
        y, x = n // size * (H + padding), n % size * (W + padding)
        grid[y : y + H, x : x + W] = ubound * (image - low) / (high - low)
    return grid


def vis_grid(Xs: Array) -> Array:
    """A square grid of the images Xs (N, H, W, C), one pixel apart, scaled together to 0..1."""
    size = ceil(sqrt(len(Xs)))
    rows = [Xs[start : start + size] for start in range(0, size * size, size)]
    return _tiled(rows, size, np.min(Xs))


def vis_nn(rows: Sequence[Sequence[Array]]) -> Array:
    """Rows of images (H, W, C) below each other, one pixel apart, scaled together to 0..1."""
    return _tiled(rows, len(rows[0]), 1)


def _tiled(rows: Any, columns: int, background: float) -> Array:
    first = rows[0][0]
    H, W, C = first.shape
    grid = np.full((len(rows) * (H + 1), columns * (W + 1), C), background, first.dtype)
    for y, row in enumerate(rows):
        for x, image in enumerate(row):
            grid[y * (H + 1) : y * (H + 1) + H, x * (W + 1) : x * (W + 1) + W] = image
    scaled: Array = (grid - grid.min()) / (grid.max() - grid.min())
    return scaled
