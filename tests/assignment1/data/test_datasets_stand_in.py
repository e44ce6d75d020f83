"""The synthetic stand-in: the same everywhere, with the statistics it was made for."""

import numpy as np
import pytest

from grader.assignment1.data import load, stand_in
from grader.assignment1.data.stand_in import Stream, draw


def test_the_stand_in_is_the_stated_one(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_CACHE", str(tmp_path_factory.mktemp("cache")))
        said: list[str] = []
        dataset = load("synthetic", tell=said.append)
        assert dataset.sha256 == stand_in.SHA256
        assert (dataset.name, dataset.is_real) == ("synthetic stand-in", False)
        assert [len(a) for a in (dataset.X_train, dataset.X_val, dataset.X_test)] == [49_000, 1_000, 10_000]
        load("synthetic", tell=said.append)
    assert said == ["drawing the synthetic stand-in for CIFAR-10 (once, a few seconds)"]


def test_fewer_images_are_the_beginning_of_more() -> None:
    more, fewer = draw(3, Stream.TRAIN, 450), draw(3, Stream.TRAIN, 130)
    np.testing.assert_array_equal(more[0][:130], fewer[0])
    np.testing.assert_array_equal(more[1][:130], fewer[1])


def test_seeds_and_parts_differ() -> None:
    drawn = [
        draw(*which, 20)[0].tobytes() for which in [(1, Stream.TRAIN), (2, Stream.TRAIN), (1, Stream.TEST)]
    ]
    assert len(set(drawn)) == 3


def test_the_sums_are_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """In extended precision, summed in another order, every pixel is the same."""
    usual, _ = draw(5, Stream.TRAIN, 20)
    basis = stand_in._basis().astype(np.longdouble)[:, ::-1]
    monkeypatch.setattr(stand_in, "_basis", lambda: basis)
    mirrored, _ = draw(5, Stream.TRAIN, 20)
    np.testing.assert_array_equal(mirrored[:, ::-1, ::-1], usual)


def test_pixels_and_classes_are_like_cifar_10s() -> None:
    X, y = draw(stand_in.DEFAULT_SEED, Stream.TRAIN, 2000)
    assert np.bincount(y).tolist() == [200] * 10
    assert np.abs(X.mean(axis=(0, 1, 2)) - [125.3, 122.9, 113.9]).max() < 5
    assert np.abs(X.std(axis=(0, 1, 2)) - 62).max() < 5
    rows = X[:1000].reshape(1000, -1) - X.reshape(len(X), -1).mean(axis=0)
    variance = np.linalg.eigvalsh(rows @ rows.T)[::-1]
    share = np.cumsum(variance) / variance.sum()
    assert 0.25 < share[0] < 0.33  # CIFAR-10: 0.29
    assert 70 < np.searchsorted(share, 0.9) < 120  # CIFAR-10: about 95
