"""What the interpreter inside the wall runs first (`python -c <this text> <descriptor>`).

It takes the wall's own modules over the control socket and keeps them in memory as the package `wall`, so
that no directory holding `grader` has to be visible there.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import json
import socket
import sys
import types
from collections.abc import Mapping
from typing import Any

__all__ = ["SourceTable"]


class SourceTable(importlib.abc.InspectLoader, importlib.abc.MetaPathFinder):
    """Finds and loads `wall.<name>` from a dict of sources."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.sources = {**sources, "": ""}

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        package, _, name = fullname.partition(".")
        if package != "wall" or name not in self.sources:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, origin=self._file(name), is_package=not name)

    def get_source(self, fullname: str) -> str:
        return self.sources[fullname.partition(".")[2]]

    def exec_module(self, module: types.ModuleType) -> None:
        name = module.__name__.partition(".")[2]
        module.__file__ = self._file(name)
        exec(compile(self.sources[name], module.__file__, "exec"), module.__dict__)

    def _file(self, name: str) -> str:
        return f"/wall/{name or '__init__'}.py"


def _start() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    length = int.from_bytes(control.recv(4, socket.MSG_WAITALL), "little")
    settings: dict[str, Any] = json.loads(control.recv(length, socket.MSG_WAITALL))
    # What follows inherits no trace of how it was started.
    sys.argv[:] = [""]
    sys.path += settings.pop("path", [])
    sys.meta_path.insert(0, SourceTable(settings.pop("sources")))
    importlib.import_module(settings.pop("main", "wall.zygote")).main(control, settings)


if __name__ == "__main__":
    _start()
