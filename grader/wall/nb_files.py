"""Files as a notebook asks for them: the course's data from memory, what it writes kept in its own folder.

A notebook names places of its author's machine (`/content/drive/My Drive/…`). Whatever ends in the name of
one of the data files is that file; a path that cannot be opened is looked for among the submission's files.
Runs inside the wall: the standard library only.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import os
import posixpath
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from . import shared
from .places import ROOT

__all__ = ["Files"]

#: The rest of what was handed in is too large to be laid out.
_MOST_BYTES = 12 << 20


class Files:
    """The submission's files in the working directory, and an `open` that finds what it is asked for."""

    def __init__(
        self, files: Mapping[str, bytes], note: Callable[[str], None], folders: Iterable[str]
    ) -> None:
        """`folders`: made beforehand, as the course's own work has them."""
        self.note, self.folders = note, tuple(folders)
        self.home = Path.cwd()
        self.files = {path: data for path, data in files.items() if not path.endswith(".ipynb")}
        self._open = builtins.open

    def install(self) -> None:
        """Lay the files out and put the finding functions in the place of Python's own."""
        for folder in self.folders:
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        for path, data in self.files.items():
            if len(data) <= _MOST_BYTES:
                with contextlib.suppress(OSError):
                    place = self.home / path
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(data)
        builtins.open = self.open
        for name in ("exists", "isfile"):
            setattr(os.path, name, self._finding(getattr(os.path, name)))

    def open(self, file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        """`open`, for paths of another machine too."""
        path = os.fspath(file) if isinstance(file, os.PathLike) else file
        if not isinstance(path, str):
            return self._open(file, mode, *args, **kwargs)
        writing = bool(set(mode) & set("wax"))
        if self._is_data(path) and not writing and "+" not in mode:
            # Also when it is opened as text, which Python 2 allowed.
            return io.BytesIO(shared.FILES[posixpath.basename(path)])
        try:
            return self._open(path, mode, *args, **kwargs)
        except OSError:
            here = self._here(path, writing=writing)
            if here is None:
                raise
        return self._open(here, mode, *args, **kwargs)

    def _is_data(self, path: str) -> bool:
        return posixpath.basename(path) in shared.FILES

    def _here(self, path: str, *, writing: bool) -> Path | None:
        """Where a path of another machine is here; None if it is nowhere."""
        inside = path.startswith(ROOT)
        parts = posixpath.normpath(path.removeprefix(ROOT)).strip("/").split("/")
        if ".." in parts:
            return None
        if inside:
            return self._made(parts)
        # The longest end of the path that the submission has.
        ends = (self.home.joinpath(*parts[start:]) for start in range(len(parts)))
        found = next((place for place in ends if os.path.lexists(place)), None)
        if found is None and writing:
            self.note(f"`{path[:120]}` was written to the run's own folder")
            return self._made(parts[-1:])
        return found

    def _made(self, parts: list[str]) -> Path:
        place = self.home.joinpath(*parts)
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def _finding(self, test: Callable[[Any], bool]) -> Callable[[Any], bool]:
        def found(path: Any) -> bool:
            if test(path):
                return True
            if not isinstance(path, str):
                return False
            here = self._here(path, writing=False) if path.startswith(ROOT) else None
            return self._is_data(path) or (here is not None and test(here))

        return found
