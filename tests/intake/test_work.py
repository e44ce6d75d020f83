"""A submission's work, read once: roles in modules and cells, notebooks by question."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from work_samples import SOFTMAX, SVM, WORK, notebook, work_of, write

from grader.assignment1 import ASSIGNMENT
from grader.assignment1.editions import EDITIONS
from grader.assignment1.notebooks.material import CourseMaterial
from grader.grade import Job, grade_entry
from grader.intake.site import Absent, Site
from grader.intake.submission import Submission, open_submission, single
from grader.intake.work import read_work
from grader.result import Verdict
from grader.sandbox.host import Sandbox
from grader.scoring import rubric
from grader.student.notebooks.runs import NotebookHost


def test_a_lone_notebook_holds_roles_in_its_cells(tmp_path: Path) -> None:
    path = write(tmp_path, {"mine.ipynb": notebook("import numpy", SVM.decode())}) / "mine.ipynb"
    work = read_work(open_submission(single(path), EDITIONS.landmarks), EDITIONS)
    assert work.submission.id == "mine"
    where = work.cells.place(work.sites["svm.vectorized"].where)
    assert where is not None
    assert (where.file, where.cell, where.line) == ("mine.ipynb", 2, 5)


def test_what_was_handed_in_and_not_graded_is_said() -> None:
    done = SVM.replace(b"pass", b"return X.dot(W)")
    files = WORK | {
        "cs231n/classifiers/backup.py": SVM,
        "cs231n/classifiers/softmax.py": b"'''\n" + SOFTMAX + b"'''\n",
        "cs231n/classifiers/softmax_new.py": SOFTMAX,
        "svm.py": done,
        "cnn.py": b"def affine_forward(x):\n  return x + 1\n",
    }
    work = work_of(files)
    folder = "cs231n/classifiers/"
    assert work.choices == (
        f"{folder}linear_svm.py also defines svm_loss_naive, svm_loss_vectorized; svm.py was graded",
        f"{folder}backup.py also defines svm_loss_naive, svm_loss_vectorized; svm.py was graded",
        "cs231n/classifiers/softmax.py does not define softmax_loss_naive; "
        "cs231n/classifiers/softmax_new.py was graded",
        "cnn.py was not graded: the edition 2019 does not ask for affine_forward",
    )
    assert set(work.choices) <= set(work.notes)
    of_2025 = work_of({"cs231n/layers.py": b"def svm_loss(x):\n  return x + 1\n"}, "2025")
    assert of_2025.choices == ("cs231n/layers.py was not graded: the edition 2025 does not ask for svm_loss",)


def test_what_another_courses_variant_defines_is_named_once_a_file() -> None:
    knn = b"class KNearestNeighbor:\n  def compute_L2_distances_two_loops(self, X):\n    return X + 1\n"
    softmax = b"def softmax(x):\n  return x + 1\ndef cross_entropoy_loss_naive(W, X):\n  return X.dot(W)\n"
    work = work_of({"k_nearest_neighbor.py": knn, "softmax.py": softmax, "linear_svm.py": SVM})
    asked = "a variant of the assignment? see --edition FILE"
    assert work.choices == (
        f"k_nearest_neighbor.py defines compute_L2_distances_two_loops: {asked}",
        f"softmax.py defines cross_entropoy_loss_naive: {asked}",
    )


NET = b"class TwoLayerNet(object):\n  def loss(self, X):\n    return X.dot(self.params['W1'])\n"


@pytest.mark.parametrize("asked", [None, "2015"])
def test_a_net_beside_the_classifiers_of_2015_is_a_question_of_that_work(asked: str | None) -> None:
    svm = (
        b'def svm_loss_naive(W, X, y, reg):\n  """\n  - W: C x D array of weights\n  """\n  return W.dot(X)\n'
    )
    files = {
        "linear_svm.py": svm,
        "neural_net.py": NET,
        "task4_two_layer_net.ipynb": notebook("TwoLayerNet(2)"),
    }
    edition = EDITIONS.load(asked) if asked else None

    def questions(files: dict[str, bytes]) -> tuple[tuple[str, ...], set[str]]:
        work = read_work(Submission(id="a", path=Path(), root=".", files=files, sha256=""), EDITIONS, edition)
        assert work.edition.name == "2015"
        return work.edition.questions, set(work.notebooks)

    with_net = ("knn", "svm", "softmax", "two_layer_net", "features"), {"two_layer_net"}
    assert questions(files) == with_net
    stub = files | {"neural_net.py": NET.replace(b"return X.dot(self.params['W1'])", b"pass")}
    assert questions(stub) == (("knn", "svm", "softmax", "features"), set())
    in_cells = {"linear_svm.py": svm, "net.ipynb": notebook(NET.decode(), "TwoLayerNet(2)")}
    assert questions(in_cells)[0] == with_net[0]


@pytest.mark.parametrize(
    "cells",
    [3, {"a": 1}, [3], [{"cell_type": "code", "source": 3}], [{"cell_type": "code", "source": [3]}], None],
)
def test_a_malformed_notebook_has_no_roles(cells: object) -> None:
    data = json.dumps({"cells": cells, "x": "def svm_loss_naive(W, X, y, reg):"}).encode()
    work = work_of({"svm.ipynb": data})
    assert isinstance(work.roles["svm.naive"], Absent)
    assert work.notebooks["svm"].unreadable.startswith("is ")


def test_a_notebook_of_the_old_format_is_searched() -> None:
    cell = {"cell_type": "code", "input": SVM.decode(), "outputs": []}
    data = json.dumps({"worksheets": [{"cells": [cell]}], "nbformat": 3}).encode()
    work = work_of({"a.ipynb": data})
    assert work.cells.place(work.sites["svm.naive"].where).cell == 1  # type: ignore[union-attr]


def test_a_module_wins_over_the_notebook_of_another_question() -> None:
    work = work_of(WORK | {"knn.ipynb": notebook(SVM.decode())})
    assert work.sites["svm.naive"].file == "cs231n/classifiers/linear_svm.py"
    assert any("knn.ipynb is not the question's own notebook" in choice for choice in work.choices)


def test_a_docstring_of_another_year_than_the_code_is_said() -> None:
    body = '  """- W: C x D array of weights"""\n  num_train = X.shape[0]\n  return X.dot(W), W\n'
    code = "".join(f"def svm_loss_{name}(W, X, y, reg):\n{body}" for name in ("naive", "vectorized"))
    path = "cs231n/classifiers/linear_svm.py"
    said = f"{path}: its docstrings tell of CxD weights, its code has DxC; the code counts"
    assert said in work_of(WORK | {path: code.encode()}).notes
    assert not any("docstrings" in note for note in work_of(WORK).notes)


def test_a_question_of_which_nothing_was_handed_in_is_said() -> None:
    assert "none of the functions of knn, two_layer_net was handed in, nor a notebook" in work_of(WORK).notes
    with_notebook = WORK | {"knn.ipynb": notebook("KNearestNeighbor()")}
    assert (
        "none of the functions of two_layer_net was handed in, nor a notebook" in work_of(with_notebook).notes
    )


def test_what_imports_a_module_of_the_course_gets_the_file_that_was_graded_for_it() -> None:
    folder = "cs231n/classifiers/"
    done = SOFTMAX.replace(b"pass", b"return X.dot(W)")
    script = b"open('C:/data')\n"
    work = work_of(WORK | {f"{folder}softmax.py": script, f"{folder}softmax (1).py": done})
    assert work.sites["softmax.naive"].file == f"{folder}softmax (1).py"
    assert b"cs231n.classifiers.softmax (1)" in work.files[f"{folder}softmax.py"]
    both = WORK | {f"{folder}softmax.py": script, "mine.py": b"from softmax import data\n" + done}
    assert work_of(both).files[f"{folder}softmax.py"] == script


def test_a_notebook_may_serve_several_questions_and_is_one() -> None:
    work = work_of({"all.ipynb": notebook("def svm_loss_naive(): pass\ndef softmax_loss_naive(): pass")})
    assert work.notebooks["svm"] is work.notebooks["softmax"]


def test_what_nets_train_with_is_found_wherever_it_lies() -> None:
    assert work_of(WORK | {"mine/solver.py": b"class Solver: pass\n"}).sites["solver"] == Site(
        "mine/solver.py", "Solver"
    )
    assert "solver" not in work_of(WORK).sites


@pytest.mark.parametrize("alone", [False, True])
def test_each_notebook_is_parsed_once_for_a_report_with_runs_and_pages(
    alone: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = "from cs231n.classifiers.linear_svm import svm_loss_naive\nresults = {}"
    files = {"svm.ipynb": notebook(SVM.decode(), cell), "knn.ipynb": notebook("KNearestNeighbor()")}
    folder = write(tmp_path / "ada", {"svm.ipynb": files["svm.ipynb"]} if alone else WORK | files)
    parsed: Counter[str] = Counter()
    monkeypatch.setattr(json, "loads", counting(json.loads, parsed))
    path = folder / "svm.ipynb" if alone else folder
    found = rubric.load("assignment1", ASSIGNMENT)
    with Sandbox() as sandbox, NotebookHost("quick", CourseMaterial("quick")) as room:
        job = Job(ASSIGNMENT, found, EDITIONS.load("2019"))
        # Read in this process, where it is counted.
        reader = {"reader": lambda action: action()}
        report = grade_entry(single(path), job, sandbox, pages=tmp_path / "out", notebooks=room, **reader)
    assert not report.faults
    assert (tmp_path / "out" / "svm.feedback.html").exists()
    ran = next(c for q in report.questions for c in q.checks if c.id == "svm.notebook.runs")
    assert ran.verdict is Verdict.PASSED
    handed_in = [data.decode() for name, data in files.items() if name == "svm.ipynb" or not alone]
    assert parsed == Counter(handed_in)


def counting(loads: Callable[..., Any], parsed: Counter[str]) -> Callable[..., Any]:
    """`json.loads` that counts the notebooks among its texts."""

    def counted(text: str | bytes, *args: Any, **options: Any) -> Any:
        if isinstance(text, str) and text.startswith('{"cells"'):
            parsed[text] += 1
        return loads(text, *args, **options)

    return counted


def test_the_files_that_its_author_did_not_write_are_known(tmp_path: Path) -> None:
    work = work_of({"cs231n/data_utils.py": b"mine = 1\n"})
    assert "cs231n/gradient_check.py" in work.supplied
    assert work.supplied.isdisjoint([*WORK, "cs231n/data_utils.py"])
