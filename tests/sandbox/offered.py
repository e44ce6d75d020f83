"""The levels that this machine offers, tried once."""

from __future__ import annotations

from grader.sandbox.machine import probe

__all__ = ["AVAILABLE", "STATUS"]

STATUS = {status.name: status for status in probe()}
AVAILABLE = [name for name, status in STATUS.items() if status.available]
