"""Archives and folders that are larger inside than out: read within bounds of memory and time."""

from __future__ import annotations

import gzip
import os
import struct
import tarfile
from pathlib import Path

import pytest
from archive_samples import PACKERS, SVM, WORK, ignored, memory_below, opened, refusal, tarred, zipped

from grader.assignment1.editions import EDITIONS
from grader.intake.handed_in import Caps
from grader.intake.submission import open_submission, single


def test_a_member_that_unpacks_enormously_is_not_read(tmp_path: Path) -> None:
    submission = opened(tmp_path, "a.zip", zipped(WORK | {"bomb.py": bytes(40 << 20)}))
    assert ignored(submission) == {"bomb.py": "it unpacks to hundreds of times its size"}


@pytest.mark.parametrize("name", ["a.tar.gz", "a.tar.bz2", "a.tar.xz"])
def test_a_tar_that_unpacks_enormously_is_refused(tmp_path: Path, name: str) -> None:
    data = PACKERS[name]({"bomb.bin": bytes(60 << 20)} | WORK)
    with memory_below(40 << 20):
        text = refusal(tmp_path, name, data)
    assert text.startswith("unpacks to hundreds of times its size")


def test_a_long_name_in_a_tar_cannot_fill_memory(tmp_path: Path) -> None:
    info = tarfile.TarInfo("././@LongLink")
    info.type = tarfile.GNUTYPE_LONGNAME
    info.size = 200 << 20
    packed = gzip.compress(tarred({}, "w", info)[:512] + bytes(200 << 20))
    with memory_below(80 << 20):
        refusal(tmp_path, "a.tar.gz", packed)


def test_a_forged_central_directory_cannot_fill_memory(tmp_path: Path) -> None:
    data = bytes(20 << 20) + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 20 << 20, 0, 0)
    text = refusal(tmp_path, "a.zip", b"PK\3\4" + data)
    assert text.startswith("lists more files than any assignment has")


def test_caps_on_entries_size_and_total(tmp_path: Path) -> None:
    many = WORK | {f"{i}.py": b"" for i in range(50)}
    assert refusal(tmp_path, "a.zip", zipped(many), Caps(entries=40)).startswith("holds more than 40 files")
    large = WORK | {"large.py": os.urandom(3000)}
    submission = opened(tmp_path, "a.zip", zipped(large), Caps(source=2048))
    assert ignored(submission) == {"large.py": "larger than 2 kB"}
    heavy = WORK | {f"{i}.py": os.urandom(1 << 19) for i in range(4)}
    assert refusal(tmp_path, "a.tar", tarred(heavy, "w"), Caps(total=1 << 20)).startswith(
        "unpacks to more than 1 MB"
    )


def test_a_very_deep_folder_is_not_followed_down(tmp_path: Path) -> None:
    (tmp_path / "linear_svm.py").write_bytes(SVM)
    deep = tmp_path
    for _ in range(60):
        deep = deep / "d"
    deep.mkdir(parents=True)
    (deep / "x.py").write_bytes(b"x = 1\n")
    submission = open_submission(single(tmp_path), EDITIONS.landmarks)
    assert list(submission.files) == ["linear_svm.py"]
    assert list(ignored(submission).values()) == ["its path is too long"]
