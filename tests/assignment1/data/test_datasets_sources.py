"""Where data is found, what it becomes, and what is said when it cannot be had."""

import os
from pathlib import Path

import numpy as np
import pytest

from grader.assignment1.data import DataError, Dataset, load, sources, status
from grader.assignment1.data.batch_writer import write_layout
from grader.assignment1.data.dataset import Arrays, content_hash

PARTS = ("X_train", "y_train", "X_val", "y_val", "X_test", "y_test")
REAL = os.environ.get("GRADER_CIFAR10_SUBSET")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CIFAR10_DIR", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def small() -> Dataset:
    return load("synthetic", n_train=200)


def assert_equal(a: Dataset, b: Dataset) -> None:
    for name in PARTS:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def handed_in(root: Path, seed: int = 4) -> Path:
    """A data folder beside a submission."""
    folder = root / "cs231n/datasets/cifar-10-batches-py"
    folder.mkdir(parents=True)
    rng = np.random.RandomState(seed)
    X, y = rng.randint(0, 256, (50, 32, 32, 3)).astype(np.uint8), rng.randint(0, 10, 50)
    write_layout(folder, (X, y), (X[:10], y[:10]))
    return folder


def make_official(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    names = sources._OFFICIAL
    found = {name: ((folder / name).stat().st_size, sources._md5(folder / name)) for name in names}
    monkeypatch.setattr(sources, "_OFFICIAL", found)


def test_the_stand_in_is_mapped_and_read_only(small: Dataset) -> None:
    assert [len(getattr(small, name)) for name in PARTS] == [200, 200, 1000, 1000, 200, 200]
    for name in PARTS:
        array = getattr(small, name)
        assert isinstance(array, np.memmap)
        assert array.dtype == (np.uint8 if name.startswith("X") else np.int64)
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_a_worker_is_not_shown_the_labels_it_is_judged_by(small: Dataset) -> None:
    for folder in (small.given, small.preprocessed(num_training=50).given):
        names = {path.stem for path in folder.rglob("*") if path.is_file()}
        assert (
            {"X_train", "y_train", "X_val", "X_test"}
            <= names
            <= {"X_train", "y_train", "X_val", "X_test", "mean"}
        )


def test_the_same_data_comes_back_through_the_courses_layout(tmp_path: Path) -> None:
    """The last thousand training images are for validation."""
    small = load("synthetic", n_train=4000)
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    X, y = (np.concatenate([getattr(small, f"{k}_{part}") for part in ("train", "val")]) for k in "Xy")
    write_layout(folder, (X, y), (small.X_test, small.y_test))
    again = load(str(folder))
    assert_equal(small, again)
    assert load(str(folder.parent)).key == again.key  # its parent will do


def test_what_lies_beside_a_submission_counts_only_if_official(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = handed_in(tmp_path)
    dataset = load("auto", tmp_path, n_train=20)
    assert dataset.name == "synthetic stand-in"
    assert "not the official CIFAR-10 and was not used" in dataset.notes[0]
    assert status(tmp_path).chosen == "synthetic stand-in"
    make_official(monkeypatch, folder)
    dataset = load("auto", tmp_path)
    assert (dataset.name, dataset.is_real, dataset.notes) == ("cifar-10", True, ())
    assert status(tmp_path).chosen == "beside the submission"


def test_official_sizes_are_not_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_official(monkeypatch, handed_in(tmp_path / "a"))
    handed_in(tmp_path / "b", seed=5)
    assert load("auto", tmp_path / "a").is_real
    other = load("auto", tmp_path / "b", n_train=20)
    assert (other.name, len(other.notes)) == ("synthetic stand-in", 1)


def test_the_environment_names_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIFAR10_DIR", str(handed_in(tmp_path)))
    assert (load("auto").name, load("auto").is_real) == ("images in the layout of cifar-10", False)
    assert status().chosen == "$CIFAR10_DIR"
    assert load("synthetic", n_train=20).name == "synthetic stand-in"


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    folder = handed_in(tmp_path)
    said: list[str] = []
    before = load(str(folder), tell=said.append)
    load(str(folder), tell=said.append)
    assert len(said) == 1
    os.utime(folder / "test_batch", ns=(0, 0))
    assert load(str(folder), tell=said.append).key != before.key
    assert len(said) == 2


def write_npz(path: Path, **changed: np.ndarray) -> Path:
    arrays = {name: np.zeros((5, 32, 32, 3) if name[0] == "X" else 5, np.uint8) for name in PARTS}
    np.savez_compressed(path, **{**arrays, **changed})
    return path


def test_an_npz_is_read(tmp_path: Path) -> None:
    dataset = load(str(write_npz(tmp_path / "few.npz", y_val=np.arange(5))))
    assert (dataset.name, dataset.is_real) == ("cifar-10 subset", False)
    assert dataset.y_val.tolist() == [0, 1, 2, 3, 4]
    assert isinstance(dataset.X_train, np.memmap)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"X_val": np.zeros((5, 32, 32), np.uint8)}, "images are uint8"),
        ({"X_val": np.zeros((5, 32, 32, 3))}, "images are uint8"),
        ({"y_val": np.full(5, 10)}, "a label from 0 to 9"),
        ({"y_val": np.zeros(4, int)}, "a label from 0 to 9"),
        ({"y_val": np.zeros(5)}, "a label from 0 to 9"),
        ({"y_val": np.array([{}] * 5)}, "cannot be read"),
    ],
)
def test_an_npz_of_another_form_is_refused(
    changed: dict[str, np.ndarray], reason: str, tmp_path: Path, cache: Path
) -> None:
    with pytest.raises(DataError, match=reason):
        load(str(write_npz(tmp_path / "few.npz", **changed)))
    assert [path.suffix for path in cache.iterdir()] == [".lock"]


