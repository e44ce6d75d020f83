"""Where data is looked for, and how each kind of source becomes a data set in the cache."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from grader.assignment1.data import stand_in
from grader.assignment1.data.batch_reader import BatchReader
from grader.assignment1.data.batch_writer import FOLDER, TEST_BATCH, TRAIN_BATCHES
from grader.assignment1.data.cache import DataError, cache_folder, cached, is_cached
from grader.assignment1.data.dataset import About, Arrays, Dataset, open_dataset, write_dataset
from grader.assignment1.data.download import CIFAR10_ENTRY
from grader.assignment1.data.stand_in import Stream
from reference.arrays import Array

__all__ = ["load", "status"]

Tell = Callable[[str], None]

_BESIDE = Path("cs231n/datasets") / FOLDER
_BATCHES = (*TRAIN_BATCHES, TEST_BATCH)
_VALIDATION = 1000  # the course takes the last 1,000 of 50,000 training images
_TEST = 10_000
_MAX_ARCHIVE = 512 * 2**20

#: Size and MD5 of the files that the course hands out.
_OFFICIAL = {
    "data_batch_1": (31035704, "c99cafc152244af753f735de768cd75f"),
    "data_batch_2": (31035320, "d4bba439e000b95fd0a9bffe97cbabec"),
    "data_batch_3": (31035999, "54ebc095f3ab1f0389bbae665268c751"),
    "data_batch_4": (31035696, "634d18415352ddfa80567beed471001a"),
    "data_batch_5": (31035623, "482c414d41f54cd18b22e5b47cb7c3cb"),
    "test_batch": (31035526, "40351d587109b95175f43aff81a1287e"),
}


def _silent(_: str) -> None:
    pass


@dataclass(frozen=True)
class Location:
    """One place where data may be, for people."""

    what: str
    path: str
    found: bool
    note: str = ""


@dataclass(frozen=True)
class Status:
    """What is there, in the order in which `auto` looks; `chosen` is what it takes."""

    cache: Path
    places: tuple[Location, ...]
    chosen: str


def load(
    data: str = "auto",
    beside: Path | None = None,
    *,
    seed: int = stand_in.DEFAULT_SEED,
    n_train: int = 49_000,
    tell: Tell = _silent,
) -> Dataset:
    """The data set that `--data auto|synthetic|DIR` stands for; DIR may be an .npz file.

    `auto` takes the official files beside the submission (its assignment root is `beside`), else
    `$CIFAR10_DIR`, else what `fetch` brought, else the stand-in. `seed` and `n_train` are the stand-in's.
    `tell` hears one sentence before anything that takes seconds. Raises DataError.
    """
    if data == "synthetic":
        return _stand_in(seed, n_train, tell)
    if data != "auto":
        return _from_path(Path(data).expanduser(), tell)
    found, notes = _beside(beside, tell)
    if found is None and (chosen := os.environ.get("CIFAR10_DIR")):
        found = _from_path(Path(chosen).expanduser(), tell)
    if found is None and is_cached(CIFAR10_ENTRY):
        found = _from_batches(cache_folder() / CIFAR10_ENTRY / FOLDER, tell)
    return replace(found or _stand_in(seed, n_train, tell), notes=notes)


def status(beside: Path | None = None) -> Status:
    """What `load("auto", beside)` would find; converts, draws and downloads nothing."""
    cache = cache_folder()
    places = []
    if beside is not None:
        places.append(_place("beside the submission", beside / _BESIDE, only_official=True))
    if chosen := os.environ.get("CIFAR10_DIR"):
        places.append(_place("$CIFAR10_DIR", _batches_in(Path(chosen).expanduser())))
    places.append(_place("downloaded", cache / CIFAR10_ENTRY / FOLDER))
    name = _stand_in_key(stand_in.DEFAULT_SEED, 49_000)
    drawn = is_cached(name)
    note = "" if drawn else "not drawn yet; that takes seconds, once"
    places.append(Location("synthetic stand-in", str(cache / name), drawn, note))
    return Status(cache, tuple(places), next((p.what for p in places if p.found), "synthetic stand-in"))


def _place(what: str, folder: Path, only_official: bool = False) -> Location:
    missing = [name for name in _BATCHES if not (folder / name).is_file()]
    if missing:
        note = f"{missing[0]} is missing" if folder.is_dir() else "no such folder"
        return Location(what, str(folder), False, note)
    if not _has_official_sizes(folder):
        return Location(what, str(folder), not only_official, "not the official files")
    return Location(what, str(folder), True)


def _beside(root: Path | None, tell: Tell) -> tuple[Dataset | None, tuple[str, ...]]:
    """What was handed in may have been made to be easy: only the official files are taken."""
    if root is None or not (folder := root / _BESIDE).is_dir():
        return None, ()
    if _has_official_sizes(folder):
        found = _from_batches(folder, tell)
        if found.is_real:
            return found, ()
    return None, (f"{_BESIDE} beside the submission is not the official CIFAR-10 and was not used",)


def _has_official_sizes(folder: Path) -> bool:
    try:
        return all((folder / name).stat().st_size == size for name, (size, _) in _OFFICIAL.items())
    except OSError:
        return False


def _from_path(path: Path, tell: Tell) -> Dataset:
    if path.is_dir():
        return _from_batches(_batches_in(path), tell)
    if path.is_file() and path.suffix == ".npz":
        return _from_npz(path)
    if path.exists():
        raise DataError(f"{path} is neither a folder {FOLDER} nor an .npz file")
    raise DataError(f"there is no {path}; name the folder {FOLDER}, or use auto or synthetic")


def _batches_in(folder: Path) -> Path:
    """The folder itself, or `cifar-10-batches-py` in it."""
    return folder / FOLDER if (folder / FOLDER).is_dir() else folder


def _from_batches(folder: Path, tell: Tell) -> Dataset:
    files = [folder / name for name in _BATCHES]
    for file in files:
        if not file.is_file():
            raise DataError(f"{folder} has no {file.name}; it takes {_BATCHES[0]} to 5 and {TEST_BATCH}")
    key = f"images-{_fingerprint(files)}"
    if not is_cached(key):
        tell(f"converting {folder} (once, a few seconds)")
    return open_dataset(cached(key, lambda fresh: _convert_batches(fresh, folder.absolute())))


def _convert_batches(fresh: Path, folder: Path) -> None:
    with BatchReader() as reader:
        batches = [reader.read(folder / name) for name in _BATCHES]
    X, y = (np.concatenate(parts) for parts in zip(*batches[:-1], strict=True))
    held = min(_VALIDATION, len(X) // 5)
    arrays = Arrays(X[:-held], y[:-held], X[-held:], y[-held:], *batches[-1])
    official = _has_official_sizes(folder) and all(
        _md5(folder / name) == md5 for name, (_, md5) in _OFFICIAL.items()
    )
    name = "cifar-10" if official else "images in the layout of cifar-10"
    write_dataset(fresh, arrays, About(name, official, str(folder)))


def _from_npz(path: Path) -> Dataset:
    """A part of CIFAR-10 in an .npz with the keys X_train, y_train, X_val, y_val, X_test and y_test."""
    key = f"images-{_fingerprint([path])}"
    return open_dataset(cached(key, lambda fresh: _convert_npz(fresh, path.absolute())))


def _convert_npz(fresh: Path, path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > _MAX_ARCHIVE:
                raise DataError(f"{path} unpacks to more than {_MAX_ARCHIVE // 2**20} MB")
        with np.load(path, allow_pickle=False) as stored:
            raw = [stored[name] for name in Arrays._fields]
    except KeyError:
        raise DataError(f"{path} must have the arrays {', '.join(Arrays._fields)}") from None
    except (ValueError, EOFError, OSError, NotImplementedError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} cannot be read as an .npz of arrays ({error})") from None
    for X, y in zip(raw[::2], raw[1::2], strict=True):
        _require_images(path, X, y)
    arrays = Arrays(*(array if array.ndim == 4 else array.astype(np.int64) for array in raw))
    write_dataset(fresh, arrays, About("cifar-10 subset", False, str(path)))


def _require_images(path: Path, X: Array, y: Array) -> None:
    if X.dtype != np.uint8 or X.ndim != 4 or X.shape[1:] != (32, 32, 3) or len(X) == 0:
        raise DataError(f"{path} holds {X.dtype} {X.shape}; images are uint8 (n, 32, 32, 3)")
    if y.dtype.kind not in "iu" or y.shape != X.shape[:1] or y.min() < 0 or y.max() >= stand_in.CLASSES:
        raise DataError(f"{path} needs a label from 0 to 9 for each of its {len(X)} images, not {y.shape}")


def _stand_in(seed: int, n_train: int, tell: Tell) -> Dataset:
    """The synthetic stand-in; a smaller one is the beginning of the usual one, with the same validation."""
    if seed < 0 or n_train < 1:
        raise DataError(f"the stand-in takes a seed from 0 and at least 1 image, not {seed} and {n_train}")
    key = _stand_in_key(seed, n_train)
    if not is_cached(key):
        tell("drawing the synthetic stand-in for CIFAR-10 (once, a few seconds)")
    drawn = open_dataset(cached(key, lambda fresh: _draw_stand_in(fresh, seed, n_train)))
    return replace(drawn, drawn_from=seed)


def _stand_in_key(seed: int, n_train: int) -> str:
    return f"stand-in-{stand_in.VERSION}-{seed}-{n_train}"


def _draw_stand_in(fresh: Path, seed: int, n_train: int) -> None:
    sizes = {Stream.TRAIN: n_train, Stream.VALIDATION: _VALIDATION, Stream.TEST: min(_TEST, n_train)}
    drawn = [array for part, count in sizes.items() for array in stand_in.draw(seed, part, count)]
    write_dataset(fresh, Arrays(*drawn), About("synthetic stand-in", False, f"drawn from seed {seed}"))


def _fingerprint(files: list[Path]) -> str:
    """Changes when a file is changed or replaced; reads none of them."""
    digest = hashlib.sha256()
    for file in files:
        found = file.stat()
        digest.update(repr((str(file.absolute()), found.st_size, found.st_mtime_ns, found.st_ino)).encode())
    return digest.hexdigest()[:16]


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()
