"""A worker's own directory: measured while it runs, and removed whatever was made of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.sandbox.workplace import Overfull, Workplace, remove_tree


def test_a_path_longer_than_any_call_takes_is_removed(tmp_path: Path) -> None:
    top = tmp_path / "top"
    top.mkdir()
    here = os.open(top, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d" * 100, dir_fd=here)
        inner = os.open("d" * 100, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    remove_tree(top)
    assert not top.exists()


def test_closed_folders_and_links_are_removed_but_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    top = tmp_path / "top"
    (top / "a" / "b").mkdir(parents=True)
    (top / "a" / "link").symlink_to(outside)
    (top / "link").symlink_to(outside)
    (top / "a" / "b" / "file").touch()
    (top / "a" / "b").chmod(0)
    (top / "a").chmod(0)
    remove_tree(top)
    assert not top.exists()
    assert (outside / "kept").exists()


def test_too_much_and_too_many_are_noticed(tmp_path: Path) -> None:
    place = Workplace(tmp_path / "place", None, 1 << 20, 10)
    place.check()
    (place.path / "file").write_bytes(b"x" * (2 << 20))
    with pytest.raises(Overfull):
        place.check()
    (place.path / "file").unlink()
    for number in range(11):
        (place.path / f"{number}").touch()
    with pytest.raises(Overfull):
        place.check()
    place.remove()
    assert not place.path.exists()


def test_what_is_nested_beyond_measuring_is_too_much(tmp_path: Path) -> None:
    place = Workplace(tmp_path / "place", None, 1 << 20, 1000)
    inner = place.path
    for _ in range(18):
        inner = inner / ("d" * 200)
        inner.mkdir()
    with pytest.raises(Overfull):
        place.check()
