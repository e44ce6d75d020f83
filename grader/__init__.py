"""Verify and score CS231n Assignment 1, and name the mistake.

In a notebook: `%load_ext grader`, then `%grade svm`; or `grader.check("svm")`.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["__version__", "load_ipython_extension"]

__version__ = "0.1.0"


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext grader` calls."""
    importlib.import_module("grader.magic").register(shell)


def __getattr__(name: str) -> Any:
    """`grader.check` without an import: the module can be called."""
    if name == "check":
        return importlib.import_module("grader.check")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
