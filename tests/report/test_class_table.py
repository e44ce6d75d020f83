"""The closing table of a batch."""

from __future__ import annotations

import io
import re

import pytest
from report_samples import FORGOT, HOSTILE, SAMPLES, all_correct, hostile, one_mistake, report, right
from rich.cells import cell_len
from rich.console import Console

from grader.report import class_summary
from grader.result import Report


def shown(reports: list[Report], width: int = 80) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(class_summary(reports))
    return out.getvalue()


def everyone() -> list[Report]:
    return [make() for make in SAMPLES.values()]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_wider_than_the_page(width: int) -> None:
    assert max(map(cell_len, shown(everyone(), width).splitlines())) <= width


def test_the_histogram_counts_every_graded_submission() -> None:
    text = shown(everyone())
    counts = [int(n) for n in re.findall(r"^ +\d+–[ \d]+ % +━+ (\d+)$", text, re.M)]
    assert sum(counts) == 10
    assert "11 submissions · 10 graded" in text


def test_full_marks_are_in_the_highest_bin() -> None:
    text = shown([all_correct()])
    assert re.search(r"90–100 % +━+ 1$", text, re.M)
    assert "median 100 %, mean 100 %" in text


def test_mistakes_are_counted_by_student() -> None:
    line = next(line for line in shown(everyone()).splitlines() if FORGOT in line)
    assert line.endswith("2 of 10")


def test_a_check_is_counted_where_it_failed_and_not_where_it_echoed() -> None:
    lines = shown([one_mistake(), one_mistake(), all_correct()]).splitlines()
    failed = [line for line in lines if "the gradient includes the regularization term" in line]
    assert len(failed) == 1
    assert failed[0].startswith("  svm naive ")
    assert failed[0].endswith("2 of 3")


def test_unfinished_work_is_not_called_a_failure() -> None:
    assert "Checks most often failed" not in shown([SAMPLES["unfinished"]()])


def test_most_often_failed_comes_first() -> None:
    lines = shown([SAMPLES["two_mistakes"](), SAMPLES["timed_out"](), SAMPLES["timed_out"]()]).splitlines()
    failed = [(line.split()[1], line[-6:]) for line in lines if line.startswith("  svm ")]
    assert failed == [("vectorized", "2 of 3"), ("naive", "1 of 3"), ("vectorized", "1 of 3")]


def test_refused_work_and_faults_are_named() -> None:
    text = shown(everyone())
    assert "mary.zip  the archive ends in the middle" in text
    assert "tim  the worker could not be started" in text


def test_a_class_without_failures_has_no_empty_headings() -> None:
    text = shown([report([right("svm", "SVM")])])
    for heading in ("Checks", "Mistakes", "Not graded", "Faults"):
        assert heading not in text


@pytest.mark.parametrize("reports", [[], [SAMPLES["refused"]()]])
def test_nothing_graded_is_no_failure(reports: list[Report]) -> None:
    assert "0 graded" in shown(reports)


def test_the_order_of_grading_changes_nothing() -> None:
    assert shown(everyone()) == shown(everyone()[::-1])


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_within_its_lines(text: str) -> None:
    page = shown([hostile(text)])
    assert max(map(cell_len, page.splitlines())) <= 80
    assert all(char == "\n" or char.isprintable() for char in page)


def test_a_refused_submission_is_named_once() -> None:
    gone = report([], "mary", refused="mary does not hold the assignment; hand it in anew")
    assert "\n  mary  does not hold the assignment; hand it in anew\n" in shown([all_correct(), gone])
