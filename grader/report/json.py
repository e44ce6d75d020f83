"""The report as JSON, and the schema of that JSON."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

import msgspec

from grader.result import Report, encode_report

__all__ = ["render_json", "render_json_array", "report_schema"]


def render_json(report: Report) -> str:
    """The report in the form `grader.report/1`, indented, with a final newline."""
    return encode_report(report).decode()


def render_json_array(reports: Iterable[Report]) -> str:
    """An array of such reports."""
    return msgspec.json.format(msgspec.json.encode(list(reports)), indent=2).decode() + "\n"


def report_schema() -> str:
    """The JSON Schema (2020-12) of `grader.report/1`, as kept in docs/report.schema.json."""
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(Report),
    }
    for definition in filter(lambda each: "description" in each, schema["$defs"].values()):
        # Python 3.13 strips the indentation of docstrings by itself; the file must not depend on that.
        definition["description"] = inspect.cleandoc(definition["description"])
    return msgspec.json.format(msgspec.json.encode(schema, order="sorted"), indent=2).decode() + "\n"
