"""What a notebook shows of a function that is wrong is told once, at that function."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from judged import case_of, made_up
from running import MODULES, NAME, checked, host, notebook, runs

from grader.assignment1 import ASSIGNMENT
from grader.assignment1.notebooks.attribution import explain_notebook
from grader.checking.finding import Finding
from grader.diagnosis.attribution import Attributed
from grader.intake.site import Site
from grader.result import Verdict, Where
from grader.student.in_process import InProcess
from grader.student.notebooks.runs import NotebookHost

SVM = "cs231n/classifiers/linear_svm.py"
MODULE = b"def svm_loss_naive(W):\n    return W.no_such_thing\ndef svm_loss_vectorized(W):\n    return W, W\n"
IMPORT = "from cs231n.classifiers.linear_svm import svm_loss_naive, svm_loss_vectorized"
PRINTS = "for _ in range(3): print('numerical: 1 analytic: 2, relative error: 3e-01') # grad_check_sparse("


@pytest.fixture(scope="module")
def quick() -> Iterator[NotebookHost]:
    with host("quick") as room:
        yield room


def followed(
    room: NotebookHost,
    statement: str,
    wrong: str,
    verdict: Verdict,
    *cells: str,
    stopped: Where | None = None,
) -> Attributed | None:
    """What is attributed to the notebook's check beside a check of a function with that verdict."""
    names = {"svm.naive": "svm_loss_naive", "svm.vectorized": "svm_loss_vectorized"}
    lines = {"svm.naive": 1, "svm.vectorized": 3}
    who = InProcess({}, {role: Site(SVM, name, line=lines[role]) for role, name in names.items()})
    files = {**MODULES, SVM: MODULE, NAME: notebook(*cells)}
    with runs(room, files, svm=NAME) as made:
        own = checked(f"svm.notebook.{statement}", made)
        subject = ASSIGNMENT.proxy(who, "svm", made)
        error = "AttributeError" if stopped else ""
        told = made_up(wrong, verdict, message="nothing is done", where=stopped, error_type=error)
        findings = [Finding(told), Finding(own)]
        case = case_of("svm", findings, who, subject=subject, source=lambda file: MODULE.decode())
        return explain_notebook(case).checks.get(own.id)


def test_a_comparison_follows_from_the_function_that_its_cell_calls(quick: NotebookHost) -> None:
    calls = f"{IMPORT}\nsvm_loss_vectorized(1)\n{PRINTS}"
    found = followed(quick, "comparisons", "svm.vectorized.gradient", Verdict.FAILED, calls)
    assert found == Attributed(cause="svm.vectorized.gradient")
    assert followed(quick, "comparisons", "svm.naive.gradient", Verdict.FAILED, calls) is None
    assert followed(quick, "comparisons", "svm.vectorized.no_python_loops", Verdict.FAILED, calls) is None


def test_a_numeric_gradient_accuses_no_function_that_passes_its_own_checks(quick: NotebookHost) -> None:
    calls = f"{IMPORT}\nsvm_loss_vectorized(1)\n"
    found = followed(quick, "comparisons", "svm.vectorized.gradient", Verdict.PASSED, calls + PRINTS)
    assert found is not None
    assert found.verdict is Verdict.SKIPPED
    differ = calls + "print('difference: 3.0') # loss_naive - "
    found = followed(quick, "comparisons", "svm.vectorized.gradient", Verdict.PASSED, differ)
    assert found is not None
    assert found.verdict is None
    assert "what the cell gives it" in str(found.help)


def test_it_follows_from_inputs_that_a_cell_before_it_changed(quick: NotebookHost) -> None:
    cells = f"{IMPORT}\nsvm_loss_vectorized(1)", PRINTS
    found = followed(quick, "comparisons", "svm.vectorized.inputs_unchanged", Verdict.FAILED, *cells)
    assert found == Attributed(cause="svm.vectorized.inputs_unchanged")
    assert followed(quick, "comparisons", "svm.naive.inputs_unchanged", Verdict.FAILED, *cells) is None


def test_a_comparison_with_what_is_not_done_yet_is_missing(quick: NotebookHost) -> None:
    calls = f"{IMPORT}\nsvm_loss_vectorized(1)\n{PRINTS}"
    found = followed(quick, "comparisons", "svm.vectorized.gradient", Verdict.MISSING, calls)
    assert found is not None
    assert found.verdict is Verdict.MISSING


def test_a_run_that_stops_in_a_wrong_function_follows_from_it(quick: NotebookHost) -> None:
    stops = f"{IMPORT}\nsvm_loss_naive(1)"
    found = followed(quick, "runs", "svm.naive.loss", Verdict.ERROR, stops)
    assert found == Attributed(cause="svm.naive.loss")
    assert followed(quick, "runs", "svm.vectorized.loss", Verdict.ERROR, stops) is None
    at = followed(quick, "runs", "svm.vectorized.loss", Verdict.ERROR, stops, stopped=Where(SVM, 2))
    assert at == Attributed(cause="svm.vectorized.loss")
    unpacked = f"{IMPORT}\nloss, grad, more = svm_loss_vectorized(1)"
    assert followed(quick, "runs", "svm.vectorized.loss", Verdict.FAILED, unpacked) is not None
