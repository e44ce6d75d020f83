"""Text made safe to show, and numbers as they are printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_samples import check, question, report

from grader.report.ledger import ledger
from grader.report.text import clean, number, points
from grader.result import Verdict


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("at reg = 50, dW lacks 2·reg·W", "at reg = 50, dW lacks 2·reg·W"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x9b31mred", "red"),
        ("a\u202eb\u2066c\u200bd", "abcd"),
        ("a\nb\tc\r\nd\u2028e", "a b c d e"),
        ("\udcff.py", "\ufffd.py"),
        ("Zoë Ångström 김 שלום", "Zoë Ångström 김 שלום"),
        ("e\u0301\u0302\u0303\u0304\u0305", "e\u0301\u0302\u0303"),
        ("x[::2] and a::b", "x[::2] and a::b"),
        ("::error::no", ": :error::no"),
        ("##[error]no", "# #[error]no"),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


@given(st.text(st.characters(exclude_categories=())), st.integers(1, 50))
def test_clean_is_one_printable_bounded_line(text: str, limit: int) -> None:
    shown = clean(text, limit)
    assert len(shown) <= limit
    assert shown.isprintable()
    assert shown == shown.strip()


def test_a_cut_is_marked() -> None:
    assert clean("abcdef", 4) == "abc…"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3.0, "3"), (2.5, "2.5"), (1 / 3, "0.33"), (0.0, "0"), (-0.001, "0"), (100.0, "100"), (10.10, "10.1")],
)
def test_points(value: float, expected: str) -> None:
    assert points(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (9.0, "9"),
        (2.302585, "2.302585"),
        (1e-12, "1e-12"),
        (float("nan"), "nan"),
        ("(3, 1)", "(3, 1)"),
        (None, "nothing"),
    ],
)
def test_number(value: float | str | None, expected: str) -> None:
    assert number(value) == expected


@given(st.lists(st.tuples(st.floats(0, 100), st.sampled_from([0.0, 0.5, 1.0])), max_size=12))
def test_printed_points_add_up_and_stay_near_the_exact_ones(rows: list[tuple[float, float]]) -> None:
    checks = [
        check("svm", f"x.{n}", Verdict.FAILED, max_score=most, score=most * share)
        for n, (most, share) in enumerate(rows)
    ]
    found = report([question("svm", "SVM", checks)])
    book = ledger(found)
    assert round(sum(row.score for row in book.checks[0]), 2) == book.questions[0].score == book.total.score
    assert round(sum(row.max_score for row in book.checks[0]), 2) == book.total.max_score
    assert abs(book.total.max_score - found.max_score) < 0.006
    for row, exact in zip(book.checks[0], checks, strict=True):
        assert abs(row.score - exact.score) < 0.02
        assert (row.lost == 0) or (exact.score < exact.max_score)
