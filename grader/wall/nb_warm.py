"""Loaded by the warm process where notebooks are wanted, so that a fork has IPython, Matplotlib and SciPy.

Whatever of these is not installed is passed over; `nb_shell` does without. Runs inside the wall.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import logging
import os
import signal

__all__ = ["LOADED"]

#: The modules that are there.
LOADED: list[str] = []


def _no_cache() -> str:
    return "/nonexistent"


def _load(name: str) -> None:
    # A broken library of the course's environment must not keep the others away.
    with contextlib.suppress(Exception):
        importlib.import_module(name)
        LOADED.append(name)


def _load_matplotlib() -> None:
    """Load it where nothing can be written: it insists on folders for settings and fonts."""
    logging.getLogger("matplotlib").setLevel(logging.CRITICAL)
    with contextlib.suppress(Exception):
        spec = importlib.util.find_spec("matplotlib")
        os.environ["MATPLOTLIBRC"] = spec.submodule_search_locations[0] + "/mpl-data"  # type: ignore[index, union-attr]
        vars(importlib.import_module("matplotlib"))["get_cachedir"] = _no_cache
        _load("matplotlib.pyplot")


_load_matplotlib()
for _name in ("IPython.core.interactiveshell", "IPython.display", "scipy.ndimage", "scipy.special"):
    _load(_name)
# asyncio, which IPython loads, sets a handler of its own.
signal.signal(signal.SIGCHLD, signal.SIG_DFL)
