"""Image features against the course's definition carried out by SciPy and matplotlib, one image at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.colors import rgb_to_hsv
from scipy.ndimage import uniform_filter

from reference import features

# Few levels: equal channels, equal neighbours and hues on the edge of a bin are then common.
coarse_images = arrays(np.uint8, (2, 16, 16, 3), elements=st.sampled_from([0, 51, 102, 153, 204, 255]))


def noise(n=3, size=32, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, size, size, 3)).astype(np.uint8)


def ramp(axis, sign=1):
    """An image whose red, green and blue grow by one a pixel: luma by 1.03."""
    steps = np.arange(32.0)[::sign]
    gray = np.broadcast_to(steps if axis == 1 else steps[:, np.newaxis], (32, 32))
    return np.repeat(gray[np.newaxis, :, :, np.newaxis], 3, axis=3)


def moving_average_hog(image):
    """Sampled moving averages of the magnitude, masked by orientation, of one image."""
    gray = np.dot(image, [0.299, 0.587, 0.144])
    gx = np.pad(np.diff(gray, axis=1), ((0, 0), (0, 1)))
    gy = np.pad(np.diff(gray, axis=0), ((0, 1), (0, 0)))
    degrees = np.arctan2(gy, gx + 1e-15) * (180 / np.pi) + 90
    cells = []
    for low in range(0, 180, 20):
        mask = (degrees > 0) & (degrees >= low) & (degrees < low + 20)
        cells.append(uniform_filter(np.where(mask, np.hypot(gx, gy), 0), size=8)[4::8, 4::8].T)
    return np.dstack(cells).ravel()


def test_hog_against_moving_averages():
    images = noise()
    expected = [moving_average_hog(image) for image in images]
    np.testing.assert_allclose(features.hog(images), expected, atol=1e-10)


@given(images=coarse_images)
def test_hog_of_coarse_images(images):
    expected = [moving_average_hog(image) for image in images]
    np.testing.assert_allclose(features.hog(images), expected, atol=1e-10)


def test_hog_of_equal_lumas():
    """One red more, one green less and two blues more keep the luma, up to the rounding of the sum."""
    steps = np.random.default_rng(0).integers(0, 20, (5, 32, 32, 1))
    images = [50, 100, 50] + steps * [1, -1, 2] + 2 * ramp(axis=0)
    expected = [moving_average_hog(image) for image in images]
    np.testing.assert_allclose(features.hog(images), expected, atol=1e-10)


@given(images=coarse_images)
def test_histograms_against_matplotlib(images):
    hues = 255 * rgb_to_hsv(images / 255)[..., 0]
    expected = [np.histogram(hue, bins=10, range=(0, 255))[0] / 256 for hue in hues]
    np.testing.assert_allclose(features.color_histograms(images), expected, atol=1e-15)


@pytest.mark.parametrize(
    ("colour", "hue_bin"),
    [
        ((255, 0, 0), 0),
        ((255, 255, 0), 1),
        ((0, 255, 0), 3),
        ((0, 255, 255), 5),
        ((0, 0, 255), 6),
        ((255, 0, 255), 8),
        ((255, 0, 1), 9),
        ((128, 128, 128), 0),
        ((0, 0, 0), 0),
    ],
)
def test_bin_of_a_colour(colour, hue_bin):
    image = np.broadcast_to(np.array(colour, np.uint8), (1, 8, 8, 3))
    np.testing.assert_array_equal(features.color_histograms(image), np.eye(10)[[hue_bin]])


def hog_cells(image):
    """(column of cells, row of cells, orientation)."""
    return features.hog(image).reshape(4, 4, 9)


def test_ramp_to_the_right():
    """Orientation 90 degrees, the fifth of nine; the last pixel of a row has no right neighbour."""
    expected = np.zeros((4, 4, 9))
    expected[:, :, 4] = 1.03
    expected[3, :, 4] *= 7 / 8
    np.testing.assert_allclose(hog_cells(ramp(axis=1)), expected, atol=1e-12)


def test_ramp_downwards():
    """Just below 180 degrees, the last orientation."""
    expected = np.zeros((4, 4, 9))
    expected[:, :, 8] = 1.03
    expected[:, 3, 8] *= 7 / 8
    np.testing.assert_allclose(hog_cells(ramp(axis=0)), expected, atol=1e-12)


def test_a_ramp_to_the_left_is_not_counted():
    assert not features.hog(ramp(axis=1, sign=-1)).any()


def test_extract_does_not_depend_on_the_portions():
    images = noise(n=5)
    whole = features.extract(images)
    assert whole.shape == (5, 154)
    np.testing.assert_array_equal(features.extract(images, images_at_once=2), whole)
    np.testing.assert_array_equal(features.extract(images.astype(float)), whole)
    np.testing.assert_allclose(whole[:, 144:].sum(axis=1), 1)


def test_standardize_uses_the_training_statistics():
    rng = np.random.default_rng(0)
    train, val = 3 + 2 * rng.normal(size=(50, 4)), rng.normal(size=(7, 4))
    new_train, new_val = features.standardize(train, val)
    np.testing.assert_allclose(new_train[:, :4].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(new_train[:, :4].std(axis=0), 1)
    np.testing.assert_allclose(new_val[:, :4] * train.std(axis=0) + train.mean(axis=0), val)
    assert np.all(new_train[:, 4] == 1)
    assert np.all(new_val[:, 4] == 1)
