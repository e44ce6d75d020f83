"""Saved outputs: what was printed, in which order cells were run, and what a re-run does not bear out."""

from __future__ import annotations

import json

import pytest
from cells_as_json import code, notebook, notebook3, text
from hypothesis import given
from hypothesis import strategies as st

from grader.intake.notebooks.cells import Cell
from grader.intake.notebooks.read import Notebook, read_notebook
from grader.intake.notebooks.saved import (
    Discrepancy,
    compare,
    describe_discrepancies,
    describe_order,
    discrepancy_notes,
    figures,
    saved_notes,
)


def read(data: bytes, path: str = "svm.ipynb") -> Notebook:
    return read_notebook(path, data)


def saved(
    number: int, count: int | None = None, printed: str = "", error: str = "", source: str = "x"
) -> Cell:
    return Cell(number, number, "code", source, count, printed, error)


def printed(line: str) -> list[tuple[str, float]]:
    return [(found.kind, found.value) for found in figures(line)]


def test_only_printed_text_is_kept() -> None:
    cell = code("x", "loss: 9.0\n", "acc\n", count=3)
    cell["outputs"] += [
        {"output_type": "stream", "name": "stderr", "text": "a warning"},
        {"output_type": "execute_result", "data": {"text/plain": ["0.38"], "text/html": "<b>0.38</b>"}},
        {"output_type": "display_data", "data": {"image/png": "AAAA", "text/plain": "<Figure>"}},
        {"output_type": "error", "ename": "NameError", "evalue": "name 'x'\nsecond", "traceback": []},
    ]
    (found,) = read(notebook(text("#"), cell)).code
    assert (found.count, found.printed, found.error) == (3, "loss: 9.0\nacc\n0.38", "NameError: name 'x'")


def test_the_third_format_too() -> None:
    outputs = [
        {"output_type": "stream", "stream": "stdout", "text": ["loss: 9.0\n"]},
        {"output_type": "pyout", "text": "0.4"},
        {"output_type": "pyerr", "ename": "KeyError", "evalue": "1"},
    ]
    cell = {"cell_type": "code", "input": "f()", "prompt_number": 4, "outputs": outputs}
    (found,) = read(notebook3(cell)).code
    assert (found.count, found.printed, found.error) == (4, "loss: 9.0\n0.4", "KeyError: 1")


def test_much_output_is_cut() -> None:
    (cell,) = read(notebook(code("x", *["word " * 100] * 300))).code
    assert len(cell.printed) == 8000


def run(*counts: int | None) -> list[Cell]:
    return [saved(number, count) for number, count in enumerate(counts, 1)]


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ((1, 2, 3), []),
        ((3, 8, 9), []),
        ((1, None, 3), ["cell 2 was never run"]),
        ((5, 6, 2, 7), ["cell 3 was run before a cell that stands above"]),
        ((9, 1, 2), ["2 cells (2, 3) were run before cells that stand above"]),
        ((None, None), ["no cell was run"]),
        ((), []),
    ],
)
def test_the_order_of_the_runs(counts: tuple[int | None, ...], told: list[str]) -> None:
    assert describe_order(run(*counts)) == told


def test_empty_cells_do_not_count_and_errors_are_told() -> None:
    cells = [saved(1, 1), saved(2, source=" "), saved(3, 2, error="ValueError: shapes")]
    assert describe_order(cells) == ["cell 3 ended with ValueError: shapes"]


def test_a_line_for_each_notebook() -> None:
    files = {"a.ipynb": notebook(code("x", count=1)), "b.ipynb": notebook(code("x")), "c.ipynb": b"{"}
    assert saved_notes(read(data, path) for path, data in files.items()) == [
        "b.ipynb as saved: no cell was run",
        "c.ipynb is cut off: its JSON ends too early",
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("loss: 9.062143", [("loss", 9.062143)]),
        ("numerical: 12.35 analytic: 12.36, relative error: 1.26e-09", [("error", 1.26e-09)]),
        ("Got 137 / 500 correct => accuracy: 0.274000", [("accuracy", 0.274)]),
        ("iteration 100 / 1500: loss 790.33", [("loss", 790.33)]),
        (
            "lr 1e-07 reg 2.5e+04 train accuracy: 0.37 val accuracy: 0.38",
            [("accuracy", 0.37), ("accuracy", 0.38)],
        ),
        ("(Epoch 1 / 10) train acc: 0.20; val_acc: 0.19", [("accuracy", 0.2), ("accuracy", 0.19)]),
        ("No loop difference was: 0.000000", [("error", 0.0)]),
        ("Naive loss: 9.06e+00 computed in 0.13s", [("loss", 9.06)]),
        ("Naive loss and gradient: computed in 0.135", []),
        ("W1 max relative error: 3.56e-09", [("error", 3.56e-09)]),
        ("validation accuracy: 38.5%", [("accuracy", 0.385)]),
        ("loss: nan", [("loss", float("nan"))]),
        ("Training data shape:  (49000, 3073)", []),
        ("best accuracy with learning rate 0.001", []),
    ],
)
def test_numbers_are_known_by_the_words_before_them(line: str, found: list[tuple[str, float]]) -> None:
    assert str(printed(line)) == str(found)