def test_what_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.npz").write_text("no")
    np.savez(tmp_path / "lacks.npz", X_train=np.zeros(1))
    (tmp_path / "file").touch()
    for name, reason in {
        "nowhere": "there is no ",
        "empty": "has no data_batch_1",
        "text.npz": "cannot be read as an .npz",
        "lacks.npz": "must have the arrays X_train, ",
        "file": "neither a folder cifar-10-batches-py nor",
    }.items():
        with pytest.raises(DataError, match=reason):
            load(str(tmp_path / name))
    with pytest.raises(DataError, match="a seed from 0"):
        load("synthetic", seed=-1)


def test_status_makes_nothing(cache: Path, tmp_path: Path) -> None:
    found = status(tmp_path)
    assert not cache.exists()
    assert [(place.what, place.found) for place in found.places] == [
        ("beside the submission", False),
        ("downloaded", False),
        ("synthetic stand-in", False),
    ]


def test_splits_are_the_courses(small: Dataset) -> None:
    assert [len(part) for part in small.splits(150, num_test=50)] == [150, 150, 1000, 1000, 50, 50]
    assert [len(part) for part in small.splits()] == [200, 200, 1000, 1000, 200, 200]  # all there are


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_are_as_the_notebooks_make_them(small: Dataset, dtype: str) -> None:
    rows = small.preprocessed(dtype, num_training=150)  # type: ignore[arg-type]
    X = small.X_train[:150].astype(float).reshape(150, -1)
    mean = np.mean(X, axis=0)
    np.testing.assert_array_equal(rows.mean, mean)
    np.testing.assert_array_equal(rows.X_train, np.hstack([X - mean, np.ones((150, 1))]).astype(dtype))
    val = small.X_val.astype(float).reshape(1000, -1) - mean
    np.testing.assert_array_equal(rows.X_val[:, :-1], val.astype(dtype))
    np.testing.assert_array_equal(rows.y_test, small.y_test)
    assert isinstance(rows.X_train, np.memmap)
    assert small.preprocessed(dtype, num_training=150).X_train.filename == rows.X_train.filename  # type: ignore[arg-type]


def test_the_hash_sees_every_array_and_no_layout(small: Dataset) -> None:
    arrays = Arrays(*(np.array(getattr(small, name)) for name in PARTS))
    assert content_hash(arrays) == small.sha256
    assert content_hash(arrays._replace(X_val=np.asfortranarray(arrays.X_val))) == small.sha256
    assert content_hash(arrays._replace(y_val=arrays.y_val.astype(">i8"))) == small.sha256
    for name in PARTS:
        changed = getattr(arrays, name).copy()
        changed.flat[-1] ^= 1
        assert content_hash(arrays._replace(**{name: changed})) != small.sha256


@pytest.mark.skipif(REAL is None, reason="$GRADER_CIFAR10_SUBSET names no file of real images")
def test_real_images_are_read() -> None:
    assert REAL is not None
    dataset = load(REAL)
    assert [len(getattr(dataset, name)) for name in PARTS] == [10_000, 10_000, 1_000, 1_000, 1_000, 1_000]
    assert np.abs(dataset.X_train.mean(axis=(0, 1, 2)) - [125.3, 122.9, 113.9]).max() < 3
