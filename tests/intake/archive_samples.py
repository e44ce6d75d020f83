"""Archives to write, and what is said when one is refused."""

from __future__ import annotations

import contextlib
import io
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.assignment1.editions import EDITIONS
from grader.intake.handed_in import Caps
from grader.intake.submission import Submission, SubmissionRefused, open_submission, single

SVM = b"def svm_loss_naive(W, X, y, reg):\n    pass\n"
WORK = {"cs231n/classifiers/linear_svm.py": SVM, "cs231n/data_utils.py": b"x = 1\n", "README.md": b"mine\n"}


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def tarred(files: dict[str, bytes], mode: str = "w:gz", *extra: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in extra:
            archive.addfile(info)
    return buffer.getvalue()


def opened(folder: Path, name: str, data: bytes, caps: Caps | None = None) -> Submission:
    (folder / name).write_bytes(data)
    return open_submission(single(folder / name), EDITIONS.landmarks, caps)


def refusal(folder: Path, name: str, data: bytes, caps: Caps | None = None) -> str:
    with pytest.raises(SubmissionRefused) as refused:
        opened(folder, name, data, caps)
    text = str(refused.value)
    assert text.startswith(name + " ")
    assert "\n" not in text
    return text.removeprefix(name + " ")


@contextlib.contextmanager
def memory_below(limit: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()


def ignored(submission: Submission) -> dict[str, str]:
    return {item.path: item.reason for item in submission.ignored}


PACKERS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "a.zip": zipped,
    "a.tar": lambda files: tarred(files, "w"),
    "a.tar.gz": tarred,
    "a.tgz": tarred,
    "a.tar.bz2": lambda files: tarred(files, "w:bz2"),
    "a.tar.xz": lambda files: tarred(files, "w:xz"),
    "misnamed.rar": zipped,
}
