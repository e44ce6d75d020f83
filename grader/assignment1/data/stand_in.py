"""The synthetic stand-in for CIFAR-10: 32x32x3 images in ten classes, drawn from a seed, no download.

In a 2-D cosine basis, one for each of luminance, red-blue and green-magenta, an image's coefficients are

    contrast * scale * (noise + template[class] + prototype[class, kind])

    scale      falls like 1/f, fitted to the spectrum of CIFAR-10; luminance carries most of it
    template   sets a class apart in the lowest frequencies: all that a linear classifier can use
    prototype  sets apart the kinds of a class and is zero on average over them: invisible to a linear
               classifier, clusters for neighbours and for a ReLU net

The images are the same on every machine and with every NumPy: random bits come straight from PCG64, whose
stream never changes; every transcendental is rounded to fixed point; and the matrix products are sums of
integers below 2**53, which are exact in float64 in any order.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

import numpy as np

from reference.arrays import Array, Floats, Ints

__all__ = ["CLASSES", "DEFAULT_SEED", "SHA256", "VERSION", "Stream", "draw"]

VERSION = 1  # to be raised when any of the numbers below changes: old files stay in people's caches
DEFAULT_SEED = 231
#: `content_hash` of the usual one: DEFAULT_SEED, 49,000 training, 1,000 validation and 10,000 test images.
SHA256 = "a800fb7e3249dfea937ab1218791d6a4c168fbaac031e6ec8d79b480830c4fe0"
CLASSES = 10

_BLOCK = 200  # images drawn at a time: few enough for the processor caches

_SIDE = 32
_KINDS = 30  # sub-classes of a class
# Standard deviations in each channel, and how many frequencies in each direction have them. With much of
# the template in the colours, a gradient that is not divided by N does not show in softmax's accuracy.
_TEMPLATE, _TEMPLATE_BAND = np.array([0.62, 0.24, 0.13])[:, None, None], 2
_PROTOTYPE, _PROTOTYPE_BAND = np.array([0.5, 0.8, 0.8])[:, None, None], 3
_CONTRAST = 0.25
_PIXEL_STD = 62.0
_MEAN_RGB = np.array([125.3, 122.9, 113.9])
_KNEE, _FALL = 2.4, 1.9  # scale ~ (f + knee) ** -fall
_CHANNEL_STD = np.array([0.93, 0.33, 0.15])
_OPPONENT = np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]])  # channel -> red, green, blue

_BITS = 10  # of the fraction, in coefficients and in the basis alike


class Stream(enum.IntEnum):
    """Streams of random bits that have nothing in common."""

    WORLD, TRAIN, VALIDATION, TEST = range(4)


class _World(NamedTuple):
    """What all images share; coefficients are (..., 3, 32, 32), in units of the noise."""

    templates: Floats  # (10, 3, 32, 32)
    prototypes: Floats  # (10, kinds, 3, 32, 32)
    noise: Floats  # (3, 32, 32), the noise's standard deviation: less where prototypes vary
    scale: Floats  # (3, 32, 32)


def draw(seed: int, part: Stream, count: int, world_seed: int | None = None) -> tuple[Array, Ints]:
    """`count` images, uint8 (count, 32, 32, 3), and their labels, int64 (count,), balanced in every block.

    Args:
        world_seed: of what sets the classes apart, where that is not `seed`.
    """
    world, basis = _world(seed if world_seed is None else world_seed), _basis()
    X = np.empty((count, _SIDE, _SIDE, 3), np.uint8)
    y = np.empty(count, np.int64)
    for start in range(0, count, _BLOCK):
        stop = min(start + _BLOCK, count)
        images, labels = _draw_block(world, basis, np.random.PCG64([seed, part, start // _BLOCK]))
        X[start:stop], y[start:stop] = images[: stop - start], labels[: stop - start]
    return X, y


def _draw_block(world: _World, basis: Floats, bits: np.random.PCG64) -> tuple[Array, Ints]:
    y: Ints = (np.arange(_BLOCK) % CLASSES)[np.argsort(bits.random_raw(_BLOCK), kind="stable")]
    kinds = (bits.random_raw(_BLOCK) >> np.uint64(32)) % np.uint64(_KINDS)
    contrast = 1 + _CONTRAST * _noise(bits, (_BLOCK, 1, 1, 1))
    z = _noise(bits, (_BLOCK, 3, _SIDE, _SIDE))
    z *= world.noise
    z += world.templates[y]
    z += world.prototypes[y, kinds]
    z *= contrast
    z *= world.scale
    return _pixels(np.rint(z, out=z), basis), y


def _pixels(coefficients: Floats, basis: Floats) -> Array:
    """The inverse cosine transform of integers (n, 3, 32, 32) in fixed point, as pixels (n, 32, 32, 3)."""
    planes = basis.T @ coefficients @ basis  # many small products: none is worth a second thread
    planes *= 2.0 ** (-3 * _BITS)
    pixels = np.empty((len(planes), _SIDE, _SIDE, 3), np.uint8)
    for color in range(3):
        signed = (sign * planes[:, channel] for channel, sign in enumerate(_OPPONENT[:, color]) if sign)
        value = np.rint(sum(signed, start=_MEAN_RGB[color]))
        pixels[..., color] = np.clip(value, 0, 255)
    return pixels


def _world(seed: int) -> _World:
    bits = np.random.PCG64([seed, Stream.WORLD])
    band = slice(0, _TEMPLATE_BAND)
    templates = np.zeros((CLASSES, 3, _SIDE, _SIDE))
    templates[..., band, band] = _TEMPLATE * _noise(bits, templates[..., band, band].shape)
    band = slice(0, _PROTOTYPE_BAND)
    prototypes = np.zeros((CLASSES, _KINDS, 3, _SIDE, _SIDE))
    prototypes[..., band, band] = _PROTOTYPE * _noise(bits, prototypes[..., band, band].shape)
    noise = np.ones((3, _SIDE, _SIDE))
    noise[:, band, band] = _fixed(np.sqrt(1 - _PROTOTYPE**2))
    return _World(_fixed(_centred(templates, 0)), _fixed(_centred(prototypes, 1)), noise, _scale())


def _centred(values: Floats, axis: int) -> Floats:
    return np.asarray(values - values.mean(axis=axis, keepdims=True))


def _scale() -> Floats:
    """Standard deviations (3, 32, 32) in fixed point, for pixels to have `_PIXEL_STD` on average."""
    f = np.hypot(*np.indices((_SIDE, _SIDE)))
    scale = _CHANNEL_STD[:, None, None] * (f + _KNEE) ** -_FALL
    scale *= _PIXEL_STD * np.sqrt(_SIDE * _SIDE * 3 / np.sum(scale**2))
    scale /= np.linalg.norm(_OPPONENT, axis=1)[:, None, None]
    return _fixed(scale) * 2.0**_BITS


def _basis() -> Floats:
    """The cosine basis, one frequency a row, (32, 32), as integers of `_BITS` bits."""
    frequency, place = np.indices((_SIDE, _SIDE))
    basis = np.sqrt(2 / _SIDE) * np.cos(np.pi * frequency * (2 * place + 1) / (2 * _SIDE))
    basis[0] /= np.sqrt(2)
    return np.asarray(np.rint(basis * 2.0**_BITS))


def _fixed(value: Floats | float) -> Floats:
    """Rounded to 2**-20, far coarser than what machines disagree about in a cosine or a power."""
    return np.asarray(np.rint(np.asarray(value) * 2.0**20) * 2.0**-20)


def _noise(bits: np.random.PCG64, shape: tuple[int, ...]) -> Floats:
    """Nearly normal numbers of mean 0 and variance 1: sums of the four 16-bit parts of 64 random bits."""
    raw = bits.random_raw(int(np.prod(shape)))
    mask = np.uint64(0x0000FFFF0000FFFF)
    pairs = (raw & mask) + ((raw >> np.uint64(16)) & mask)
    total = (pairs & np.uint64(0xFFFFFFFF)) + (pairs >> np.uint64(32))
    variance = (65536**2 - 1) / 3  # four times (n**2 - 1) / 12
    return np.asarray((total.astype(np.float64) - 2 * 65535) * (1 / np.sqrt(variance))).reshape(shape)
