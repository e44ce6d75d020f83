"""Fat notebooks: the pictures in their outputs go before anything is parsed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from archive_samples import SVM, ignored, memory_below
from hypothesis import given
from hypothesis import strategies as st

from grader.assignment1.editions import EDITIONS
from grader.intake.notebooks.slim import slim_notebook
from grader.intake.submission import open_submission, single


def fat_notebook(picture: int, log: str = "validation accuracy: 0.39\n", cells: int = 1) -> bytes:
    png = {
        "output_type": "display_data",
        "data": {"image/png": "iVBORw0KGgo" + "A" * picture},
        "metadata": {},
    }
    text = {"output_type": "stream", "name": "stdout", "text": [log]}
    cell = {"cell_type": "code", "metadata": {}, "outputs": [text, png], "source": ['print("outputs": [")\n']}
    return json.dumps({"nbformat": 4, "metadata": {}, "cells": [cell] * cells}, indent=1).encode()


def without_outputs(value: object) -> object:
    if isinstance(value, dict):
        return {key: [] if key == "outputs" else without_outputs(item) for key, item in value.items()}
    return [without_outputs(item) for item in value] if isinstance(value, list) else value


def test_pictures_go_and_printed_text_stays() -> None:
    fat = fat_notebook(1 << 20)
    slim = slim_notebook(fat)
    assert len(slim) < 2000
    assert without_outputs(json.loads(slim)) == without_outputs(json.loads(fat))
    assert json.loads(slim)["cells"][0]["outputs"][0]["text"] == ["validation accuracy: 0.39\n"]


def test_a_small_notebook_stays_as_it_is() -> None:
    assert slim_notebook(fat_notebook(1000)) == fat_notebook(1000)


def test_a_hundred_megabytes_of_outputs_cost_little(tmp_path: Path) -> None:
    data = fat_notebook(5 << 20, cells=20)
    (tmp_path / "svm.ipynb").write_bytes(data)
    with memory_below(len(data) * 6 // 5):
        submission = open_submission(single(tmp_path), EDITIONS.landmarks)
    assert len(submission.files["svm.ipynb"]) < 20_000


def test_a_notebook_fat_without_its_outputs_is_put_aside(tmp_path: Path) -> None:
    fat = json.dumps({"cells": [{"cell_type": "markdown", "source": "x" * (21 << 20)}]}).encode()
    (tmp_path / "linear_svm.py").write_bytes(SVM)
    (tmp_path / "svm.ipynb").write_bytes(fat)
    assert ignored(open_submission(single(tmp_path), EDITIONS.landmarks)) == {
        "svm.ipynb": "larger than 20 MB without its saved outputs"
    }


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(['"', "\\", '\\"outputs": [', "]"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["outputs", "source", 'a"', "\\"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from([None, 1]), st.booleans())
def test_slimming_changes_nothing_but_outputs(value: object, indent: int | None, ascii_only: bool) -> None:
    padded = {"cells": [value], "outputs": ["y" * 70_000, value]}
    slim = slim_notebook(json.dumps(padded, indent=indent, ensure_ascii=ascii_only).encode())
    assert len(slim) < 60_000
    assert without_outputs(json.loads(slim)) == without_outputs(padded)


@given(st.binary(max_size=200), st.integers(0, 3))
def test_slimming_takes_anything(data: bytes, times: int) -> None:
    key = b'"outputs": ['
    assert isinstance(slim_notebook(data + key * times + data), bytes)


@pytest.mark.parametrize("inside", [b"[", b'"', b'"\\', b"\\", b'"a",', b"{"])
def test_endless_outputs_end_soon(inside: bytes) -> None:
    data = b'{"outputs": [' + inside * (3_000_000 // len(inside))
    assert slim_notebook(data) == data