def told(before: str, rerun: str, *, shortened: bool = False) -> list[Discrepancy]:
    return compare([saved(4, 1, before)], {4: rerun}, shortened=shortened)


@pytest.mark.parametrize(
    ("before", "rerun"),
    [
        ("test accuracy: 0.55", "test accuracy: 0.10"),
        ("test accuracy: 55.0%", "test accuracy: 10.0%"),
        ("loss: 9.0", "loss: 300.0"),
        ("loss: 9.0", "loss: nan"),
        ("relative error: 1e-9", "relative error: 0.5"),
        ("difference: 0.0", "difference: 12.5"),
    ],
)
def test_numbers_that_a_rerun_does_not_bear_out(before: str, rerun: str) -> None:
    (found,) = told(before, rerun)
    assert found.cell == 4


@pytest.mark.parametrize(
    ("before", "rerun"),
    [
        ("test accuracy: 0.372", "test accuracy: 0.361"),
        ("loss: 8.4", "loss: 9.4"),
        ("relative error: 1e-9", "relative error: 1.5e-3"),
        ("difference: 0.0", "difference: 1e-8"),
        ("loss: 9.0", "something else"),
        ("iteration 0: loss 790\niteration 100: loss 5.1", "iteration 0: loss 30\niteration 100: loss 5.3"),
        ("loss: nan", "loss: nan"),
        ("relative error: nan", "relative error: inf"),
    ],
)
def test_what_seeds_and_kinks_move_is_none(before: str, rerun: str) -> None:
    assert told(before, rerun) == []


def test_a_shortened_run_says_nothing_of_accuracies_and_trainings() -> None:
    assert told("val accuracy: 0.55", "val accuracy: 0.1", shortened=True) == []
    assert told("iteration 9: loss 5.0", "iteration 9: loss 500.0", shortened=True) == []
    assert told("loss: 9.0", "loss: 300.0", shortened=True) != []


def test_the_widest_are_told_first() -> None:
    found = [Discrepancy(i, "loss", f"loss {i}", 1.0, 1.0 + i) for i in range(1, 7)]
    (line,) = describe_discrepancies("svm.ipynb", found)
    assert line.startswith(
        "svm.ipynb: printed numbers that another run does not show: cell 6: loss 6 1 saved, 7"
    )
    assert line.endswith("and 2 more")
    assert describe_discrepancies("svm.ipynb", []) == []


def test_notes_on_a_notebook_that_was_run_again() -> None:
    data = notebook(text("#"), code("f()", "test accuracy: 0.55", count=1))
    (line,) = discrepancy_notes(read(data), {1: "test accuracy: 0.10"}, shortened=False)
    assert line.endswith("cell 1: test accuracy 0.55 saved, 0.1 run again")
    assert discrepancy_notes(read(data), {1: "test accuracy: 0.54"}, shortened=False) == []
    assert discrepancy_notes(read(b"{"), {}, shortened=False) == []


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["output_type", "text", "data", "name", "ename", "evalue", "text/plain"])
OUTPUT = st.dictionaries(KEYS, st.sampled_from(["stream", "error", "pyout", "execute_result"]) | ANYTHING)


@given(st.lists(OUTPUT, max_size=3) | ANYTHING, ANYTHING)
def test_any_saved_state_is_read(outputs: object, count: object) -> None:
    cell = {"cell_type": "code", "source": "x", "outputs": outputs, "execution_count": count}
    (found,) = read(json.dumps({"cells": [cell]}).encode()).code
    "".join([found.printed, found.error, *describe_order([found])]).encode()


@given(st.text(max_size=200))
def test_any_text_holds_figures_or_none_and_equals_itself(text: str) -> None:
    assert compare([saved(1, 1, text)], {1: text}) == []


def test_long_lines_take_no_time() -> None:
    for line in ("9" * 100_000, "loss " * 50_000, "1e" * 50_000, "-+" * 50_000, "accuracy" * 20_000 + " 1"):
        figures("\n".join([line] * 50))
