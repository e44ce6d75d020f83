"""The registry of formats, the JSON, and its schema on disk."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from report_samples import SAMPLES

from grader.report import (
    FORMATS,
    UnknownFormatError,
    gradebook_csv,
    render,
    render_batch,
    report_schema,
)
from grader.report.words import SIGNS
from grader.result import decode_report

SCHEMA = Path(__file__).parents[2] / "docs" / "report.schema.json"


@pytest.mark.parametrize("format", ["console", "csv", "github", "html", "json", "junit"])
@pytest.mark.parametrize("sample", SAMPLES)
def test_every_format_renders_every_sample(sample: str, format: str) -> None:
    text = render(SAMPLES[sample](), format)
    assert text.endswith("\n")
    assert text == render(SAMPLES[sample](), format)


def test_a_batch_is_one_document() -> None:
    reports = [make() for make in SAMPLES.values()]
    assert len(json.loads(render_batch(reports, "json"))) == len(reports)
    assert render_batch(reports, "junit").count("<testsuites") == 1
    assert render_batch(reports, "csv") == gradebook_csv(reports)
    assert render_batch(reports, "console").count("CS231n Assignment 1") == len(reports)
    with pytest.raises(UnknownFormatError):
        render_batch(reports, "pdf")


def test_an_unknown_format_is_answered_with_those_that_exist() -> None:
    with pytest.raises(UnknownFormatError, match="no format 'pdf'; there are console, csv, github, "):
        render(SAMPLES["refused"](), "pdf")
    assert "pdf" not in FORMATS


@pytest.mark.parametrize("sample", SAMPLES)
def test_json_holds_the_whole_report(sample: str) -> None:
    report = SAMPLES[sample]()
    assert decode_report(render(report, "json").encode()) == report


@pytest.mark.parametrize("sample", SAMPLES)
def test_json_is_of_the_published_schema(sample: str) -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(
        json.loads(render(SAMPLES[sample](), "json")), schema, jsonschema.Draft202012Validator
    )


def test_the_published_schema_is_up_to_date() -> None:
    assert SCHEMA.read_text("utf-8") == report_schema(), "write report_schema() to docs/report.schema.json"


def test_the_schema_refuses_another_version() -> None:
    document = json.loads(render(SAMPLES["all_correct"](), "json"))
    document["questions"][0]["checks"][0]["verdict"] = "perhaps"
    with pytest.raises(jsonschema.ValidationError, match="perhaps"):
        jsonschema.validate(document, json.loads(SCHEMA.read_text("utf-8")))


def test_the_docs_name_every_format_and_sign() -> None:
    page = (SCHEMA.parent / "report.md").read_text("utf-8")
    assert all(f"`{format}`" in page or f"--format {format}`" in page for format in FORMATS)
    assert all(f"| `{sign}` |" in page for sign in SIGNS.values())
