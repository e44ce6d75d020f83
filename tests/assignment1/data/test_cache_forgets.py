"""Images of seeds that nobody judges by any more leave the cache."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from grader.assignment1.data.cache import cached, forget, mark_used

DAY = 24 * 3600.0


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Five folders, the first used longest ago, and one of another kind."""
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path))
    made = [cached(f"seed-{i}", lambda folder: (folder / "x").write_text("x") and None) for i in range(5)]
    made.append(cached("other", lambda folder: (folder / "x").write_text("x") and None))
    for age, folder in zip((9, 8, 7, 6, 5, 99), made, strict=True):
        os.utime(folder, (time.time() - age * DAY,) * 2)
    return made


def test_the_last_used_stay_and_the_others_go_with_their_locks(folders: list[Path]) -> None:
    forget("seed-*", keep=2, idle_s=DAY)
    assert [folder.exists() for folder in folders] == [False, False, False, True, True, True]
    assert sorted(file.name for file in folders[0].parent.glob("*.lock")) == [
        *("other.lock", "seed-3.lock", "seed-4.lock")
    ]


def test_what_was_used_today_stays_however_many_there_are(folders: list[Path]) -> None:
    mark_used(folders[0])
    forget("seed-*", keep=0, idle_s=5.5 * DAY)
    assert [folder.exists() for folder in folders[:5]] == [True, False, False, False, True]
