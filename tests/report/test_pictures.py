"""Pictures: well-formed, small, of numbers alone, with words for who cannot see them."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from grader.checking.picture import bars, cells, curves
from grader.report.pictures import caption, drawn
from grader.result import Picture

MOST_BYTES = 30_000
FLOATS = st.floats(width=64)


def shown(picture: Picture) -> list[ET.Element]:
    panels = drawn(picture)
    assert sum(len(panel) for panel in panels) < MOST_BYTES
    return [ET.fromstring(panel) for panel in panels]


def labels(picture: Picture) -> list[str]:
    return [panel.attrib["aria-label"] for panel in shown(picture)]


@given(arrays(np.float64, (40, 11), elements=FLOATS), arrays(np.float64, (40, 11), elements=FLOATS))
def test_arrays_of_any_numbers_are_drawn(measured: np.ndarray, expected: np.ndarray) -> None:
    (picture,) = cells(measured, expected, "dW")
    assert np.shape(picture.yours) == np.shape(picture.expected) == (11, 24)
    assert all(panel.attrib["role"] == "img" for panel in shown(picture))


@given(arrays(np.float64, st.integers(1, 1000), elements=FLOATS), arrays(np.float64, 80, elements=FLOATS))
def test_curves_of_any_numbers_and_lengths_are_drawn(measured: np.ndarray, expected: np.ndarray) -> None:
    picture = curves(measured, expected, "the loss")
    assert len(picture.yours[0]) <= 200
    assert len(shown(picture)) == 1


def test_long_columns_become_strips_and_what_is_left_out_is_told() -> None:
    (picture,) = cells(np.arange(74.0).reshape(37, 2), np.zeros((37, 2)), "dW")
    assert picture.yours[1][:3] == (1.0, 3.0, 5.0)
    assert picture.what == "dW, a strip for each column; the first 2 × 24 of 2 × 37"


def test_a_long_row_is_shown_as_lines_below_one_another() -> None:
    (picture,) = cells(np.arange(60.0), np.zeros(60), "the gradient of W1")
    assert [len(line) for line in picture.yours] == [24, 24, 12]
    assert picture.yours[1][0] == 24.0
    assert len(shown(picture)) == 3


def test_what_is_no_number_is_grey_and_compared_with_nothing() -> None:
    (picture,) = cells(np.full((4, 5), np.nan), np.ones((4, 5)), "dW")
    assert "grey no number" in caption(picture)
    assert labels(picture) == ["yours; 20 of 20 values differ", "expected"]


def test_what_is_read_at_a_glance_has_no_picture() -> None:
    assert cells(np.array(1.0), np.array(2.0), "loss") == []
    assert cells(np.zeros(3), np.ones(3), "loss") == []
    assert cells(np.zeros((2, 2, 2)), np.ones((2, 2, 2)), "x") == []


def test_values_that_differ_have_dots_unless_all_do() -> None:
    some = Picture(kind="cells", what="dW", yours=((1.0, 2.0, 3.0, None),), expected=((1.0, 2.0, -3.0, 4.0),))
    yours, expected, over = shown(some)
    assert yours.attrib["aria-label"] == "yours; 2 of 4 values differ"
    assert expected.attrib["aria-label"] == "expected"
    assert "lie on the line" in over.attrib["aria-label"]
    assert "M30 6h0M42 6h0" in [path.get("d") for path in yours.iter("path")]
    assert "a dot is on what differs" in caption(some)
    every = Picture(kind="cells", what="dW", yours=((1.0, 2.0),), expected=((2.0, 1.0),))
    assert "dot" not in caption(every)
    assert not any(path.get("class") == "dots" for path in shown(every)[0].iter("path"))


def test_colours_tell_the_sign_and_depth_the_size() -> None:
    picture = Picture(
        kind="cells", what="dW", yours=((1.0, -0.5, 0.0, 1e-9),), expected=((1.0, -0.5, 0.0, 1e-9),)
    )
    paths = {
        (path.get("class"), path.get("stroke-opacity")): path.get("d")
        for path in shown(picture)[0].iter("path")
    }
    assert paths == {
        ("above", "1"): "M0 6h12",
        ("below", "0.5"): "M12 6h12",
        ("above", "0.125"): "M36 6h12",
    }


def test_a_curve_that_leaves_the_picture_is_told() -> None:
    falls = np.linspace(9, 1, 80)
    picture = curves(np.geomspace(9, 1e140, 80), falls, "the loss")
    assert labels(picture) == ["yours goes from 9 to 1e+140; expected goes from 9 to 1"]
    assert "runs along the edge" in caption(picture)
    assert "edge" not in caption(curves(falls + 1, falls, "the loss"))


@pytest.mark.parametrize("values", [[np.nan] * 80, [np.inf, 1.0] * 40])
def test_what_is_no_number_leaves_a_gap(values: list[float]) -> None:
    (label,) = labels(curves(np.array(values), np.linspace(9, 1, 80), "the loss"))
    assert label.startswith(("yours has no numbers", "yours goes from 1 to 1, with gaps"))


def test_of_bars_the_highest_is_marked_and_chance_is_a_line() -> None:
    (picture,) = bars({"k = 1": 0.25, "k = 3": 0.5, "k = 5": float("nan")}, 0.1, "accuracy")
    (label,) = labels(picture)
    assert label == "k = 1: 0.25; k = 3: 0.5; k = 5: no number; guessing: 0.1"
    classes = [rect.get("class") for rect in shown(picture)[0].iter("rect")]
    assert classes == ["bar", "bar top", "bar"]
    assert "guessing" in caption(picture)


def test_of_many_bars_the_highest_stand_in_their_order() -> None:
    (picture,) = bars({str(number): float(number) for number in range(60)}, 0.1, "accuracy")
    assert picture.labels == tuple(map(str, range(36, 60)))
    assert picture.what == "accuracy; the 24 highest of 60"
    assert bars({"k = 1": 0.3}, 0.1, "accuracy") == []


def test_a_label_of_a_submission_is_text_and_no_markup() -> None:
    (picture,) = bars({"<b>&\x00": 0.2, "two": 0.1}, 0.1, "accuracy")
    assert labels(picture)[0].startswith("<b>&")
