"""The two image features of the course: histograms of oriented gradients, and of hue.

Images are (N, H, W, 3) with channels red, green, blue in 0..255 (any dtype), H and W multiples of 8. The
course takes one image at a time; here they are taken together, with the same result up to rounding. Three
oddities of the course are part of the definition:
- the weight of blue in the luma is 0.144 (the standard's is 0.114);
- orientations run from -90 to 270 degrees, only those in (0, 180) count: edges that brighten to the right;
- the grid of cells is transposed.
"""

from __future__ import annotations

import numpy as np

from reference.arrays import Array, Floats

__all__ = ["color_histograms", "extract", "hog", "standardize"]

LUMA = np.array([0.299, 0.587, 0.144])
ORIENTATIONS = 9
CELL = 8
HUE_BINS = 10


def extract(images: Array, images_at_once: int = 1000, hue_bins: int = HUE_BINS) -> Floats:
    """HOG and colour histogram side by side: (N, 144 + hue_bins) for 32 x 32 images."""
    starts = range(0, len(images), images_at_once)  # in portions, for the sake of memory
    portions = [images[start : start + images_at_once] for start in starts]
    return np.vstack([np.hstack([hog(portion), color_histograms(portion, hue_bins)]) for portion in portions])


def standardize(train: Floats, *others: Floats) -> list[Floats]:
    """The sets, train first, less train's mean, over its standard deviation, with a column of ones."""
    mean, std = train.mean(axis=0), train.std(axis=0)
    return [_with_bias((features - mean) / std) for features in (train, *others)]


def hog(images: Array) -> Floats:
    """Histograms of oriented gradients (Dalal & Triggs 2005), (N, 9 H/8 W/8).

    For each cell of 8 x 8 pixels and each of 9 orientations, 20 degrees wide: the mean over the cell of the
    gradient's magnitude where it has that orientation. Ordered by column of cells, row of cells, orientation.
    """
    # dot, not @: they round differently, and at equal luma the rounding decides whether an edge counts.
    magnitude, angle = _gradients(np.dot(images, LUMA))
    width = 180 / ORIENTATIONS
    channels = []
    for i in range(ORIENTATIONS):
        inside = (angle > 0) & (angle >= i * width) & (angle < (i + 1) * width)
        channels.append(_cell_means(np.where(inside, magnitude, 0)))
    return np.stack(channels, axis=-1).swapaxes(1, 2).reshape(len(images), -1)


def color_histograms(images: Array, bins: int = HUE_BINS) -> Floats:
    """The share of each image's pixels in each of `bins` equal ranges of hue, (N, bins); 25 from 2024."""
    hues = _hue(images / 255).reshape(len(images), -1) * 255
    edges = np.linspace(0, 255, bins + 1)
    places = np.searchsorted(edges, hues, side="right") - 1
    counts = (places[:, :, np.newaxis] == np.arange(bins)).sum(axis=1)
    shares: Floats = counts / hues.shape[1]
    return shares


def _gradients(gray: Floats) -> tuple[Floats, Floats]:
    """Magnitude and orientation (degrees, 90 = brighter to the right) by forward differences, (N, H, W)."""
    gx, gy = np.zeros_like(gray), np.zeros_like(gray)
    gx[:, :, :-1] = np.diff(gray, axis=2)
    gy[:, :-1, :] = np.diff(gray, axis=1)
    # The course's tiny shift keeps a slope straight down below 180, unless it is steep: that rounds to 180.
    return np.sqrt(gx**2 + gy**2), np.arctan2(gy, gx + 1e-15) * (180 / np.pi) + 90


def _cell_means(values: Floats) -> Floats:
    """(N, H, W) -> (N, H/8, W/8). The course takes a moving average and samples it at the cells' centres."""
    n, height, width = values.shape
    cells = values.reshape(n, height // CELL, CELL, width // CELL, CELL)
    means: Floats = cells.mean(axis=(2, 4))
    return means


def _hue(rgb: Floats) -> Floats:
    """The hue of HSV in [0, 1), (N, H, W): 0 red, 1/3 green, 2/3 blue; gray is 0."""
    red, green, blue = np.moveaxis(rgb, -1, 0)
    largest = rgb.max(axis=-1)
    spread = largest - rgb.min(axis=-1)
    gray = spread == 0
    spread[gray] = 1
    sextant: Floats = np.select(
        [gray, largest == blue, largest == green],
        [0 * spread, 4 + (red - green) / spread, 2 + (blue - red) / spread],
        (green - blue) / spread,
    )
    return (sextant / 6) % 1


def _with_bias(features: Floats) -> Floats:
    return np.hstack([features, np.ones((len(features), 1))])
