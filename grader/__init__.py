"""Verify and score CS231n Assignment 1, and name the mistake.

In a notebook: `%load_ext grader`, then `%grade svm`; or `grader.check("svm")`.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["__version__", "check", "load_ipython_extension"]

__version__ = "0.1.0"


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext grader` calls."""
    importlib.import_module("grader.cli.magic").register(shell)


def check(*questions: str, **options: Any) -> Any:
    """Check live functions in a notebook; all that can be found without a question. Returns the report."""
    return importlib.import_module("grader.cli.magic").self_check(*questions, **options)
