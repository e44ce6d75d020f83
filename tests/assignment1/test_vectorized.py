"""Loops over the examples in the vectorized functions: found whatever hides them, or told by the clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from judged import ALL, result_of

from grader.assignment1.layout import LAYOUT
from grader.checking.check import Setting
from grader.intake.site import Site
from grader.result import CheckResult, Verdict
from grader.sandbox.host import Sandbox
from grader.student.sandboxed import Sandboxed

CORRECT = Path(__file__).parents[2] / "submissions" / "correct" / "2019" / "cs231n" / "classifiers"
NAIVE = (CORRECT / "linear_svm.py").read_text()
CHECK = "svm.vectorized.no_python_loops"

#: What is put behind the right functions, and what the check then says.
TRICKS = {
    "the naive one": ("svm_loss_vectorized = svm_loss_naive", "a loop runs over them"),
    "for many examples only": (
        """
fast = svm_loss_vectorized
def svm_loss_vectorized(W, X, y, reg):
    return svm_loss_naive(W, X, y, reg) if len(X) < 200 else (0.0, W * 0)""",
        "the loss for",
    ),
    "for more examples than are counted first": (
        """
fast = svm_loss_vectorized
def svm_loss_vectorized(W, X, y, reg):
    return fast(W, X, y, reg) if len(X) < 1000 else svm_loss_naive(W, X, y, reg)""",
        "a loop runs over them",
    ),
    "by what it is asked second": (
        """
asked = []
def svm_loss_vectorized(W, X, y, reg):
    asked.append(len(X))
    for _ in range(5000 if len(asked) < 6 else 0):
        pass
    return svm_loss_naive(W, X, y, reg)""",
        "a loop runs over them",
    ),
    "a map": (
        """
fast = svm_loss_vectorized
def svm_loss_vectorized(W, X, y, reg):
    list(map(np.sum, X))
    return fast(W, X, y, reg)""",
        "a loop runs over them",
    ),
    "code of text": (
        """
space = {"np": np}
exec(compile(SOURCE, np.__file__, "exec"), space)
svm_loss_vectorized = space["svm_loss_naive"]""",
        "code is built while it runs",
    ),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as found:
        yield found


def judged(sandbox: Sandbox, text: str) -> tuple[CheckResult, list[str]]:
    """The result of the check, and what was noted."""
    sites = {
        f"svm.{kind}": Site("cs231n/classifiers/linear_svm.py", f"svm_loss_{kind}")
        for kind in ("naive", "vectorized")
    }
    files = {"cs231n/classifiers/linear_svm.py": text.encode()}
    with Sandboxed(sandbox, LAYOUT, files, sites) as student:
        return result_of(ALL[CHECK], student, Setting(), {}), student.notes


@pytest.mark.parametrize("name", TRICKS)
def test_no_loop_over_the_examples_passes(sandbox: Sandbox, name: str) -> None:
    trick, says = TRICKS[name]
    result, _ = judged(sandbox, f"{NAIVE}\nSOURCE = {NAIVE!r}\n{trick}\n")
    assert result.verdict is Verdict.FAILED
    assert says in result.message


def test_right_work_passes_and_is_not_talked_about(sandbox: Sandbox) -> None:
    result, notes = judged(sandbox, NAIVE)
    assert (result.verdict, [note for note in notes if "a person may look" in note]) == (
        Verdict.PASSED,
        [],
    )


#: Rewrites what counts.
REWRITES = "import sys\nsys.modules['wall.counting'].steps = lambda: (1, 0)\n"


def test_what_rewrites_the_count_is_contradicted_by_the_kernels_clock(sandbox: Sandbox) -> None:
    # Four times the work, so that no machine is too fast for it.
    trick = """
def svm_loss_vectorized(W, X, y, reg):
    return [svm_loss_naive(W, X, y, reg) for _ in range(4)][0]"""
    result, _ = judged(sandbox, f"{NAIVE}\n{REWRITES}{trick}")
    assert result.verdict is Verdict.FAILED
    assert "as a loop over them does: it earns nothing until a person has looked" in result.message


#: Ways on which the kernel's clock alone would only have made a note: light loops, and forged growth.
LIGHT = {
    "one loop": """
def svm_loss_vectorized(W, X, y, reg):
    scores = np.empty((len(X), W.shape[1]))
    for i in range(len(X)): scores[i] = X[i].dot(W)
    return fast(W, X, y, reg)""",
    "slow for few as well": """
def svm_loss_vectorized(W, X, y, reg):
    for _ in range(20 if len(X) < 1000 else 1): result = svm_loss_naive(W, X, y, reg)
    return result""",
    "as if it looked at all pairs": """
def svm_loss_vectorized(W, X, y, reg):
    for _ in range(20 if len(X) > 5000 else 1): result = svm_loss_naive(W, X, y, reg)
    return result""",
}


@pytest.mark.parametrize("name", LIGHT)
def test_less_speaks_against_what_could_rewrite_the_count(sandbox: Sandbox, name: str) -> None:
    result, _ = judged(sandbox, f"{NAIVE}\nfast = svm_loss_vectorized\n{REWRITES}{LIGHT[name]}")
    assert result.verdict is Verdict.FAILED
    assert "its code could change the count" in result.message


def test_right_work_that_could_reach_its_process_passes(sandbox: Sandbox) -> None:
    assert (
        judged(sandbox, f"import gc, sys\nsys.setrecursionlimit(5000)\n{NAIVE}")[0].verdict is Verdict.PASSED
    )


def test_the_calls_before_the_clock_must_be_right_as_well(sandbox: Sandbox) -> None:
    trick = """
def svm_loss_vectorized(W, X, y, reg):
    return (0.0, 0 * W) if W.shape == (3, 4) else svm_loss_naive(W, X, y, reg)"""
    result, _ = judged(sandbox, f"{NAIVE}\n{REWRITES}{trick}")
    assert result.verdict is Verdict.FAILED
    assert "the loss for 400 examples" in result.message


def test_what_loops_in_numpy_alone_costs_nothing(sandbox: Sandbox) -> None:
    stacks = """
fast = svm_loss_vectorized
def svm_loss_vectorized(W, X, y, reg):
    for _ in range(2): np.vstack(X.dot(W)[range(len(y)), y])
    return fast(W, X, y, reg)"""
    assert judged(sandbox, f"import os, sys\n{NAIVE}\n{stacks}")[0].verdict is Verdict.PASSED


def test_what_looks_at_all_pairs_is_no_loop(sandbox: Sandbox) -> None:
    pairs = """
fast = svm_loss_vectorized
def svm_loss_vectorized(W, X, y, reg):
    np.diag(X.dot(W)[:, y])
    return fast(W, X, y, reg)"""
    result, notes = judged(sandbox, f"{NAIVE}\n{pairs}")
    assert result.verdict is Verdict.PASSED
    assert any("a person may look what it does for each example" in note for note in notes)
