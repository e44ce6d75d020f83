"""Definitions in cells as modules: what they hold, which is taken, and the way back to the cell."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from cells_as_json import code, notebook, text
from hypothesis import given
from hypothesis import strategies as st
from work_samples import work_of

from grader.intake.notebooks.definitions import CellModule, Origin, cell_modules
from grader.intake.notebooks.read import read_notebook
from grader.intake.site import Absent, Site
from grader.intake.work import Work
from grader.result import Where

SAMPLES = Path(__file__).parents[3] / "submissions"


def modules(data: bytes, *names: str) -> list[CellModule]:
    return cell_modules("svm.ipynb", read_notebook("svm.ipynb", data).statements, names)


def module(*cells: str, name: str = "f") -> CellModule:
    (made,) = modules(notebook(*map(code, cells)), name)
    return made


def source(*cells: str, name: str = "f") -> str:
    return module(*cells, name=name).source


def test_imports_helpers_and_constants_come_along_and_work_does_not() -> None:
    made = source(
        "import numpy as np\nimport matplotlib.pyplot as plt",
        "DELTA = 1.0\nX = load_data()\nprint(X.shape)",
        "def g(s):\n    return np.maximum(0, s + DELTA)",
        "def f(W):\n    return g(W)",
        "loss = f(X)\nassert loss",
    )
    assert made.splitlines() == [
        "import numpy as np",
        "DELTA = 1.0",
        "def g(s):",
        "    return np.maximum(0, s + DELTA)",
        "def f(W):",
        "    return g(W)",
    ]


def test_every_line_leads_back_to_its_cell() -> None:
    made = module("import numpy as np", "x = 1", "\n\n@np.vectorize\ndef f(a):\n\n    return a")
    assert made.source.splitlines() == [
        "import numpy as np",
        "@np.vectorize",
        "def f(a):",
        "",
        "    return a",
    ]
    assert made.origins == (Origin(1, 1), Origin(3, 3), Origin(3, 4), Origin(3, 5), Origin(3, 6))


def test_text_cells_do_not_count() -> None:
    (made,) = modules(notebook(text("#"), code("def f(): pass")), "f")
    assert made.origins == (Origin(1, 1),)


def test_magics_are_passed_over() -> None:
    made = source(
        "%matplotlib inline\n%load_ext autoreload\n!bash get_datasets.sh\nimport numpy as np\nnp.dot?",
        "%%time\ndef f(a):\n    return np.dot(a, a)",
        "%%bash\ndef f(): broken",
    )
    assert made == "import numpy as np\ndef f(a):\n    return np.dot(a, a)\n"


def test_magics_within_a_definition_keep_its_lines() -> None:
    made = source("def f(a):\n    %timeit a\n    files = !ls\n    return a")
    assert made == "def f(a):\n    pass\n    files = None\n    return a\n"


def test_python_2_is_left_for_the_worker_to_convert() -> None:
    made = source(
        "x = 1\nprint x\nimport numpy as np",
        "def f(a):\n  print 'a', a\n  return g(a)\n\nprint f(1)",
        "def g(a): return a",
    )
    assert made == "def f(a):\n  print 'a', a\n  return g(a)\ndef g(a): return a\n"


def test_a_broken_cell_costs_only_what_it_defines() -> None:
    cells = ["def f(a):\n    return (a\n", "def g(a):\n    return a", "x = = 1"]
    assert "def f" not in source(*cells, name="g")
    assert "return (a" in source(*cells, name="f")


def test_the_last_definition_counts_and_what_it_builds_on() -> None:
    assert source("def f(): return 1", "def f(): return 2") == "def f(): return 2\n"
    reopened = ["class f:\n    a = 1", "class f(f):\n    b = 2", "f.c = len"]
    assert source(*reopened) == "class f:\n    a = 1\nclass f(f):\n    b = 2\nf.c = len\n"


def test_future_imports_come_first_and_stars_only_where_a_name_is_open() -> None:
    cells = ["from math import *\nimport os", "from __future__ import division\ndef f(a):\n    return %s"]
    assert source(cells[0], cells[1] % "a / 2").startswith("from __future__ import division\ndef f")
    assert source(cells[0], cells[1] % "exp(a)").startswith(
        "from __future__ import division\nfrom math import *\n"
    )


def test_locals_are_not_looked_for() -> None:
    assert "loss" not in source("loss = 3.0", "def f():\n    loss = 1\n    return loss").split("def")[0]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("1.0", True),
        ("[1, 2] * 3", True),
        ("np.zeros(10)", True),
        ("dict(a=1)", True),
        ("lambda x: x", True),
        ("load_CIFAR10('x')", False),
        ("np.load('x.npy')", False),
        ("open('x').read()", False),
        ("model.fit()", False),
    ],
)
def test_only_values_that_cost_nothing_are_made(value: str, kept: bool) -> None:
    made = source("import numpy as np", f"K = {value}", "def f():\n    return K")
    assert ("K =" in made) == kept


NAMES = st.sampled_from(["f", "g", "np", "K"])
PIECES = st.one_of(
    st.builds("def {}(a, b={}):\n    return {}(a)".format, NAMES, NAMES, NAMES),
    st.builds("class {}({}):\n    def g(self): return {}".format, NAMES, NAMES, NAMES),
    st.builds("{} = {}".format, NAMES, NAMES),
    st.sampled_from(
        ["import numpy as np", "%time f()", "print f", "if f:\n  g = 1", "x = (", "'''", "from a import *"]
    ),
    st.text(max_size=12),
)


@given(st.lists(st.lists(PIECES, max_size=4).map("\n".join), max_size=5))
def test_any_cells_give_lines_of_the_notebook(cells: list[str]) -> None:
    for made in modules(notebook(*map(code, cells)), "f", "g"):
        lines = made.source.split("\n")[:-1]
        assert len(lines) == len(made.origins)
        assert any(f" {made.name}" in line for line in lines)


@pytest.mark.parametrize(
    "cell",
    [
        "(" * 5000,
        "-" * 50_000 + "1",
        "f" + ".a" * 20_000,
        "x = " + "[" * 3000,
        "\x00",
        "x = 1" + "+1" * 50_000,
        "if x: pass\n" + "elif x: pass\n" * 5000,
        "lambda: " * 5000 + "1",
        "class C:\n" + "".join(" " * i + "class C:\n" for i in range(1, 90)),
        "def f():\n" + " " * 90 + "x\n" * 5000,
        " " * 200_000 + "=",
    ],
)
def test_hostile_cells_cost_no_more_than_themselves(cell: str) -> None:
    assert source(cell, "def f(): pass") == "def f(): pass\n"


def test_a_notebook_of_nothing_but_definitions_takes_seconds_at_most() -> None:
    cells = [code("class LinearSVM(LinearSVM):\n    x = 1\n" * 100)] * 100
    start = time.process_time()
    work_of({"svm.ipynb": notebook(*cells)})
    assert time.process_time() - start < 10


DEFINED = "def svm_loss_naive(W, X, y, reg):\n    return 0.0, W"
IMPORTED = "from cs231n.classifiers.linear_svm import svm_loss_naive"
MODULE = b"def svm_loss_naive(W, X, y, reg):\n    return 1.0, W\n"
SVM = "cs231n/classifiers/linear_svm.py"


def work(*cells: str, name: str = "svm.ipynb", **files: bytes) -> Work:
    return work_of({SVM: MODULE, name: notebook(*map(code, cells)), **files})


def home(found: Work, role: str = "svm.naive") -> str:
    it = found.roles[role]
    return it.file or "" if isinstance(it, Site) else it.reason


def test_without_definitions_in_cells_nothing_changes() -> None:
    found = work(IMPORTED, "loss = svm_loss_naive(1, 2, 3, 4)")
    assert (home(found), found.cells, found.choices) == (SVM, {}, ())


@pytest.mark.parametrize(
    ("cells", "taken", "why"),
    [
        ((DEFINED,), True, "svm.ipynb does not import the module's"),
        ((IMPORTED, DEFINED), True, "svm.ipynb defines it after the import, in cell 2"),
        ((DEFINED, IMPORTED), False, "svm.ipynb imports it after its own, in cell 2"),
        (
            (DEFINED, "from cs231n.classifiers.linear_svm import *"),
            False,
            "svm.ipynb imports it after its own, in cell 2",
        ),
        ((DEFINED, "from numpy import *"), True, "svm.ipynb does not import the module's"),
    ],
)
def test_the_one_that_the_notebook_uses_is_graded(cells: tuple[str, ...], taken: bool, why: str) -> None:
    found = work(*cells)
    assert home(found) == ("svm_ipynb_svm_loss_naive.py" if taken else SVM)
    winner = "the notebook's" if taken else "the module's"
    assert found.choices == (
        f"svm_loss_naive: in {SVM} and in svm.ipynb; {winner} was graded, because {why}",
    )


def test_another_questions_notebook_gives_way_to_the_module() -> None:
    found = work(DEFINED, name="knn.ipynb")
    assert home(found) == SVM
    assert found.choices[0].endswith("because knn.ipynb is not the question's own notebook")


def test_a_class_whose_method_stands_in_a_module() -> None:
    base = b"class LinearClassifier(object):\n    def train(self): pass\n    def predict(self): pass\n"
    imported = "from cs231n.classifiers.linear_classifier import LinearClassifier"
    found = work(
        imported,
        "class LinearSVM(LinearClassifier):\n    pass",
        **{"cs231n/classifiers/linear_classifier.py": base},
    )
    role = found.roles["svm.train"]
    assert isinstance(role, Site)
    assert (role.file, role.defined_in) == (
        "svm_ipynb_LinearSVM.py",
        "cs231n/classifiers/linear_classifier.py",
    )


def test_a_notebook_that_cannot_be_read_defines_nothing() -> None:
    found = work_of({"svm.ipynb": b'{"cells": "def svm_loss_naive"'})
    assert isinstance(found.roles["svm.naive"], Absent)


def test_places_and_texts_lead_to_the_notebook() -> None:
    found = work("import numpy", DEFINED)
    file = "svm_ipynb_svm_loss_naive.py"
    assert found.cells.place(Where(file, 2)) == Where("svm.ipynb", 2, 2)
    assert found.cells.place(Where(file, 99)) == Where("svm.ipynb")
    assert found.cells.place(Where(SVM, 3)) == Where(SVM, 3)
    assert found.cells.text(f"`{file}` cannot be imported") == "`svm.ipynb` cannot be imported"
    assert found.cells.text(f"{file}:2: a thing") == "svm.ipynb, cell 2, line 2: a thing"
    assert found.cells.text(f"{file}:99: a thing") == "svm.ipynb: a thing"
