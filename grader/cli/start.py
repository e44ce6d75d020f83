"""`grader start`: the files that students of an assignment start from, where it has some."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path

from grader.assignment import Assignment

__all__ = ["StartError", "write_starter"]


class StartError(Exception):
    """Nothing was written; the text says why."""


def write_starter(folder: Path, assignment: Assignment) -> list[Path]:
    """Write the assignment's starter into the folder, which is made; the files that were written.

    Raises:
        StartError: it has none, a file is there already, or one cannot be written.
    """
    if assignment.starter is None:
        raise StartError(f"{assignment.title} has no starter here: the course hands it out")
    files = {folder / name: data for name, data in _files(assignment.starter)}
    if there := [path for path in files if path.exists()]:
        raise StartError(f"{there[0]} is there already; name another folder, nothing was written")
    try:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    except OSError as error:
        raise StartError(f"{error.filename} cannot be written ({error.strerror})") from None
    return list(files)


def _files(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir() and item.name != "__pycache__":
            yield from _files(item, f"{prefix}{item.name}/")
        elif item.is_file():
            yield f"{prefix}{item.name}", item.read_bytes()
