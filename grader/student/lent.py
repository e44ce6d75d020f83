"""`past`, `future` and `six` for as long as the course's modules are imported in a student's own kernel."""

from __future__ import annotations

import contextlib
import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Iterator, Sequence

from grader.wall.compat import make_shim

__all__ = ["lent_modules"]

_LENT = ("past", "future", "six")


@contextlib.contextmanager
def lent_modules() -> Iterator[list[str]]:
    """The names of those that were asked for and are not installed; afterwards nothing of them is left."""
    lender = _Lender()
    sys.meta_path.append(lender)
    try:
        yield lender.lent
    finally:
        sys.meta_path.remove(lender)
        for name in lender.lent:
            sys.modules.pop(name, None)


class _Lender(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self) -> None:
        self.lent: list[str] = []

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in _LENT:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:
        self.lent.append(spec.name)
        return make_shim(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """It has its contents already."""
