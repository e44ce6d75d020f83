"""Tables that people keep: CSV with any spreadsheet's separator and encoding."""

from __future__ import annotations

import csv
import io

__all__ = ["read_table"]


def read_table(data: bytes) -> csv.DictReader[str]:
    """The rows by their columns' names."""
    text = _decoded(data)
    head = text.split("\n", 1)[0]
    return csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
