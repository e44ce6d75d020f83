"""Image features: histograms of oriented gradients (Dalal and Triggs 2005) and of hue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.colors import rgb_to_hsv
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

__all__ = ["color_histogram_hsv", "extract_features", "hog_feature", "rgb2gray"]

Array = NDArray[Any]


def extract_features(
    imgs: Array, feature_fns: Sequence[Callable[[Array], Array]], verbose: bool = False
) -> Array:
    """The features of each image in a row, (N, F): the results of all `feature_fns` side by side."""
    if len(imgs) == 0:
        return np.array([])
    rows = []
    for i, image in enumerate(imgs):
        features = [function(image.squeeze()) for function in feature_fns]
        assert all(feature.ndim == 1 for feature in features), "Feature functions must be one-dimensional"
        rows.append(np.hstack(features))
        if verbose and i % 1000 == 999:
            print(f"Done extracting features for {i + 1} / {len(imgs)} images")
    return np.array(rows)


def rgb2gray(rgb: Array) -> Array:
    """The luma of an RGB image, with the course's 0.144 where ITU-R BT.601 has 0.114."""
    gray: Array = np.dot(rgb[..., :3], [0.299, 0.587, 0.144])
    return gray


def hog_feature(im: Array) -> Array:
    """Histograms of 9 gradient orientations in cells of 8 × 8 pixels, (144,) for a 32 × 32 image."""
    image = rgb2gray(im) if im.ndim == 3 else np.atleast_2d(im)
    orientations, cell = 9, 8
    gx, gy = np.zeros(image.shape), np.zeros(image.shape)
    gx[:, :-1] = np.diff(image, axis=1)
    gy[:-1, :] = np.diff(image, axis=0)
    magnitude = np.sqrt(gx**2 + gy**2)
    angle = np.arctan2(gy, gx + 1e-15) * (180 / np.pi) + 90
    histogram = np.zeros((image.shape[0] // cell, image.shape[1] // cell, orientations))
    step = 180 / orientations
    for i in range(orientations):
        # An angle of exactly 0 falls into no bin, in the course's code as well.
        inside = (angle >= step * i) & (angle < step * (i + 1)) & (angle > 0)
        filtered = uniform_filter(np.where(inside, magnitude, 0), size=(cell, cell))
        histogram[:, :, i] = filtered[cell // 2 :: cell, cell // 2 :: cell].T
    return histogram.ravel()


def color_histogram_hsv(
    im: Array, nbin: int = 10, xmin: float = 0, xmax: float = 255, normalized: bool = True
) -> Array:
    """The histogram (nbin,) of an image's hue, which sums to 1 when `normalized`."""
    edges = np.linspace(xmin, xmax, nbin + 1)
    hue = rgb_to_hsv(im / xmax)[:, :, 0] * xmax
    counts, edges = np.histogram(hue, bins=edges, density=normalized)
    histogram: Array = counts * np.diff(edges)
    return histogram
