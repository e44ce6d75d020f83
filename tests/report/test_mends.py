"""The mends of a class: counted by kind and function, and shown as changes to the instructor alone."""

from __future__ import annotations

import io

import msgspec
import pytest
from report_samples import all_correct, one_mistake
from rich.cells import cell_len
from rich.console import Console

from grader.report import class_summary, mend_table, render_console
from grader.result import Mend, MendedLine, Report, Where

FILE = "cs231n/classifiers/softmax.py"
CHANGE = ("-    p = e / np.sum(e)", "+    p = e / np.sum(e, axis=1)")


def mended(report: Report, kind: str = "axis", line: int = 31) -> Report:
    hint = "this runs over the wrong axis"
    lines = (MendedLine(kind=kind, hint=hint, where=Where(FILE, line)),)
    mend = Mend(role="softmax.naive", lines=lines, text=f"line {line}: {hint}", change=CHANGE)
    return msgspec.structs.replace(report, mends=(mend,))


def shown(what: object, width: int = 80) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(what)
    return out.getvalue()


def test_what_recurs_stands_first_with_its_changes() -> None:
    reports = [mended(all_correct(), "name"), mended(one_mistake()), mended(all_correct(), line=40)]
    text = shown(mend_table(reports))
    assert "3 functions were mended in 3 submissions" in text
    assert text.index("softmax.naive · axis") < text.index("softmax.naive · name")
    assert "- p = e / np.sum(e)\n" in text
    assert "+ p = e / np.sum(e, axis=1)" in text
    assert f"{FILE}:40" in text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_page(width: int) -> None:
    text = shown(mend_table([mended(all_correct(), "a-kind-of-a-very-long-name-" * 4)]), width)
    assert max(map(cell_len, text.splitlines())) <= width


def test_the_class_table_counts_mends_by_kind_and_function() -> None:
    text = shown(class_summary([mended(one_mistake()), mended(all_correct()), all_correct()]))
    line = next(line for line in text.splitlines() if "softmax.naive · axis" in line)
    assert line.endswith("2")
    assert "mend" not in shown(class_summary([all_correct()]))


def test_an_author_s_report_does_not_show_the_change() -> None:
    assert not any(line.strip("-+ ") in render_console(mended(one_mistake())) for line in CHANGE)
