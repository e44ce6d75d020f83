"""The self-check: live functions of a notebook, judged in its own process without leaving a trace there."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import grader
from grader.cli.magic import NOTICE, SelfCheck, self_check
from grader.report.outline import outline
from grader.result import CheckResult, Verdict, Where

RIGHT = """\
def svm_loss_vectorized(W, X, y, reg):
    print("noise")
    np.random.seed(0)
    scores = X.dot(W)
    n = len(y)
    margins = np.maximum(0, scores - scores[np.arange(n), y][:, None] + 1)
    margins[np.arange(n), y] = 0
    mask = (margins > 0).astype(float)
    mask[np.arange(n), y] = -mask.sum(1)
    return margins.sum() / n + reg * np.sum(W * W), X.T.dot(mask) / n + 2 * reg * W
"""
CLASSIFIER = """\
import numpy as np
from cs231n.classifiers.linear_svm import svm_loss_vectorized

class LinearClassifier:
    def __init__(self):
        self.W = None

    def train(self, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100, batch_size=200, verbose=False):
        if self.W is None:
            self.W = 0.001 * np.random.randn(X.shape[1], np.max(y) + 1)
        losses = []
        for _ in range(num_iters):
            batch = np.random.choice(len(X), batch_size)
            loss, gradient = self.loss(X[batch], y[batch], reg)
            losses.append(loss)
            self.W -= learning_rate * gradient
        return losses

    def predict(self, X):
        return np.argmax(X.dot(self.W), axis=1)

class LinearSVM(LinearClassifier):
    def loss(self, X_batch, y_batch, reg):
        return svm_loss_vectorized(self.W, X_batch, y_batch, reg)
