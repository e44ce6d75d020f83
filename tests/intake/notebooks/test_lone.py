"""A lone notebook with everything in its cells is graded as the same code in modules is."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from cells_as_json import code, notebook, text
from plant import CATALOGUES, read_catalogue

from grader.assignment1 import ASSIGNMENT
from grader.checking.check import Setting
from grader.grade import Job, grade_entry
from grader.intake.notebooks.read import read_notebook
from grader.intake.submission import single
from grader.result import Report, Verdict, Where
from grader.sandbox.host import Sandbox
from grader.scoring import rubric

SAMPLES = Path(__file__).parents[3] / "submissions"
#: Modules in the order in which they need each other.
MODULES = (
    *("layers", "layer_utils", "optim", "linear_svm", "softmax", "k_nearest_neighbor", "linear_classifier"),
    *("neural_net", "fc_net", "solver"),
)


#: The course's own modules, which the cells replace.
OWN = re.compile(r"^[ \t]*(?:from (?:cs231n[\w.]*|\.[\w.]*) import|import cs231n).*$", re.MULTILINE)


def alone(folder: Path) -> bytes:
    """The modules of a sample as one notebook with a cell for each definition."""
    cells = []
    for path in sorted(folder.rglob("*.py"), key=lambda path: (*MODULES, path.stem).index(path.stem)):
        if path.stem in MODULES:
            cells += [code(piece) for piece in pieces(OWN.sub("pass", path.read_text()))]
        cells.append(
            code("X_train, y_train = load_everything()\nprint(svm_loss_naive(W, X_train, y_train, 0.1))")
        )
    return notebook(*cells)


def pieces(written: str) -> list[str]:
    try:
        body = ast.parse(written).body
    except SyntaxError:  # Python 2
        return [written]
    return [ast.get_source_segment(written, node) or "" for node in body]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as built:
        yield built


def graded(path: Path, sandbox: Sandbox) -> Report:
    found = rubric.load("assignment1", ASSIGNMENT)
    return grade_entry(
        single(path), Job(ASSIGNMENT, found, setting=Setting(notes=frozenset(found.notes))), sandbox
    )


def verdicts(report: Report) -> list[tuple[object, ...]]:
    return [
        (c.id, c.verdict, c.score, c.mistakes, c.follows_from) for q in report.questions for c in q.checks
    ]


EDITIONS = sorted(folder.name for folder in (SAMPLES / "correct").iterdir())
MISTAKES = sorted(read_catalogue(CATALOGUES["mistakes"]))


@pytest.mark.parametrize("name", [*EDITIONS, *MISTAKES[::9]])
def test_a_lone_notebook_gets_the_verdicts_of_the_same_modules(
    name: str, planted_samples: Path, tmp_path: Path, sandbox: Sandbox
) -> None:
    folder = SAMPLES / "correct" / name if name in EDITIONS else planted_samples / "mistakes" / name
    (tmp_path / "all.ipynb").write_bytes(alone(folder))
    lone, modules = graded(tmp_path / "all.ipynb", sandbox), graded(folder, sandbox)
    assert verdicts(lone) == verdicts(modules)
    assert [(d.mistake, d.roles) for d in lone.diagnoses] == [(d.mistake, d.roles) for d in modules.diagnoses]
    assert any(note.startswith("defined in the cells of all.ipynb: ") for note in lone.notes)


def test_a_mistake_in_a_cell_is_told_with_cell_and_line(tmp_path: Path, sandbox: Sandbox) -> None:
    wrong = alone(SAMPLES / "correct/2019").replace(b"margin + 1", b"margin + 1")
    found = read_notebook("all.ipynb", wrong)
    at = next(cell for cell in found.code if "def svm_loss_naive" in cell.source)
    broken = at.source.replace("    dW", "    undefined_thing\n    dW", 1)
    cells = [
        code(broken if cell is at else cell.source) if cell.number else text(cell.source)
        for cell in found.cells
    ]
    (tmp_path / "all.ipynb").write_bytes(notebook(*cells))
    checks = [c for q in graded(tmp_path / "all.ipynb", sandbox).questions for c in q.checks]
    failed = next(c for c in checks if c.id == "svm.naive.loss")
    assert failed.verdict is Verdict.ERROR
    line = 1 + broken.split("\n").index("    undefined_thing")
    assert failed.where is not None
    assert msgspec.structs.replace(failed.where, excerpt=None) == Where("all.ipynb", line, at.number)
    assert failed.where.excerpt is not None
    assert "    undefined_thing" in failed.where.excerpt.lines
    assert "all_ipynb" not in failed.message


def test_what_a_notebook_defines_after_its_import_is_graded_whatever_the_modules_import(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    shutil.copytree(SAMPLES / "correct/2019", tmp_path / "ada")
    module = tmp_path / "ada/cs231n/classifiers/linear_svm.py"
    right = ast.get_source_segment(module.read_text(), ast.parse(module.read_text()).body[-1]) or ""
    assert right.startswith("def svm_loss_vectorized")
    module.write_text(
        module.read_text().replace(right, "def svm_loss_vectorized(W, X, y, reg):\n    return 7, 0 * W")
    )
    imports = "import numpy as np\nfrom cs231n.classifiers.linear_svm import svm_loss_vectorized"
    (tmp_path / "ada/svm.ipynb").write_bytes(notebook(code(imports), code(right)))
    report = graded(tmp_path / "ada", sandbox)
    assert [c.verdict for q in report.questions for c in q.checks if "svm.vectorized." in c.id] == [
        Verdict.PASSED
    ] * 6
    assert any(
        "the notebook's was graded, because svm.ipynb defines it after" in note for note in report.notes
    )
