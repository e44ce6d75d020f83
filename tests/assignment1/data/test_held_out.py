"""The images that a class is judged by follow from a seed and from nothing that a submission can have."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader.assignment1.data import Dataset, held_out, load
from grader.assignment1.data.dataset import Arrays
from grader.assignment1.training.data import TrainingData

SECRET, OTHER = 7**18, 5**22


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def drawn(cache: Path) -> Dataset:
    return load("synthetic", n_train=4000)


@pytest.fixture(scope="module")
def photographs(drawn: Dataset) -> Dataset:
    """The same as if they were somebody's photographs, which are public with their labels."""
    return replace(drawn, drawn_from=None)


@pytest.mark.parametrize("kind", ["drawn", "photographs"])
def test_the_same_seed_gives_the_same_images_and_another_seed_others(
    kind: str, request: pytest.FixtureRequest
) -> None:
    dataset: Dataset = request.getfixturevalue(kind)
    (X, y), again, (X_other, y_other) = (held_out(dataset, seed) for seed in (SECRET, SECRET, OTHER))
    np.testing.assert_array_equal(X, again[0])
    np.testing.assert_array_equal(y, again[1])
    assert 0.08 < np.mean(y == y_other) < 0.12  # as by chance
    assert not {image.tobytes() for image in X} & {image.tobytes() for image in X_other}


def test_labels_follow_from_no_public_seed(drawn: Dataset) -> None:
    _, y = held_out(drawn, SECRET)
    assert np.mean(y == held_out(drawn, 231)[1]) < 0.12
    assert len(y) == 5000


def test_the_public_seed_draws_the_images_that_everybody_has(drawn: Dataset) -> None:
    X, y = held_out(drawn, 231)
    np.testing.assert_array_equal(X, np.concatenate([drawn.X_val, drawn.X_test]))
    np.testing.assert_array_equal(y, np.concatenate([drawn.y_val, drawn.y_test]))


def test_no_table_of_hashes_knows_a_photograph(photographs: Dataset) -> None:
    known = {image.tobytes() for part in (photographs.X_val, photographs.X_test) for image in part}
    assert not any(image.tobytes() in known for image in held_out(photographs, SECRET)[0])


def test_photographs_stay_near_to_what_they_were(photographs: Dataset) -> None:
    """A person sees the same picture: its nearest one is still the one that it was made from."""
    X, y = held_out(photographs, SECRET)
    before = np.concatenate([photographs.X_val, photographs.X_test]).reshape(-1, 3072).astype(np.float64)
    labels = np.concatenate([photographs.y_val, photographs.y_test])
    few = X[:100].reshape(100, -1).astype(np.float64)
    squares = np.sum(before**2, axis=1) - 2 * few @ before.T
    assert np.mean(labels[np.argmin(squares, axis=1)] == y[:100]) > 0.9


def test_what_a_worker_may_read_tells_nothing_of_a_secret_seed(drawn: Dataset, cache: Path) -> None:
    part = {name: getattr(drawn, name)[:100] for name in Arrays._fields}
    np.savez(cache / "few.npz", **part)
    data = TrainingData(str(cache / "few.npz"), SECRET)
    labels = data.y_held
    assert str(SECRET) not in "".join(path.as_posix() for path in cache.rglob("*"))
    assert {path.name for path in data.given.iterdir()} == {
        *("X_train.npy", "y_train.npy", "X_held.npy", "features_X_train.npy", "features_X_held.npy")
    }
    assert (data.given.parent / "held").stat().st_mode & 0o077 == 0
    assert len(labels) == len(data.array("", "X_held")) == len(data.array("features_", "X_held"))