"""
FORGOT = RIGHT.replace(" + 2 * reg * W", "")


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A notebook's shell in an empty folder, with nothing of the course imported."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance()
    made.run_cell("import numpy as np", store_history=True)
    yield made
    InteractiveShell.clear_instance()
    for name in [name for name in sys.modules if name.partition(".")[0] == "cs231n"]:
        del sys.modules[name]


def checks(found: SelfCheck) -> dict[str, CheckResult]:
    return {check.id: check for question in found.report.questions for check in question.checks}


def run(shell: InteractiveShell, cell: str) -> Any:
    with capture_output() as captured:
        result = shell.run_cell(cell, store_history=True)
    result.raise_error()
    return result.result, captured.stdout


def test_the_magic_checks_what_the_cells_define(shell: InteractiveShell) -> None:
    run(shell, FORGOT)
    run(shell, "%load_ext grader")
    found, printed = run(shell, "%grade svm")
    failed = checks(found)["svm.vectorized.regularization_gradient"]
    assert failed.verdict is Verdict.FAILED
    assert failed.mistakes == ("forgot-regularization-gradient",)
    assert failed.where is not None
    assert msgspec.structs.replace(failed.where, excerpt=None) == Where("this notebook", 10, 2)
    assert failed.where.excerpt is not None
    assert "return margins.sum()" in failed.where.excerpt.lines[-1]
    assert checks(found)["svm.naive.loss"].message.startswith(
        "`svm_loss_naive` is not defined in this notebook"
    )
    assert "noise" not in printed


def test_a_cell_that_is_run_again_is_checked_as_it_is_now(shell: InteractiveShell) -> None:
    run(shell, "%load_ext grader")
    for cell, verdict in ((FORGOT, Verdict.FAILED), (RIGHT, Verdict.PASSED)):
        run(shell, cell)
        found, _ = run(shell, "%grade svm")
        assert checks(found)["svm.vectorized.regularization_gradient"].verdict is verdict


def test_a_cell_with_the_magic_is_run_and_checked(shell: InteractiveShell) -> None:
    run(shell, "%load_ext grader")
    number = shell.execution_count
    found, _ = run(shell, f"%%grade svm\n{FORGOT}")
    failed = checks(found)["svm.vectorized.regularization_gradient"]
    assert failed.mistakes == ("forgot-regularization-gradient",)
    assert failed.where is not None
    assert (failed.where.cell, failed.where.line) == (number, 11)
    assert shell.execution_count == number + 1
    assert "svm_loss_vectorized" in shell.user_ns


def test_a_cell_that_raises_is_not_checked(shell: InteractiveShell) -> None:
    run(shell, "%load_ext grader")
    found, printed = run(shell, "%%grade svm\nraise ValueError('mine')")
    assert found is None
    assert "mine" in printed


def test_a_second_check_finds_the_files_as_they_are(shell: InteractiveShell, tmp_path: Path) -> None:
    package = tmp_path / "cs231n" / "classifiers"
    package.mkdir(parents=True)
    (package / "linear_svm.py").write_text(f"import numpy as np\n{RIGHT}")
    (package / "linear_classifier.py").write_text(CLASSIFIER)
    run(shell, "%load_ext grader")
    run(shell, "from cs231n.classifiers.linear_classifier import LinearSVM")
    before = dict(vars(shell.user_ns["LinearSVM"]))
    for _ in range(2):
        found, _ = run(shell, "%grade svm")
        assert checks(found)["svm.train.sgd_step"].verdict is Verdict.PASSED
        assert not [note for note in found.report.notes if "was changed" in note]
    assert dict(vars(shell.user_ns["LinearSVM"])) == before


def test_grader_check_is_the_same(shell: InteractiveShell) -> None:
    run(shell, RIGHT)
    found, _ = run(shell, 'import grader\ngrader.check("svm")')
    assert checks(found)["svm.vectorized.gradient"].verdict is Verdict.PASSED


def test_all_that_can_be_found(shell: InteractiveShell) -> None:
    run(shell, RIGHT)
    found, _ = run(shell, "import grader\ngrader.check()")
    assert [question.id for question in found.report.questions] == ["svm"]


def test_what_is_nowhere_is_told_from_what_is_not_written(shell: InteractiveShell) -> None:
    run(shell, "def svm_loss_naive(W, X, y, reg):\n    return 0.0, np.zeros_like(W)")
    told = outline(self_check("svm", namespace=shell.user_ns).report)
    lacks = "not written yet: svm_loss_naive · not found: svm_loss_vectorized, train, predict"
    assert [each.text for each in told.missing] == [f"Support vector machine · {lacks}"]
    why = "`svm_loss_vectorized` is not defined in this notebook yet: run its cell, or import it"
    assert told.notes[0].startswith(why)


@pytest.mark.parametrize("line", ["nonsense", "svm nonsense"])
def test_wrong_usage_is_one_line(shell: InteractiveShell, line: str) -> None:
    run(shell, "%load_ext grader")
    found, printed = run(shell, f"%grade {line}")
    assert found is None
    assert printed.startswith("%grade: there is no question 'nonsense'; use one of: knn, svm, softmax")
    _, printed = run(shell, "%grade svn")
    assert printed.strip() == "%grade: there is no question 'svn'; did you mean \"svm\"?"


def test_nothing_to_check_is_said(shell: InteractiveShell) -> None:
    run(shell, "%load_ext grader")
    assert "run its cells or imports first" in run(shell, "%grade")[1]


def test_modules_are_found_without_an_import(shell: InteractiveShell, tmp_path: Path) -> None:
    folder = tmp_path / "cs231n" / "classifiers"
    folder.mkdir(parents=True)
    (tmp_path / "cs231n" / "__init__.py").touch()
    (folder / "__init__.py").touch()
    (folder / "linear_svm.py").write_text("import numpy as np\n" + FORGOT)
    found = self_check("svm")
    failed = checks(found)["svm.vectorized.regularization_gradient"]
    assert failed.where is not None
    assert failed.where.file == "cs231n/classifiers/linear_svm.py"
    assert not any("changed" in note for note in found.report.notes)
    (folder / "linear_svm.py").write_text("import numpy as np\n" + RIGHT)
    import linecache

    linecache.checkcache()
    note = "cs231n/classifiers/linear_svm.py was changed after it was imported: restart, or use %autoreload 2"
    assert note in self_check("svm").report.notes


def test_the_notebooks_random_numbers_go_on_as_before() -> None:
    space: dict[str, Any] = {"np": np}
    exec(RIGHT, space)
    np.random.seed(5)
    random.seed(5)
    expected = np.random.rand(), random.random()
    np.random.seed(5)
    random.seed(5)
    self_check("svm", namespace=space, cell_numbers={})
    assert (np.random.rand(), random.random()) == expected


@pytest.mark.skipif(sys.platform == "win32", reason="no alarm there")
def test_an_endless_loop_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("grader.student.live.CALL_S", 0.3)
    space: dict[str, Any] = {}
    exec("def svm_loss_naive(W, X, y, reg):\n    while True: pass", space)
    found = checks(self_check("svm", namespace=space, cell_numbers={}))
    assert found["svm.naive.loss"].verdict is Verdict.TIMEOUT
    assert found["svm.naive.loss"].help.startswith("look for a loop that does not end")


def test_an_interrupt_ends_the_check() -> None:
    def svm_loss_naive(*args: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        self_check("svm", namespace={"svm_loss_naive": svm_loss_naive}, cell_numbers={})


def test_an_error_of_the_students_is_told() -> None:
    space: dict[str, Any] = {}
    exec("def svm_loss_naive(W, X, y, reg):\n    return undefined_thing", space)
    found = checks(self_check("svm", namespace=space, cell_numbers={}))
    assert "undefined_thing" in found["svm.naive.loss"].message


def test_both_forms_say_that_it_is_a_self_check_and_escape_what_they_show() -> None:
    space: dict[str, Any] = {}
    exec("def svm_loss_naive(W, X, y, reg):\n    raise ValueError('<script>alert(1)</script>')", space)
    found = self_check("svm", namespace=space, cell_numbers={})
    assert repr(found).startswith(NOTICE)
    page = found._repr_html_()
    assert NOTICE in page
    assert "<script" not in page
    assert "&lt;script" in page


def test_the_edition_can_be_named() -> None:
    with pytest.raises(ValueError, match="there is no edition '1999'"):
        self_check("svm", edition="1999", namespace={})
    assert (
        self_check("softmax", edition="2025", namespace={}, cell_numbers={}).report.submission.edition
        == "2025"
    )


def test_the_module_stays_a_module() -> None:
    from grader.checking.check import Check

    assert grader.checking.check.Check is Check
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = grader.nothing


WITHOUT_POSIX = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in ("fcntl", "resource", "pwd", "grp", "termios"):
            raise ModuleNotFoundError(name)

for name in ("fcntl", "resource", "pwd", "grp", "termios"):
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Absent())
import grader.cli.magic
"""


