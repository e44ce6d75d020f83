"""Nearest neighbours against SciPy's distances and mode."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.stats import mode

from reference import knn

WAYS = [knn.distances_two_loops, knn.distances_one_loop, knn.distances_no_loops]
ACCURATE = WAYS[:2]

each_way = pytest.mark.parametrize("distances", WAYS)
seeds = st.integers(0, 2**32 - 1)


@each_way
@given(seed=seeds, num_test=st.integers(1, 5), num_train=st.integers(1, 7), dim=st.integers(1, 6))
def test_distances_are_those_of_scipy(distances, seed, num_test, num_train, dim):
    rng = np.random.default_rng(seed)
    X, X_train = rng.normal(size=(num_test, dim)), rng.normal(size=(num_train, dim))
    np.testing.assert_allclose(distances(X, X_train), cdist(X, X_train), rtol=1e-9, atol=1e-7)


@each_way
def test_pixels_do_not_wrap_around(distances):
    X, X_train = np.array([[1, 0]], np.uint8), np.array([[2, 0], [255, 0]], np.uint8)
    np.testing.assert_array_equal(distances(X, X_train), [[1, 254]])


@each_way
def test_a_point_is_at_distance_zero_of_itself(distances):
    X = 100 * np.random.default_rng(0).normal(size=(40, 300))
    itself = np.diag(distances(X, X))
    # The root of a rounding error of |x|^2 = 3e6: measured 5e-5. A NaN would compare false.
    assert np.all(itself <= (0 if distances in ACCURATE else 1e-3))


@each_way
def test_float32_stays_float32(distances):
    X = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    assert distances(X, X[:2]).dtype == np.float32
    assert distances(X, X[:2]).shape == (3, 2)


def test_equal_distances_keep_the_order_of_training():
    distances = np.array([[2.0, 1.0, 2.0, 1.0, 0.5]])
    assert knn.nearest(distances, 4).tolist() == [[4, 1, 3, 0]]
    assert knn.nearest(np.arange(200.0)[np.newaxis] % 2, 100).tolist() == [list(range(0, 200, 2))]


def test_the_smallest_label_wins_a_tie():
    distances = np.arange(6.0)[np.newaxis]
    y_train = np.array([7, 3, 3, 7, 5, 5])
    assert [knn.predict_labels(distances, y_train, k).item() for k in range(1, 7)] == [7, 3, 3, 3, 3, 3]


@given(seed=seeds, k=st.integers(1, 12))
def test_labels_are_the_mode_of_the_nearest(seed, k):
    rng = np.random.default_rng(seed)
    distances, y_train = rng.random((4, 12)), rng.integers(0, 3, 12)
    nearest = [sorted(range(12), key=row.__getitem__)[:k] for row in distances]
    expected = mode(y_train[np.array(nearest)], axis=1).mode
    assert knn.predict_labels(distances, y_train, k).tolist() == expected.tolist()


@given(seed=seeds)
def test_one_neighbour_of_a_training_point_is_itself(seed):
    rng = np.random.default_rng(seed)
    X_train, y_train = rng.normal(size=(9, 3)), rng.integers(0, 4, 9)
    assert knn.predict(X_train, X_train, y_train).tolist() == y_train.tolist()


def test_all_neighbours_vote_alike():
    rng = np.random.default_rng(0)
    X_train, y_train = rng.normal(size=(9, 3)), np.array([0, 1, 2, 2, 2, 1, 0, 2, 1])
    assert set(knn.predict(rng.normal(size=(5, 3)), X_train, y_train, k=9)) == {2}
