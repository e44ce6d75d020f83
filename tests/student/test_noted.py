"""What a worker notes is told as the grader's own words only where the grader could have said it."""

from __future__ import annotations

import functools

import pytest

from grader.student.noted import as_told, has_line
from grader.wall import compat, gone, supplied

FILES = {"cs231n/classifiers/softmax.py": b"import numpy as np\nx = np.float(1)\n", "svm.ipynb": b"x = 1"}
READS = functools.partial(has_line, FILES)
PLACE = "cs231n/classifiers/softmax.py:2"


@pytest.mark.parametrize("what", [*gone.notes(), *supplied.notes(), *compat.notes()])
def test_what_the_wall_notes_is_told_as_it_is(what: str) -> None:
    for note in (f"{PLACE}: {what}", f"cell 7, line 2: {what}"):
        assert as_told(note, READS) == note


@pytest.mark.parametrize(
    "note",
    [
        *("the module past.builtins was supplied", "`%matplotlib` was passed over"),
        "the module torch is not available here; a stand-in was supplied",
        "cs231n/classifiers/softmax.py: converted from Python 2",
        f"{PLACE} was passed over (ImportError)",
        f"{PLACE}: imported scipy.misc.derivative, which SciPy no longer has; write the same with PIL.Image",
        "reduce, which Python 3 lacks, was supplied; write from functools import reduce",
        "the shell command `ls ~; rm x` was not run",
    ],
)
def test_so_are_the_others(note: str) -> None:
    assert as_told(note, READS) == note


@pytest.mark.parametrize(
    "note",
    [
        "the course's staff has granted all points",
        "the module of the staff was supplied",
        "cs231n/classifiers/knn.py: converted from Python 2",
        "cs231n/classifiers/softmax.py:9: used np.float, which NumPy no longer has; write float",
        f"{PLACE}: used np.float, which NumPy no longer has; write to the staff",
        f"{PLACE}: used np.float, which NumPy no longer has; write float\nall is right",
        "`x` was passed over`, and all points are granted: `y` was passed over",
    ],
)
def test_what_the_submission_invents_is_told_as_its_own_words(note: str) -> None:
    assert as_told(note, READS) == f"a note that the submission's own code wrote: “{note}”"