def test_it_loads_where_modules_of_posix_are_absent() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_POSIX], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_the_course_imported_of_python_2_is_supplied_and_leaves_nothing(
    shell: InteractiveShell, tmp_path: Path
) -> None:
    package = tmp_path / "cs231n/classifiers"
    package.mkdir(parents=True)
    (package / "linear_svm.py").write_text("import numpy as np\nfrom past.builtins import xrange\n" + RIGHT)
    found, _ = run(shell, "%load_ext grader\n%grade svm")
    assert checks(found)["svm.vectorized.loss"].verdict is Verdict.PASSED
    assert "the module past.builtins was supplied" in found.report.notes
    assert "past" not in sys.modules


def test_a_module_that_needs_another_says_which(shell: InteractiveShell, tmp_path: Path) -> None:
    package = tmp_path / "cs231n/classifiers"
    package.mkdir(parents=True)
    (package / "linear_svm.py").write_text("from past_of_python import xrange\n" + RIGHT)
    run(shell, "%load_ext grader")
    run(shell, "def svm_loss_naive(W, X, y, reg):\n    return svm_loss_vectorized(W, X, y, reg)")
    found, _ = run(shell, "%grade svm")
    assert checks(found)["svm.vectorized.loss"].message == (
        "`cs231n/classifiers/linear_svm.py` cannot be imported: No module named 'past_of_python'; "
        "`%pip install past_of_python`"
    )
