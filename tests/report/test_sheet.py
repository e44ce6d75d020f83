"""Long words on a page: paths and names break between their parts."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from grader.report.sheet import Sheet, styled

PATH = "cs231n/classifiers/k_nearest_neighbor.py:47"
NAME = "KNearestNeighbor.compute_distances_two_loops"


def wrapped(text: str, width: int, style: str = "") -> list[str]:
    sheet = Sheet(Console(file=io.StringIO()), 100)
    return [line.plain for line in sheet.wrap(styled(text, style), width)]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        (PATH, 43, [PATH]),
        (PATH, 36, ["cs231n/classifiers/", "k_nearest_neighbor.py:47"]),
        (PATH, 20, ["cs231n/classifiers/", "k_nearest_neighbor.", "py:47"]),
        (NAME, 36, ["KNearestNeighbor.compute_distances_", "two_loops"]),
        (f"in {PATH} it is", 30, ["in cs231n/classifiers/", "k_nearest_neighbor.py:47 it is"]),
        ("x" * 25, 10, ["x" * 10, "x" * 10, "x" * 5]),
    ],
)
def test_words_break_between_their_parts(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width) == lines
    assert wrapped(text, width, "bold") == lines


@given(st.text(alphabet="ab/_.- \u4e00", max_size=200), st.integers(8, 40))
def test_nothing_is_lost_and_no_line_too_wide(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(cell_len(line) <= width for line in lines)
