"""The lines that a report quotes: which, how many, and those of a notebook's cell."""

from __future__ import annotations

import json

import pytest

from grader.intake.excerpts import LONGEST, MOST, quoting
from grader.intake.notebooks.definitions import CellModule, CellModules, Origin
from grader.intake.notebooks.read import read_notebook
from grader.result import Excerpt, Where

FILE = b"import numpy as np\r\ndef f(x):\r\n    y = x\x0c + 1\r    return y\n"


@pytest.mark.parametrize(
    ("line", "excerpt"),
    [
        (1, Excerpt(1, ("import numpy as np", "def f(x):"))),
        (2, None),  # the head of a function says nothing
        (3, Excerpt(2, ("def f(x):", "    y = x\x0c + 1", "    return y"))),
        (4, Excerpt(3, ("    y = x\x0c + 1", "    return y", ""))),
        (9, None),
        (None, None),
    ],
)
def test_a_line_is_quoted_with_its_neighbours(line: int | None, excerpt: Excerpt | None) -> None:
    quoted = quoting({"f.py": FILE})(Where("f.py", line))
    assert quoted is not None
    assert quoted.excerpt == excerpt


def test_the_head_of_a_function_that_python_cannot_read_is_quoted() -> None:
    quoted = quoting({"f.py": b"def f(x)\n    return x\n"})(Where("f.py", 1))
    assert quoted is not None
    assert quoted.excerpt == Excerpt(1, ("def f(x)", "    return x"))


def test_of_a_range_the_first_lines_are_quoted() -> None:
    quoted = quoting({"f.py": FILE, "g.py": b"x\n" * 99})
    excerpts = [
        where.excerpt
        for where in map(quoted, (Where("f.py", 2, end_line=3), Where("g.py", 5, end_line=99)))
        if where
    ]
    assert excerpts == [Excerpt(2, ("def f(x):", "    y = x\x0c + 1")), Excerpt(5, ("x",) * MOST)]
    assert quoted(Where("f.py", 50, end_line=60)) == Where("f.py", 50, end_line=60)


def test_nothing_is_quoted_of_a_file_that_is_not_there() -> None:
    quoted = quoting({"f.py": FILE})
    for where in (Where("g.py", 1), None):
        assert quoted(where) == where


def test_a_place_in_a_notebook_is_quoted_of_its_cell_and_not_of_the_files_text() -> None:
    data = json.dumps({"cells": [{"cell_type": "code", "source": "a = 1\nb = 2"}]}, indent=1).encode()
    read = read_notebook("a.ipynb", data)
    quoted = quoting({"a.ipynb": data}, [read])(Where("a.ipynb", 2, 1))
    assert quoted == Where("a.ipynb", 2, 1, excerpt=Excerpt(1, ("a = 1", "b = 2")))
    assert quoting({"a.ipynb": data})(Where("a.ipynb", 2, 1)) == Where("a.ipynb", 2, 1)


def test_a_line_without_end_is_cut_and_bytes_that_are_no_text_are_replaced() -> None:
    quoted = quoting({"f.py": b"x = '" + b"\xff" * 9999})(Where("f.py", 1))
    assert quoted is not None
    assert quoted.excerpt is not None
    [line] = quoted.excerpt.lines
    assert len(line) == LONGEST


def test_a_cell_is_quoted_in_its_own_numbers_without_lines_of_others() -> None:
    origins = (Origin(1, 1), Origin(4, 7), Origin(4, 8))
    source = "import numpy as np\nx = 1\ny = 2\n"
    cells = CellModules({"m.py": CellModule("a.ipynb", "x", "m.py", source, origins)})
    where = cells.place(quoting({"m.py": source.encode()})(Where("m.py", 2)))
    assert where == Where("a.ipynb", 7, 4, excerpt=Excerpt(7, ("x = 1", "y = 2")))


def test_a_place_has_the_name_of_the_function_around_it() -> None:
    text = b"import numpy\ndef f():\n    def g():\n        return 1\n    return g\n"
    names = [quoting({"f.py": text})(Where("f.py", line)) for line in (1, 4, 5)]
    assert [each.function for each in names if each] == ["", "g", "f"]
    broken = quoting({"f.py": b"def f(:\n    x\n"})(Where("f.py", 2))
    assert broken is not None
    assert broken.function == ""
