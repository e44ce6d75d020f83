"""Reading notebooks: every format, and one sentence for what is none."""

from __future__ import annotations

import json

import pytest
from cells_as_json import code, notebook, notebook3, text
from hypothesis import given
from hypothesis import strategies as st

from grader.intake.notebooks.read import MAX_BYTES, MAX_CELLS, Notebook, read_notebook

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    ["cells", "worksheets", "cell_type", "source", "input", "metadata", "nbformat", "level"]
)
NEARLY = st.dictionaries(
    KEYS,
    st.lists(
        st.dictionaries(KEYS, st.sampled_from(["code", "heading", "raw"]) | ANY_JSON, max_size=4), max_size=4
    )
    | ANY_JSON,
    max_size=5,
)


def read(data: bytes) -> Notebook:
    return read_notebook("svm.ipynb", data)


def refusal(data: bytes) -> str:
    found = read(data)
    assert not found.cells
    return found.unreadable


def test_code_cells_are_numbered_apart_from_all_cells() -> None:
    found = read(notebook(text("# SVM"), code("a = 1\nb = 2"), text("why?"), code("c = 3")))
    assert [(cell.position, cell.number, cell.kind) for cell in found.cells] == [
        (1, 0, "markdown"),
        (2, 1, "code"),
        (3, 0, "markdown"),
        (4, 2, "code"),
    ]
    assert found.code[0].source == "a = 1\nb = 2"


def test_the_third_format_with_its_worksheets_and_headings() -> None:
    found = read(
        notebook3(
            {"cell_type": "heading", "level": 2, "source": ["Inline Question 1"]},
            {"cell_type": "code", "input": ["print 'a'\n", "x = 1"], "prompt_number": 3, "outputs": []},
            {"cell_type": "html", "source": "<b>bold</b>"},
        )
    )
    assert [cell.source for cell in found.cells] == [
        "## Inline Question 1",
        "print 'a'\nx = 1",
        "<b>bold</b>",
    ]
    assert [cell.kind for cell in found.cells] == ["markdown", "code", "markdown"]
    assert found.python2


def test_the_kernel_decides_on_python_2() -> None:
    assert read(notebook(metadata={"kernelspec": {"name": "python2"}})).python2
    assert read(notebook(metadata={"language_info": {"version": "2.7.12"}})).python2
    told3 = {"language_info": {"version": "3.6.1"}, "kernelspec": {"name": "python2"}}
    assert not read(notebook(metadata=told3)).python2
    assert not read(notebook()).python2


def test_what_jupyter_would_refuse_is_read_all_the_same() -> None:
    odd = {"cell_type": "code", "source": "a = 1", "unknown": {"x": [1]}, "outputs": "none"}
    assert read(notebook(odd, nbformat=7)).code[0].source == "a = 1"


def test_a_cell_that_is_none_is_named_by_its_number() -> None:
    assert (
        refusal(notebook(code("a"), {"cell_type": "video"})) == "is damaged: item 2 of its cells is no cell"
    )
    assert "source of item 1" in refusal(notebook({"cell_type": "code", "source": {"a": 1}}))


def test_broken_json_is_told_with_its_line_and_cell() -> None:
    lines = notebook(code("a"), code("b"), code("c")).decode().splitlines()
    at = max(i for i, line in enumerate(lines) if '"cell_type"' in line)
    lines[at + 1] = '"execution_count" null,'
    assert refusal("\n".join(lines).encode()) == (
        f"is not valid JSON: expecting ':' delimiter (line {at + 2}, near cell 3 of it)"
    )


def test_a_truncated_file_is_called_cut_off() -> None:
    data = notebook(code("a"), code("b"))
    assert refusal(data[: data.rindex(b'"source"') + 12].rstrip()) == (
        "is cut off: its JSON ends too early, near cell 2 of it"
    )


def test_an_unresolved_merge_is_called_so() -> None:
    data = notebook(code("a")).replace(b'"metadata"', b'\n<<<<<<< HEAD\n"metadata"', 1)
    assert refusal(data).startswith("holds an unresolved Git merge (line ")


@pytest.mark.parametrize("data", [b"[]", b"3", b"null", b'"cells"', b"", b"\x00", b"{}", b'{"cells": {}}'])
def test_other_json_is_no_notebook(data: bytes) -> None:
    assert refusal(data).startswith("is ")


def test_what_is_nested_too_deeply_is_refused() -> None:
    assert refusal(b'{"cells": ' + b"[" * 200_000) == "is nested too deeply"


def test_too_many_cells_and_too_many_bytes_are_refused() -> None:
    assert refusal(notebook(*[text("")] * (MAX_CELLS + 1))).startswith(f"has {MAX_CELLS + 1} cells")
    assert "MB" in refusal(b" " * (MAX_BYTES + 1))


def test_a_hundred_megabytes_of_pictures_are_dropped() -> None:
    picture = {"output_type": "display_data", "data": {"image/png": "A" * (30 << 20)}, "metadata": {}}
    cell = {**code("plot()"), "outputs": [picture]}
    assert read(notebook(cell)).code[0].source == "plot()"


def test_text_that_no_encoder_takes_is_made_encodable() -> None:
    data = notebook(code("x = '#'\x00")).replace(b"#", b"\\ud83d")
    source = read(data).code[0].source
    assert source == "x = '\N{REPLACEMENT CHARACTER}'\x00"
    assert source.encode()


def test_bytes_of_another_encoding_do_not_stop_the_reading() -> None:
    data = notebook(code("x = 1  # @")).replace(b"@", b"\xe9\xff")
    assert read(b"\xef\xbb\xbf" + data).code[0].source.startswith("x = 1  # ")


def outcome(data: bytes) -> str:
    """The sources as one text, or the refusal."""
    found = read(data)
    return "".join(cell.source for cell in found.cells) or found.unreadable.replace("\n", "\ud800")


@given(NEARLY | ANY_JSON)
def test_any_json_is_read_or_refused_in_one_line_that_can_be_encoded(document: object) -> None:
    outcome(json.dumps(document).encode()).encode()


@given(st.binary(max_size=60), st.integers(0, 400))
def test_damage_anywhere_is_read_or_refused(noise: bytes, at: int) -> None:
    data = notebook(text("# knn"), code("a = 1"))
    outcome(data[:at] + noise + data[at:]).encode()
