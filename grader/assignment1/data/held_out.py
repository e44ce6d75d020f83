"""The images that a class is judged by: they follow from a seed, and no table of known images has them."""

from __future__ import annotations

import numpy as np

from grader.assignment1.data import stand_in
from grader.assignment1.data.dataset import Dataset
from grader.assignment1.data.stand_in import Stream
from reference.arrays import Array, Ints

__all__ = ["held_out"]

#: Of both kinds, and so 5,000 together: with 1,000 alone, chance decides ±0.015.
_VALIDATION, _TEST = 1_000, 4_000
#: What photographs are changed by: pixels to each side, shares of brightness, grey levels of noise.
_SHIFT, _BRIGHTNESS, _NOISE = 2, 0.1, 4.0
_AT_ONCE = 500


def held_out(dataset: Dataset, seed: int) -> tuple[Array, Ints]:
    """Images, uint8 (n, 32, 32, 3), and their labels, int64 (n,); n is 5,000, or as many as there are.

    The stand-in's are drawn. Photographs and their labels are public: of these an unknown part is taken, in
    an unknown order, each shifted, brightened and with noise.
    """
    if dataset.drawn_from is None:
        return _changed(dataset, np.random.default_rng([seed, 51]))
    parts = {Stream.VALIDATION: _VALIDATION, Stream.TEST: _TEST}
    drawn = [stand_in.draw(seed, part, count, dataset.drawn_from) for part, count in parts.items()]
    X, y = (np.concatenate(one) for one in zip(*drawn, strict=True))
    return X, y


def _changed(dataset: Dataset, rng: np.random.Generator) -> tuple[Array, Ints]:
    X = np.concatenate([dataset.X_val, dataset.X_test])
    y = np.concatenate([dataset.y_val, dataset.y_test])
    chosen = rng.permutation(len(X))[: _VALIDATION + _TEST]
    portions = np.split(X[chosen], range(_AT_ONCE, len(chosen), _AT_ONCE))  # for the sake of memory
    return np.concatenate([_jittered(_shifted(portion, rng), rng) for portion in portions]), y[chosen]


def _shifted(images: Array, rng: np.random.Generator) -> Array:
    """Each image moved by up to `_SHIFT` pixels each way; what comes in repeats the edge."""
    rows, columns = images.shape[1:3]
    padded = np.pad(images, ((0, 0), (_SHIFT, _SHIFT), (_SHIFT, _SHIFT), (0, 0)), "edge")
    down, right = rng.integers(0, 2 * _SHIFT + 1, (2, len(images), 1, 1))
    moved: Array = padded[
        np.arange(len(images))[:, None, None],
        down + np.arange(rows)[:, None],
        right + np.arange(columns),
    ]
    return moved


def _jittered(images: Array, rng: np.random.Generator) -> Array:
    brightness = rng.uniform(1 - _BRIGHTNESS, 1 + _BRIGHTNESS, (len(images), 1, 1, 1))
    levels = images * brightness + _NOISE * rng.standard_normal(images.shape)
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)
