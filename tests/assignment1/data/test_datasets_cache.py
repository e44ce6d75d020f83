"""The cache: whole folders or none, made once by however many processes, made again when damaged."""

import multiprocessing
import os
import shutil
import time
from pathlib import Path

import pytest

from grader.assignment1.data.cache import DataError, cache_folder, cached, is_cached

pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Builder:
    """Counts how often it is asked."""

    def __init__(self, content: bytes = b"abc") -> None:
        self.content, self.calls = content, 0

    def __call__(self, fresh: Path) -> None:
        self.calls += 1
        (fresh / "inner").mkdir()
        (fresh / "inner" / "file").write_bytes(self.content)


def entries(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir())


def test_the_place_can_be_chosen_and_has_a_default(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_folder() == cache
    monkeypatch.delenv("GRADER_CACHE")
    assert cache_folder().is_absolute()
    assert "cs231n-grader" in cache_folder().parts


def test_a_folder_is_made_once(cache: Path) -> None:
    build = Builder()
    assert not is_cached("a")
    assert cached("a", build) == cached("a", build) == cache / "a"
    assert is_cached("a")
    assert build.calls == 1
    assert entries(cache) == ["a", "a.lock"]


def flip(path: Path) -> None:
    """One byte another, the size the same."""
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"?")


@pytest.mark.parametrize("damage", [Path.unlink, flip, lambda path: os.truncate(path, 1)])
@pytest.mark.parametrize("victim", ["inner/file", "manifest.json"])
def test_a_damaged_folder_is_made_again(cache: Path, damage: object, victim: str) -> None:
    build = Builder()
    path = cached("a", build) / victim
    path.chmod(0o644)
    time.sleep(0.02)  # file systems are slower than clocks
    damage(path)  # type: ignore[operator]
    assert not is_cached("a")
    cached("a", build)
    assert (build.calls, (cache / "a/inner/file").read_bytes()) == (2, b"abc")
    assert entries(cache) == ["a", "a.lock"]


def test_a_copied_cache_is_still_good(cache: Path) -> None:
    build = Builder()
    shutil.copytree(cached("a", build), cache / "b", copy_function=shutil.copyfile)  # new times
    os.utime(cache / "b/inner/file", (0, 0))
    cached("b", build)
    assert build.calls == 1


def test_a_failed_build_leaves_nothing(cache: Path) -> None:
    def fail(fresh: Path) -> None:
        Builder()(fresh)
        raise DataError("no")

    with pytest.raises(DataError, match="no"):
        cached("a", fail)
    assert entries(cache) == ["a.lock"]


def test_leftovers_of_a_killed_process_are_swept(cache: Path) -> None:
    (cache / "a.xyz.part").mkdir(parents=True)
    (cache / "ab.xyz.part").mkdir()
    cached("a", Builder())
    assert entries(cache) == ["a", "a.lock", "ab.xyz.part"]


def test_a_cache_that_cannot_be_written_is_one_sentence(cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    with pytest.raises(DataError, match=r"cannot be written .*; set \$GRADER_CACHE to a folder with room"):
        cached("a", Builder())


def slow_build(fresh: Path) -> None:
    with (fresh.parent / "builds").open("a") as log:
        log.write("x")
    time.sleep(0.3)
    Builder()(fresh)


def ask(answers: "multiprocessing.SimpleQueue[bytes]") -> None:
    answers.put((cached("shared", slow_build) / "inner/file").read_bytes())


def test_two_processes_make_it_once(cache: Path) -> None:
    context = multiprocessing.get_context("spawn")
    answers = context.SimpleQueue()
    processes = [context.Process(target=ask, args=(answers,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert [answers.get(), answers.get()] == [b"abc", b"abc"]
    assert (cache / "builds").read_text() == "x"


def build_forever(fresh: Path) -> None:
    (fresh.parent / "started").touch()
    time.sleep(60)


def ask_forever() -> None:
    cached("shared", build_forever)


def test_the_death_of_the_maker_frees_the_others(cache: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=ask_forever)
    process.start()
    deadline = time.monotonic() + 30
    while not (cache / "started").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    process.join()
    build = Builder()
    cached("shared", build)
    assert build.calls == 1
    assert entries(cache) == ["shared", "shared.lock", "started"]
