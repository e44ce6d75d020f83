"""The tiny example: what is asked, what is shown of the answer, and that odd answers have none."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from grader.diagnosis.examples.digits import alike, as_python
from grader.diagnosis.examples.facts import different, right_and_wrong
from grader.diagnosis.examples.posed import Posed
from grader.diagnosis.examples.search import example_of
from grader.result import Example
from grader.student.answers import BadResult
from grader.student.calls import StudentError, StudentMissing, StudentTimeout

RIGHT = np.array([[0.125, -0.75, 0.625], [0.375, -2.25, 1.875]])
COLUMNS = ("class 0", "class 1", "class 2")
ROWS = ("row of feature 0", "row of feature 1")
GROUPS = {"the correct class": frozenset([1]), "every other class": frozenset([0, 2])}


def posed(answer: Any, right: Any = RIGHT, **more: Any) -> Posed:
    ask: Callable[[], Any] = answer if callable(answer) else lambda: answer
    return Posed(
        about="dW", given=("X = [[1, 3]]",), ask=ask, right=[right], columns=COLUMNS, rows=ROWS, **more
    )


def raising(error: Exception) -> Callable[[], Any]:
    def ask() -> Any:
        raise error

    return ask


def told(yours: Any, right: Any = RIGHT, **relations: Any) -> tuple[str, str]:
    full = {name: np.full(right.shape, value) for name, value in relations.items()}
    return right_and_wrong(np.asarray(yours), right, posed(yours, right, groups=GROUPS, relations=full))


def rows_of(example: Example | None) -> dict[str, tuple[str, ...]]:
    assert example is not None
    return {row.label: row.values for row in example.rows}


def test_the_first_wrong_row_stands_above_the_right_one() -> None:
    answer = RIGHT.copy()
    answer[1, 2] = 7
    example = example_of(posed(answer))
    assert rows_of(example) == {
        "yours": ("0.375", "-2.250", "7.000"),
        "expected": ("0.375", "-2.250", "1.875"),
    }
    assert example is not None
    assert (example.what, example.wrong) == ("dW, row of feature 1", "1 of 6 values")
    assert [row.wrong for row in example.rows] == [(2,), ()]


@pytest.mark.parametrize("answer", [RIGHT, RIGHT.tolist(), RIGHT.astype(np.float32)])
def test_a_right_answer_has_no_example(answer: Any) -> None:
    assert example_of(posed(answer)) is None


def test_either_of_two_conventions_is_right() -> None:
    both = Posed(
        about="the loss", given=(), ask=lambda: 1.5, right=[2, 1.5], columns=COLUMNS, result=("loss",)
    )
    assert example_of(both) is None


ODD = [
    "a text",
    None,
    object(),
    {"dW": RIGHT},
    [[1.0], [1.0, 2.0]],
    np.array([["a", "b", "c"]] * 2),
    np.array([[1j] * 3] * 2),
    raising(StudentError("it raised")),
    raising(StudentMissing("a stub")),
    raising(StudentTimeout("too slow")),
    raising(BadResult("no number")),
]


@pytest.mark.parametrize("answer", ODD, ids=range(len(ODD)))
def test_what_gives_no_numbers_has_no_example(answer: Any) -> None:
    assert example_of(posed(answer)) is None


def test_what_answers_otherwise_the_next_time_has_no_example() -> None:
    answers: Iterator[Any] = iter([RIGHT + 1, RIGHT + 2])
    assert example_of(posed(lambda: next(answers))) is None


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, -1e-300, 5e-324])
def test_odd_numbers_are_shown_as_they_are(value: float) -> None:
    texts = rows_of(example_of(posed(np.full_like(RIGHT, value))))["yours"]
    assert all(np.isnan(value) if text == "nan" else np.isclose(float(text), value) for text in texts)
    assert max(map(len, texts)) < 12


def test_of_another_shape_the_shapes_are_told() -> None:
    example = example_of(posed(RIGHT.T))
    assert rows_of(example) == {"yours": ("(3, 2)",), "expected": ("(2, 3)",)}
    assert example is not None
    assert example.columns == ("shape of dW",)


def test_one_number_stands_in_a_column_of_its_own() -> None:
    of_loss = Posed(
        about="the loss",
        given=(),
        ask=lambda: np.array([4.0]),
        right=[2.0],
        columns=COLUMNS,
        result=("loss",),
        beside={"scores": [1, 2, 4]},
    )
    example = example_of(of_loss)
    assert rows_of(example) == {
        "scores": ("1", "2", "4", ""),
        "yours": ("", "", "", "4"),
        "expected": ("", "", "", "2"),
    }
    assert example is not None
    assert (example.rows[1].wrong, example.wrong) == ((3,), "your value is twice the right one")


def test_right_and_wrong_columns_have_their_names() -> None:
    wrong = RIGHT.copy()
    wrong[:, [0, 2]] = 0.25
    assert told(wrong) == ("the correct class", "every other class")
    assert told(wrong, size=0.25) == ("the correct class", "every other class, where your value is size")
    wrong[:, 2] = RIGHT[:, 2]
    assert told(wrong) == ("class 1, class 2", "class 0")


def test_right_and_wrong_rows_have_their_names() -> None:
    wrong = RIGHT.copy()
    wrong[1] *= 2
    assert told(wrong) == (ROWS[0], f"{ROWS[1]}, where your value is twice the right one")


@pytest.mark.parametrize(
    ("wrong", "fact"),
    [
        (-RIGHT, "the right one with the other sign"),
        (RIGHT * 0, "0"),
        (RIGHT / 2, "half the right one"),
        (RIGHT + 0.5, "0.5 more than the right one"),
        (RIGHT - 2, "2 less than the right one"),
        (RIGHT * np.nan, "nan"),
    ],
)
def test_what_the_wrong_values_are(wrong: Any, fact: str) -> None:
    assert told(wrong) == ("", f"your value is {fact}")


@given(arrays(np.float64, (2, 3), elements=st.floats(-9, 9)), st.floats(-4, 4))
def test_a_fact_about_wrong_values_is_never_untrue(right: Any, by: float) -> None:
    for yours in (right * by, right + by):
        bad = different(yours, right)
        if not bad.any():
            continue
        a, b = yours[bad], right[bad]
        fact = told(yours, right)[1]
        assert "other sign" not in fact or not different(a, -b).any()
        assert "twice" not in fact or not different(a, 2 * b).any()
        assert "than the right one" not in fact or np.allclose(a - b, (a - b)[0], atol=1e-3)
        assert "value is 0" not in fact or not a.any() or "value is 0." in fact


@given(arrays(np.float64, (2, 4), elements=st.floats(-100, 100)))
def test_numbers_that_clearly_differ_look_different(rows: Any) -> None:
    apart = np.abs(rows[0] - rows[1]) > 1e-5
    first, second = alike(list(rows), apart)
    assert all(a != b for a, b, differ in zip(first, second, apart, strict=True) if differ)


@given(arrays(np.float64, (2, 3), elements=st.floats(-1e5, 1e5)))
def test_numbers_are_rounded_and_not_changed(rows: Any) -> None:
    for row, texts in zip(rows, alike(list(rows)), strict=True):
        assert np.allclose([float(text) for text in texts], row, atol=1e-3)


@given(arrays(np.int64, (2, 3), elements=st.integers(-999, 999)))
def test_arguments_are_written_as_python_reads_them(array: Any) -> None:
    assert np.array_equal(np.array(ast.literal_eval(as_python(array))), array)
